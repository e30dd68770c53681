"""Qualtrics' raw tables, and which questions of a survey definition are scored.

Belongs here: where each value is in the vendor's records. Does not belong here: requests
(`qualtrics.py`), or what a question's choices mean (`qualtrics_scales.py`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ingestion.arrow import dig
from ingestion.surveys.qualtrics_scales import numbered, scale, translated
from ingestion.tables import Column, Kind, Source, TableSpec
from vault.tokens import Kind as Personal

#: Column → the embedded-data key it is read from, unless `sources.qualtrics.embedded_data` says otherwise.
EMBEDDED_DATA: Final[Mapping[str, str]] = {
    "invitation_id": "InvitationId",
    "account_id": "AccountId",
    "contact_id": "ContactId",
    "respondent_email": "Email",
    "branch_id": "BranchId",
    "event_at": "EventAt",
    "employee_id": "EmployeeId",
    "device_id": "DeviceId",
}

SURVEYS: Final = TableSpec(
    "surveys",
    ("survey_id",),
    (
        Column("survey_id", source="id", required=True),
        Column("name", source="name"),
        Column("is_active", Kind.BOOLEAN, "isActive"),
        Column("last_modified_at", Kind.TIMESTAMP, "lastModified"),
    ),
    Column("version_at", Kind.TIMESTAMP, "lastModified"),
    is_of_the_company=True,
)


def _of_scale(what: str, question: Any) -> Any:
    return getattr(scale(question), what)


# A definition has one modification time for all its questions, which is not part of a question's text.
QUESTIONS: Final = TableSpec(
    "questions",
    ("survey_id", "question_id"),
    (
        Column("survey_id", required=True),
        Column("question_id", source="QuestionID", required=True),
        Column("question_text", source="QuestionText"),
        Column("question_type", source="QuestionType"),
        Column("selector", source="Selector"),
        Column("scale_min", Kind.INTEGER, partial(_of_scale, "low")),
        Column("scale_max", Kind.INTEGER, partial(_of_scale, "high")),
        Column("scale_points", Kind.INTEGER, partial(_of_scale, "points")),
    ),
    Column("version_at", Kind.TIMESTAMP),
    versioned_by_payload=False,
    reading=1,  # at first the scale was what is exported, not what is shown
    is_of_the_company=True,
)

INVITATIONS: Final = TableSpec(
    "invitations",
    ("invitation_id",),
    (
        Column("invitation_id", source="id", required=True),
        Column("distribution_id", source="distributionId", required=True),
        Column("survey_id", required=True),
        Column("contact_id", source="contactId"),
        Column("email", source="contact.email"),
        Column("status", source="status", required=True),
        Column("sent_at", Kind.TIMESTAMP, "sentAt"),
        Column("opened_at", Kind.TIMESTAMP, "openedAt"),
        Column("started_at", Kind.TIMESTAMP, "responseStartedAt"),
        Column("finished_at", Kind.TIMESTAMP, "responseCompletedAt"),
        Column("response_id", source="responseId"),
        Column("channel", source="distributionChannel"),
    ),
)


@dataclass(frozen=True)
class Question:
    """A scored question: its id, the key its score is exported under, and what each exported value stands
    for where that is another number (see `Scale`). `loop` is the round of a loop: its keys begin with it."""

    question_id: str
    score_key: str
    shown: tuple[tuple[float, float | None], ...] = ()
    loop: str = ""

    @property
    def score(self) -> Source:
        """Where the score is."""
        key = self.loop + self.score_key
        return translated(key, self.shown) if self.shown else ("values", key)


def reading_of(shown: tuple[Any, ...], readings: dict[str, list[Any]], question: str) -> int:
    """How often the numbers that a question's exported values stand for have changed. `readings` keeps all
    there have been; what was exported was the number at first, so that earlier answers are read again."""
    known = readings.setdefault(question, [[]])
    meant = [list(pair) for pair in shown]
    if known[-1] != meant:
        known.append(meant)
    return len(known) - 1


def responses_table(
    question: Question, comment_keys: list[str], embedded: Mapping[str, str], reading: int = 0
) -> TableSpec:
    """Responses as they are read for one question of one survey; the columns are always the same."""

    def own(name: str, kind: Kind = Kind.TEXT) -> Column:
        return Column(name, kind, ("values", embedded[name]))

    def first_comment(record: Any) -> Any:
        values = record.get("values")
        return next((values[key] for key in comment_keys if values.get(key) is not None), None)

    one = len(comment_keys) == 1  # the usual survey, read a column at a time
    comment: Source = ("values", comment_keys[0]) if one else first_comment

    return TableSpec(
        "responses",
        ("response_id", "question_id"),
        (
            Column("response_id", source="responseId", required=True),
            Column("survey_id", required=True),
            Column("question_id", required=True),
            Column("score", Kind.DOUBLE, question.score),
            Column("comment", Kind.TEXT, comment),
            Column("status", Kind.INTEGER, "values.status", required=True),
            Column("is_finished", Kind.BIT, "values.finished"),
            Column("progress", Kind.INTEGER, "values.progress"),
            Column("duration_seconds", Kind.INTEGER, "values.duration"),
            Column("started_at", Kind.TIMESTAMP, "values.startDate"),
            Column("ended_at", Kind.TIMESTAMP, "values.endDate"),
            Column("recorded_at", Kind.TIMESTAMP, "values.recordedDate", required=True),
            Column("last_modified_at", Kind.TIMESTAMP, "values.lastModifiedDate", required=True),
            Column("distribution_channel", source="values.distributionChannel"),
            Column("user_language", source="values.userLanguage"),
            Column("external_reference", source="values.externalDataReference"),
            own("invitation_id"),
            own("account_id"),
            own("contact_id"),
            own("respondent_email"),
            own("branch_id"),
            own("event_at", Kind.TIMESTAMP),
            own("employee_id"),
            own("device_id"),
        ),
        Column("version_at", Kind.TIMESTAMP, "values.lastModifiedDate", required=True),
        reading=reading,
        personal=dict.fromkeys(comment_keys, Personal.TEXT),
    )


_QUESTION_ID: Final = re.compile(r"QID(\d+)")


def scored_questions(questions: Mapping[str, Any]) -> list[Question]:
    """The questions of a definition whose answer is a number, in the order of their ids."""
    found = []
    for question_id in sorted(questions, key=_number):
        question = questions[question_id]
        own = scale(question)
        if own is None:
            continue
        is_slider = question["QuestionType"] == "Slider"
        statement = f"_{next(iter(numbered(question['Choices'])))}" if is_slider else ""
        found.append(Question(question_id, question_id + statement, own.shown))
    return found


def comment_keys(questions: Mapping[str, Any]) -> list[str]:
    """The export's keys of the answers to text questions, the first question first."""
    texts = [name for name in questions if dig(questions[name], "QuestionType") == "TE"]
    return [f"{question_id}_TEXT" for question_id in sorted(texts, key=_number)]


def _number(question_id: str) -> tuple[int, str]:
    match = _QUESTION_ID.fullmatch(question_id)
    return (int(match[1]) if match else 1 << 31, question_id)


RESPONSES: Final = responses_table(Question("", ""), [], EMBEDDED_DATA)
