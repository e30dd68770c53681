"""Typeform, declared to the second hand from its API's documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from expectations.declaring import Asked, Field, Kind, Tables, Vendor, fields

if TYPE_CHECKING:
    from expectations.recount.versions import RawRecords

#: Column of answers → the hidden field that it is read from, unless configured otherwise.
HIDDEN: Final[Mapping[str, str]] = {
    "invitation_id": "invitation_id",
    "account_id": "account_id",
    "contact_id": "contact_id",
    "respondent_email": "email",
    "branch_id": "branch_id",
    "event_at": "event_at",
    "employee_id": "employee_id",
    "device_id": "device_id",
}
#: Kind of field → the first number of its scale; `start_at_one` moves those that begin with 0.
_BEGINS: Final = {"nps": 0, "opinion_scale": 0, "rating": 1}


class FieldAsked(NamedTuple):
    """A form's field: whether people could choose from 0 to 10 and nothing else."""

    is_zero_to_ten: bool = True

    def score(self, record: str, values: Mapping[str, Any]) -> float | None:
        """The number given to the field that the record names after its response: its `ref` or its id."""
        wanted = record.partition(":")[2]
        for answer in values.get("answers") or []:
            if wanted in (answer["field"].get("ref"), answer["field"].get("id")):
                number = answer.get("number")
                is_number = isinstance(number, int | float) and not isinstance(number, bool)
                return float(number) if is_number else None
        return None


def asked_by(field: Mapping[str, Any]) -> FieldAsked:
    """What a form says of one of its fields."""
    begins, said = _BEGINS.get(field["type"]), field.get("properties") or {}
    first = 1 if said.get("start_at_one") else begins
    return FieldAsked(begins is None or (first, said.get("steps", 11)) == (0, 11))


def _renamed(tables: Tables, names: Mapping[str, Any]) -> Tables:
    """Answers with the hidden fields that the company's links carry."""
    hidden = {
        column: Field(Kind.MOMENT if column == "event_at" else Kind.AS_IT_IS, (f"hidden.{name}",), 1)
        for column, name in {**HIDDEN, **names.get("hidden", {})}.items()
    }
    return {**tables, "responses": {**tables["responses"], **hidden}}


def _questions(records: RawRecords) -> Asked:
    from expectations.recount import asked

    return asked.read(records, "typeform", FieldAsked(), asked_by)


VENDOR: Final = Vendor(
    tables={
        "questions": fields("question_text=title question_type=type"),
        "responses": fields(
            "response_id=token started_at=landed_at responded_at=submitted_at version_at=submitted_at"
        ),
        "partial_responses": fields("response_id=token started_at=landed_at"),
    },
    recounted={"responses": fields("score=."), "questions": fields("definition=.")},
    within={"responses": ("hidden",)},
    renamed=_renamed,
    questions=_questions,
)
