"""The daughter's surveys: invitations, answers and requests to be forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from tests.mutation.daughter.forms import NOBODY, Row, email, moment, written_id


def invitation(
    drawn: Random, number: int, contacts: Sequence[tuple[str, str]], branches: Sequence[str]
) -> Row:
    """A row of surveys/invitations."""
    words = ("sent", "Delivered", "opened", "bounced", "failed", "completed", "", " blocked ", "skipped")
    contact, account = drawn.choice(contacts)
    sent = moment(drawn, datetime(2023, 1, 1), datetime(2025, 12, 1))
    return {
        "invitation_id": f"DN-{number}",
        "survey_id": drawn.choice(("relationship", "Relationship ", "unasked")),
        "sent_at": sent,
        "contact_id": drawn.choice((written_id(drawn, contact), "", drawn.choice(NOBODY))),
        "account_id": drawn.choice(("", "", written_id(drawn, account))),
        "email": drawn.choice(("", email(drawn, number % 110))),
        "status": drawn.choice(words),
        "event_id": "",
        "event_at": drawn.choice(("", sent - timedelta(days=3), sent, sent + timedelta(days=1))),
        "employee_id": "",
        "branch_id": drawn.choice(("", written_id(drawn, drawn.choice(branches)))),
    }


def answer(
    drawn: Random,
    number: int,
    invitations: Sequence[Row],
    contacts: Sequence[tuple[str, str]],
    people: Sequence[str],
    branches: Sequence[str],
) -> Row:
    """A row of surveys/responses, often to one of the invitations, sometimes before it."""
    invitation = drawn.choice(invitations)
    sent = invitation["sent_at"]
    assert isinstance(sent, datetime)
    answered = sent + drawn.choice((timedelta(0), timedelta(days=3), timedelta(days=40), timedelta(hours=-5)))
    contact, account = drawn.choice(contacts)
    return {
        "response_id": f"DA-{number}",
        "score": drawn.choice(("", 11, 9.5)) if number % 40 == 0 else drawn.randrange(11),
        "responded_at": answered,
        "survey_id": "relationship" if number % 90 else "unasked",
        "comment": drawn.choice(("", "fine", " so so ")),
        "account_id": drawn.choice(("", "", written_id(drawn, account))),
        "contact_id": drawn.choice(("", "", written_id(drawn, contact), drawn.choice(NOBODY))),
        "respondent_email": drawn.choice(("", "", email(drawn, number % 110), "tester@example.com")),
        "person_id": drawn.choice(("", drawn.choice(people), drawn.choice(NOBODY))),
        "branch_id": drawn.choice(("", written_id(drawn, drawn.choice(branches)), drawn.choice(NOBODY))),
        "invitation_id": drawn.choice(("", "", invitation["invitation_id"], drawn.choice(NOBODY))),
        "event_at": drawn.choice(("", answered - timedelta(days=2), answered, answered + timedelta(days=1))),
        "started_at": drawn.choice(("", answered - timedelta(minutes=2), answered + timedelta(minutes=1))),
        "channel": drawn.choice(("email", " Email", "sms", "")),
        "employee_id": drawn.choice(("", NOBODY[0])),
        "device_id": drawn.choice(("", f"device-{number % 50}")),
        "is_test": number % 60 == 7,
    }


def praised(branch: str, beside: str) -> list[Row]:
    """Answers of people who say what they like about a branch, or dislike; some are of a branch beside it:
    without others who mention a topic, the branch's own mentions could not be shown. Most are of the last
    quarter, and enough of the year before it: topics are shown of both."""
    said = (
        "so fast, no waiting at all",
        "very quick and friendly staff",
        "friendly people",
        "too expensive",
        "",
    )
    scores = (10, 9, 10, 9, 6, 10, 9, 10)
    quarter, earlier = datetime(2025, 10, 10), {0: "as expected", 1: "", 2: "as expected", 4: ""}
    return [
        {
            "response_id": f"DP-{n}",
            "score": scores[n % len(scores)] if n < 80 else scores[n % len(scores)] - 3,
            "responded_at": quarter + timedelta(hours=11 * n, days=-100 if n % 16 in earlier else 0),
            "survey_id": "relationship",
            "comment": earlier.get(n % 16, said[(n * n + n // 9) % len(said)]),
            "person_id": f"fan-{n}",
            "branch_id": branch if n < 80 else beside,
        }
        for n in range(140)
    ]


def corrected(drawn: Random, rows: Sequence[Row]) -> list[Row]:
    """The rows, some of which somebody has written otherwise since."""
    changed = []
    for row in rows:
        new = dict(row)
        if drawn.random() < 0.15 and "score" in new:
            new["score"] = drawn.randrange(11)
        if drawn.random() < 0.1 and "status" in new:
            new["status"] = "completed"
        changed.append(new)
    return changed


def erasures(
    drawn: Random, answers: Sequence[Row], contacts: Sequence[tuple[str, str]], people: Sequence[str]
) -> list[Row]:
    """Rows of surveys/erasures: each way to name somebody, and one that names nobody."""
    asked = datetime(2024, 6, 1)
    named: list[Row] = [
        {"response_id": answers[3]["response_id"]},
        {"response_id": answers[9]["response_id"], "source": "files"},
        {"contact_id": written_id(drawn, contacts[5][0])},
        {"contact_id": written_id(drawn, contacts[20][0]), "source": "qualtrics"},
        {"email": "P12@daughter.example "},
        {"email": "noemail@noemail.example", "response_id": answers[12]["response_id"]},
        {"person_id": people[4]},
        {"person_id": people[9].upper(), "source": "files"},
        {"person_id": people[4]},
        {"contact_id": "003GoneGoneGone"},
        {"response_id": answers[16]["response_id"], "requested_at": datetime(2026, 6, 1)},
        {"contact_id": next(contact for contact, _ in contacts[30:] if contact[8].isupper())},
    ]
    names = ("source", "response_id", "contact_id", "email", "person_id")
    return [
        {"erasure_id": f"DE-{at}", "requested_at": each.get("requested_at", asked + timedelta(days=at))}
        | {name: each.get(name, "") for name in names}
        for at, each in enumerate(named)
    ]
