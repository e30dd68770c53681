"""Rows of surveys that each lie on one boundary: of a window, an id, an address, the definition, the day.

Belongs here: what a rule's limit is about. Does not belong here: what people usually send (`surveys`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tests.mutation.daughter.forms import Row

_NOON: Final = datetime(2024, 1, 1, 12)
_ASKED: Final = ("invitation_id", "survey_id", "sent_at", "contact_id", "account_id", "email", "status")


def invitations() -> list[Row]:
    """To a contact nobody knows, with an id and a status that say nothing, at the end of time."""
    return [
        _asked("DG-1", contact_id="003GoneGoneGone"),
        _asked("X", status="--"),
        _asked("DG-2", sent_at=datetime(2026, 1, 1)),
        _asked("DG-3", sent_at=datetime(2026, 1, 9, 8)),
    ]


def answers() -> list[Row]:
    """Of a forgotten contact, one id three times, on both ends of time, as far apart as the window is long,
    from addresses that are nearly none, to one link of two surveys, to a survey written in two ways."""
    window = timedelta(days=180)
    return [
        _answered("DG-1", datetime(2024, 3, 2), invitation_id="DG-1"),
        *(_answered("DG-2", _NOON, score=score) for score in (3, 4, 5)),
        _answered("DG-3", datetime(1999, 12, 31, 23, 59, 59)),
        _answered("DG-4", datetime(2026, 1, 1)),
        _answered("DG-5", _NOON, person_id="card-edge"),
        _answered("DG-6", _NOON + window, person_id="card-edge"),
        _answered("DG-7", _NOON, respondent_email="q@daughter.example"),
        _answered("DG-8", _NOON, respondent_email="nonex@daughter.example"),
        _answered("DG-9", _NOON, invitation_id="one-link"),
        _answered("DG-10", _NOON, invitation_id="one-link", survey_id="exit"),
        _answered("DG-11", _NOON, invitation_id="other-link", survey_id="Relationship"),
        _answered("DG-12", _NOON + window, invitation_id="other-link"),
        _answered("DG-13", datetime(2022, 6, 15), is_test=True),
        _answered("DG-14", _NOON, account_id="DC-00"),
        _answered("DG-15", _NOON, account_id="DC-lost"),
        _answered("DG-16", _NOON, invitation_id="same-moment", score=9),
        _answered("DG-17", _NOON, invitation_id="same-moment", score=2),
        _answered("DG-18", _NOON, invitation_id="two-questions", survey_id="exit", score=9),
        _answered(
            "DG-18", _NOON, invitation_id="two-questions", survey_id="exit", question_id="again", score=2
        ),
    ]


def terminals() -> list[Row]:
    """At three terminals: two whose counts are alike, and one whose scale is turned round in December."""
    both = {11: (20, 30), 12: (10, 30)}
    promoters_of = {"kiosk": both, "tablet": both, "totem": {11: (60, 60), 12: (0, 60)}}
    return [
        _answered(f"DT-{channel}-{month}-{n}", datetime(2025, month, 1 + n % 19, 12), channel=channel)
        | {"score": 10 if n < promoters else 0}
        for channel, months in promoters_of.items()
        for month, (promoters, count) in months.items()
        for n in range(count)
    ]


def _asked(identifier: str, **given: object) -> Row:
    asked = {"invitation_id": identifier, "survey_id": "relationship", "sent_at": datetime(2024, 3, 1)}
    return dict.fromkeys(_ASKED, "") | asked | given


def _answered(identifier: str, at: datetime, **given: object) -> Row:
    answer: Row = {
        "response_id": identifier,
        "score": 9,
        "responded_at": at,
        "survey_id": "relationship",
    }
    rest = (
        "account_id",
        "respondent_email",
        "person_id",
        "invitation_id",
        "channel",
        "is_test",
        "question_id",
    )
    return answer | dict.fromkeys(rest, "") | given


def twins(folder: str) -> tuple[list[Row], list[Row]]:
    """Five records without ids, in two files; and how one file has them later: one corrected, one gone."""
    moment, said, corrected = (
        ("responded_at", {"score": 9}, {"score": 2})
        if folder.endswith("responses")
        else ("sent_at", {"survey_id": "relationship", "status": "sent"}, {"status": "bounced"})
    )
    rows: list[Row] = [{"ref": n, **said, moment: datetime(2024, 5, 1 + n)} for n in range(5)]
    return rows, [rows[0], rows[1] | corrected, *rows[3:]]
