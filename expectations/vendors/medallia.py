"""Medallia, declared to the second hand from its Query API's documentation."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from expectations.declaring import Asked, Field, Kind, Tables, Vendor, fields

if TYPE_CHECKING:
    from expectations.recount.versions import RawRecords

#: Column of answers → the field that it is read from, unless configured otherwise. All else is in fields of
#: the company's own.
FIELDS: Final[Mapping[str, str]] = {"responded_at": "e_responsedate", "version_at": "e_lastupdated"}


class FieldAsked(NamedTuple):
    """A scored field: the number that each option's name begins with, and whether these are 0 to 10."""

    shown: Mapping[str, int] | None
    is_zero_to_ten: bool = True

    def score(self, record: str, values: Mapping[str, Any]) -> float | None:
        """The number of the option, or that the value is, in the field that the record names after its
        response."""
        given = (values.get(record.partition(":")[2]) or {}).get("values") or [""]
        if self.shown is not None:
            number = self.shown.get(given[0])
            return None if number is None else float(number)
        return float(given[0]) if given[0].isdecimal() else None


def asked_by(field: Mapping[str, Any]) -> FieldAsked:
    """What the description of a field says; an option that begins with no digit is no number."""
    if not field.get("options"):
        return FieldAsked(None)
    led = {
        option["id"]: "".join(takewhile("0123456789".__contains__, option["name"].strip()))
        for option in field["options"]
    }
    numbers = {option: int(digits) for option, digits in led.items() if digits}
    return FieldAsked(numbers, sorted(numbers.values()) == list(range(11)))


def _renamed(tables: Tables, names: Mapping[str, Any]) -> Tables:
    """Answers with the fields that the company names; each has a list of values."""
    named = {**FIELDS, **names.get("fields", {})}
    own = {
        column: Field(Kind.MOMENT if column.endswith("_at") else Kind.AS_IT_IS, (f"{field}.values.0",))
        for column, field in named.items()
        if field and column != "survey_id"
    }
    return {**tables, "responses": {**tables["responses"], **own}}


def _questions(records: RawRecords) -> Asked:
    from expectations.recount import asked

    return asked.read(records, "medallia", FieldAsked({}), asked_by)


VENDOR: Final = Vendor(
    tables={
        "questions": fields("question_id=id question_text=name question_type=dataType"),
        "responses": fields("response_id=id"),
    },
    recounted={"responses": fields("score=."), "questions": fields("definition=.")},
    renamed=_renamed,
    questions=_questions,
)
