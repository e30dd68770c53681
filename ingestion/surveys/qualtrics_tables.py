"""Qualtrics' raw tables, and which questions of a survey definition are scored.

Belongs here: where each value is in the vendor's records. Does not belong here: requests
(`qualtrics.py`), or which question is NPS: that is the question registry's to say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ingestion.arrow import dig
from ingestion.errors import ConfigurationError
from ingestion.tables import Column, Kind, Source, TableSpec

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
)

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
        Column("scale_min", Kind.INTEGER, lambda question: scale(question)[0]),
        Column("scale_max", Kind.INTEGER, lambda question: scale(question)[1]),
    ),
    Column("version_at", Kind.TIMESTAMP),
    versioned_by_payload=False,
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
    """A scored question: its id and the key its score is exported under."""

    question_id: str
    score_key: str


def embedded_keys(configured: Mapping[str, str]) -> dict[str, str]:
    """Column → embedded-data key, with what is configured. ConfigurationError for a column there is not."""
    if unknown := sorted(configured.keys() - EMBEDDED_DATA.keys()):
        raise ConfigurationError(
            f"`sources.qualtrics.embedded_data` names {', '.join(unknown)}, which is no column of an answer; "
            f"it can name {', '.join(EMBEDDED_DATA)}"
        )
    return {**EMBEDDED_DATA, **configured}


def reading_under(keys: Mapping[str, str], state: dict[str, Any]) -> int:
    """How often the keys have been changed. `state` keeps all there have been; the usual ones are the first,
    so that what was loaded before there was such a list is read again too."""
    readings: list[Mapping[str, str]] = state.setdefault("embedded_data", [dict(EMBEDDED_DATA)])
    if readings[-1] != keys:
        readings.append(dict(keys))
    return len(readings) - 1


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
            Column("score", Kind.DOUBLE, ("values", question.score_key)),
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
    )


_SINGLE_ANSWER: Final = frozenset({"NPS", "SAVR", "SAHR", "SACOL", "DL", "SB"})
_WHOLE_NUMBER: Final = re.compile(r"-?\d+")
_QUESTION_ID: Final = re.compile(r"QID(\d+)")


def scored_questions(questions: Mapping[str, Any]) -> list[Question]:
    """The questions of a definition whose answer is a number, in the order of their ids."""
    found = []
    for question_id in sorted(questions, key=_number):
        question = questions[question_id]
        if scale(question) == (None, None):
            continue
        is_slider = question["QuestionType"] == "Slider"
        statement = f"_{next(iter(_choices(question)))}" if is_slider else ""
        found.append(Question(question_id, question_id + statement))
    return found


def comment_keys(questions: Mapping[str, Any]) -> list[str]:
    """The export's keys of the answers to text questions, the first question first."""
    texts = [name for name in questions if dig(questions[name], "QuestionType") == "TE"]
    return [f"{question_id}_TEXT" for question_id in sorted(texts, key=_number)]


def scale(question: Any) -> tuple[Any, Any]:
    """Lowest and highest score of a question, `(None, None)` where its answers are not numbers."""
    choices = _choices(question)
    if dig(question, "QuestionType") == "Slider":
        low = dig(question, "Configuration", "CSSliderMin")
        high = dig(question, "Configuration", "CSSliderMax")
        return (low, high) if len(choices) == 1 else (None, None)
    if dig(question, "Selector") not in _SINGLE_ANSWER or not choices:
        return None, None
    if not all(_WHOLE_NUMBER.fullmatch(str(dig(choice, "Display")).strip()) for choice in choices.values()):
        return None, None
    recodes = question.get("RecodeValues") or {choice: choice for choice in choices}
    exported = [str(value) for value in recodes.values()]
    if not all(map(_WHOLE_NUMBER.fullmatch, exported)):
        return None, None
    return min(map(int, exported)), max(map(int, exported))


def _choices(question: Any) -> dict[str, Any]:
    """Choice → what it displays. Choices numbered from 0 without a gap arrive as a list."""
    choices = dig(question, "Choices")
    if type(choices) is list:
        return {str(number): choice for number, choice in enumerate(choices)}
    return choices if type(choices) is dict else {}


def _number(question_id: str) -> tuple[int, str]:
    match = _QUESTION_ID.fullmatch(question_id)
    return (int(match[1]) if match else 1 << 31, question_id)


RESPONSES: Final = responses_table(Question("", ""), [], EMBEDDED_DATA)
