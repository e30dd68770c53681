"""SurveyMonkey's raw tables, and which number a question's choice shows.

Belongs here: where each value is in the vendor's records. Does not belong here: requests (`surveymonkey.py`).
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from ingestion.arrow import dig
from ingestion.surveys.configured import carried_columns
from ingestion.tables import Column, Kind, TableSpec
from vault.tokens import Kind as Personal

_PREVIEWS: Final = ("preview", "survey_preview")
_WHOLE: Final = re.compile(r"\s*[0-9]+\s*")


def choices(question: Any) -> dict[str, float | None]:
    """Choice → the number that it shows; of "not applicable" none. `ValueError` for any other label."""
    found: dict[str, float | None] = {}
    for choice in question["answers"]["choices"]:
        label = choice["text"]
        if not choice.get("is_na") and not _WHOLE.fullmatch(label):
            raise ValueError(label)
        found[choice["id"]] = None if choice.get("is_na") else float(label)
    return found


def _of_scale(place: int, question: Any) -> int:
    shown = [int(number) for number in choices(question).values() if number is not None]
    return (min(shown), max(shown), len(set(shown)))[place]


# A survey has one modification time for all its questions, which is not part of a question's text.
QUESTIONS: Final = TableSpec(
    "questions",
    ("survey_id", "question_id"),
    (
        Column("survey_id", required=True),
        Column("question_id", source="id", required=True),
        Column("question_text", source="headings.0.heading"),
        Column("question_type", source="family"),
        Column("scale_min", Kind.INTEGER, partial(_of_scale, 0)),
        Column("scale_max", Kind.INTEGER, partial(_of_scale, 1)),
        Column("scale_points", Kind.INTEGER, partial(_of_scale, 2)),
    ),
    Column("version_at", Kind.TIMESTAMP),
    versioned_by_payload=False,
    is_of_the_company=True,
)
#: Keys of what was written into a survey, and of whom it was sent to.
_WRITTEN: Final = {"text": Personal.TEXT, "email_address": Personal.EMAIL}
_MODIFIED: Final = Column("version_at", Kind.TIMESTAMP, "date_modified", required=True)
PARTIAL: Final = TableSpec(
    "partial_responses",
    ("response_id",),
    (
        Column("response_id", source="id", required=True),
        Column("survey_id", required=True),
        Column("status", source="response_status", required=True),
        Column("started_at", Kind.TIMESTAMP, "date_created", required=True),
    ),
    _MODIFIED,
    personal=_WRITTEN,
)


class Question(NamedTuple):
    """A scored question, and the number that each of its choices shows."""

    question_id: str
    shown: Mapping[str, float | None]


def responses_table(question: Question, variables: Mapping[str, str], reading: int = 0) -> TableSpec:
    """Responses as they are read for one question of a survey; the columns are always the same."""
    email = Column("respondent_email", source=partial(_email, variables["respondent_email"]))
    carried = carried_columns("custom_variables", variables)
    return TableSpec(
        "responses",
        ("response_id", "question_id"),
        (
            Column("response_id", source="id", required=True),
            Column("survey_id", required=True),
            Column("question_id", required=True),
            Column("score", Kind.DOUBLE, partial(_answered, question)),
            Column("comment", Kind.TEXT, _comment),
            Column("is_test", Kind.BOOLEAN, lambda response: response.get("collection_mode") in _PREVIEWS),
            Column("responded_at", Kind.TIMESTAMP, "date_created", required=True),
            Column("collector_id", source="collector_id"),
            Column("recipient_id", source="recipient_id"),
            *(email if column.name == email.name else column for column in carried),
        ),
        _MODIFIED,
        reading=reading,
        personal={**_WRITTEN, variables["respondent_email"]: Personal.EMAIL},
    )


def _answers(response: Any) -> Iterator[tuple[str, Any]]:
    for page in response.get("pages") or ():
        for question in page.get("questions") or ():
            for answer in question["answers"]:
                yield question["id"], answer


def _answered(asked: Question, response: Any) -> Any:
    """The number that the choice shows; of an unknown choice its id, which fits no score."""
    chosen = [
        answer["choice_id"]
        for question_id, answer in _answers(response)
        if question_id == asked.question_id and "choice_id" in answer
    ]
    if len(chosen) > 1:
        raise ValueError("several choices are no score")
    return asked.shown.get(chosen[0], chosen[0]) if chosen else None


def _comment(response: Any) -> Any:
    """The first text that was written."""
    return next((answer["text"] for _, answer in _answers(response) if "text" in answer), None)


def _email(variable: str, response: Any) -> Any:
    """The address that the link carried, else the recipient's."""
    carried = dig(response, "custom_variables", variable)
    return response.get("email_address") if carried is None else carried
