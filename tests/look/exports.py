"""Exports of survey tools as they come, made here: ten answers each, of which the tests know the counts."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

SCORES = (10, 10, 9, 10, 9, 8, 7, 6, 0, 3)
PROMOTERS, PASSIVES, DETRACTORS = 5, 2, 3
QUESTION = "How likely is it that you would recommend us to a friend or colleague?"
DAYS = tuple(f"2025-03-{day:02d} 14:{day:02d}:09" for day in range(11, 21))


def text(rows: Sequence[Sequence[Any]], delimiter: str = ",") -> bytes:
    """Rows as a CSV."""
    lines = io.StringIO()
    csv.writer(lines, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return lines.getvalue().encode()


def emails() -> list[str]:
    return [f"person{at}@mail.example" for at in range(len(SCORES))]


def qualtrics() -> bytes:
    """Three header rows, of which the second has a line end in a cell, and a preview."""
    names = [
        "StartDate",
        "EndDate",
        "Status",
        "Progress",
        "RecordedDate",
        "ResponseId",
        "RecipientEmail",
        "Q1_NPS_GROUP",
        "Q1",
        "Q2",
    ]
    texts = ["Start Date", "End Date", "Response Type", "Progress", "Recorded Date", "Response ID",
             "Recipient Email",
             f"{QUESTION} - Group", QUESTION + "\nPlease choose.", "Why?"]  # fmt: skip
    ids = [
        "startDate",
        "endDate",
        "status",
        "progress",
        "recordedDate",
        "_recordId",
        "recipientEmail",
        "QID1_NPS_GROUP",
        "QID1",
        "QID2_TEXT",
    ]
    marks = [
        json.dumps({"ImportId": name} | ({"timeZone": "America/Denver"} if name.endswith("Date") else {}))
        for name in ids
    ]
    rows = [
        [
            day,
            day,
            "IP Address",
            100,
            day,
            f"R_{at}x",
            email,
            "Promoter" if score > 8 else "Detractor",
            score,
            "because",
        ]
        for at, (score, day, email) in enumerate(zip(SCORES, DAYS, emails(), strict=True))
    ]
    preview = [[DAYS[0], DAYS[0], "Survey Preview", 100, DAYS[0], "R_preview", "", "Detractor", 0, "a test"]]
    return text([names, texts, marks, *preview, *rows])


def surveymonkey() -> bytes:
    """Two header rows, twelve hours, the month first."""
    names = [
        "Respondent ID",
        "Collector ID",
        "Start Date",
        "End Date",
        "IP Address",
        "Email Address",
        QUESTION,
        "Why?",
    ]
    below = ["", "", "", "", "", "", "Response", "Open-Ended Response"]
    rows = [
        [118050000000 + 7919 * at, 4461, f"03/{11 + at}/2025 01:00:00 PM",
         f"03/{11 + at}/2025 02:0{at}:00 PM", "192.0.2.1", email, score, "so"]
        for at, (score, email) in enumerate(zip(SCORES, emails(), strict=True))
    ]  # fmt: skip
    return text([names, below, *rows])


def typeform() -> bytes:
    names = [
        "#",
        QUESTION,
        "Why?",
        "Response Type",
        "Start Date (UTC)",
        "Stage Date (UTC)",
        "Submit Date (UTC)",
        "Network ID",
        "Tags",
    ]
    rows = [[f"k{at}odwdp4", score, "so", "completed", day, "", day, "653e97acae", ""]
            for at, (score, day) in enumerate(zip(SCORES, DAYS, strict=True))]  # fmt: skip
    return text([names, *rows, ["kxpartial", 0, "", "partial", DAYS[0], DAYS[0], "", "653e97acae", ""]])


def delighted() -> bytes:
    """An archive: CSAT and CES scores stand in the same column."""
    names = [
        "Response ID",
        "Person ID",
        "Email",
        "Survey Type",
        "Score",
        "Comment",
        "Created At",
        "Permalink",
    ]
    rows = [[500 + 17 * at, 70 + at, email, "NPS", score, "so", day, "x"]
            for at, (score, day, email) in enumerate(zip(SCORES, DAYS, emails(), strict=True))]  # fmt: skip
    others = [
        [900 + at, 80, "q@mail.example", kind, 5, "", DAYS[0], "x"]
        for at, kind in enumerate(["CSAT", "CES", "CSAT"])
    ]
    return text([names, *rows, *others])


def google_forms(stamp: str = "Timestamp") -> bytes:
    rows = [[f"3/{11 + at}/2025 14:0{at}:09", score, "so"] for at, score in enumerate(SCORES)]
    return text([[stamp, QUESTION, "Why?"], *rows])


def zendesk() -> bytes:
    names = ["Recipient ID", "Recipient Email", "Rating", "Comment", "Delivered At", "Replied At"]
    rows = [[7000 + 31 * at, email, score, "so", DAYS[0], day + " UTC"]
            for at, (score, day, email) in enumerate(zip(SCORES, DAYS, emails(), strict=True))]  # fmt: skip
    return text([names, *rows])


def asknicely() -> bytes:
    names = [
        "response_id",
        "person_id",
        "email",
        "question_type",
        "answer",
        "comment",
        "sent",
        "opened",
        "responded",
    ]
    rows = [[33000 + 7 * at, at, email, "nps", score, "so", DAYS[0], "", day]
            for at, (score, day, email) in enumerate(zip(SCORES, DAYS, emails(), strict=True))]  # fmt: skip
    return text([names, *rows, [39999, 5, "z@mail.example", "csat", 4, "", DAYS[0], "", DAYS[1]]])


def customergauge() -> bytes:
    names = [
        "Reference",
        "Email",
        "Account ID",
        "Date Sent",
        "Response Date",
        "NPS Score",
        "NPS Comment",
        "Segment",
    ]
    rows = [[f"CG-{at}", email, f"A{at % 3}", "01-03-2025", f"{11 + at}-03-2025", score, "so", "B2B"]
            for at, (score, email) in enumerate(zip(SCORES, emails(), strict=True))]  # fmt: skip
    return text([names, *rows], ";")


def satmetrix() -> bytes:
    names = [
        "Survey ID",
        "Account Name",
        "Account ID",
        "Contact Email",
        "Response Date",
        "Likelihood to Recommend",
        "Overall Satisfaction",
    ]
    rows = [[f"S{at}", "Acme", "A1", email, day, score, 8]
            for at, (score, day, email) in enumerate(zip(SCORES, DAYS, emails(), strict=True))]  # fmt: skip
    return text([names, *rows])


def inmoment() -> bytes:
    names = ["Response ID", "Completion Date", "Unit", "Likelihood to Recommend", "OSAT", "Comments"]
    rows = [
        [f"I{at}", day, f"U{at % 2}", score, 5, "so"]
        for at, (score, day) in enumerate(zip(SCORES, DAYS, strict=True))
    ]
    return text([names, *rows])


def hello_customer() -> bytes:
    names = ["Answer ID", "Touchpoint", "Answered at", "Language", "NPS score", "Original answer"]
    rows = [
        [f"H{at}", "Delivery", day, "nl", score, "goed"]
        for at, (score, day) in enumerate(zip(SCORES, DAYS, strict=True))
    ]
    return text([names, *rows])


def microsoft_forms() -> list[list[Any]]:
    """Rows of a workbook: it numbers its own answers, and everybody's e-mail is `anonymous`."""
    names = ["ID", "Start time", "Completion time", "Email", "Name", QUESTION]
    return [
        names,
        *(
            [at + 1, day, day, "anonymous", "", score]
            for at, (score, day) in enumerate(zip(SCORES, DAYS, strict=True))
        ),
    ]
