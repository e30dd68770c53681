"""Medallia's raw tables, and which number an option of a scored field shows.

Belongs here: where each value is in the records that a query returns. Does not belong here: queries
(`medallia_api.py`).
"""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from ingestion.surveys.configured import CARRIED
from ingestion.tables import Column, Kind, TableSpec

#: Column → field, unless the company says otherwise. Fields beyond the standard ones have every company's own
#: ids; an empty one is not requested.
FIELDS: Final[Mapping[str, str]] = {
    "survey_id": "",
    "responded_at": "e_responsedate",
    "version_at": "e_lastupdated",
    "comment": "",
    **dict.fromkeys(CARRIED, ""),
}
_LED: Final = re.compile(r"\s*([0-9]+)\b[^0-9]*")
_WHOLE: Final = re.compile(r"[0-9]+")


def options(field: Any) -> dict[str, float | None] | None:
    """Option → the number that its name begins with, none where it has no digit ("N/A"); None for a field
    without options. `ValueError` for any other name: `1-2` is no number."""
    listed = field.get("options")
    if not listed:
        return None
    found: dict[str, float | None] = {}
    for option in listed:
        led = _LED.fullmatch(option["name"])
        if led is None and re.search("[0-9]", option["name"]):
            raise ValueError(option["name"])
        found[option["id"]] = float(led[1]) if led else None
    return found


def scale(place: int, field: Any) -> int | None:
    """The lowest or highest number of a field's options, or how many numbers they show."""
    shown = {int(number) for number in (options(field) or {}).values() if number is not None}
    return (min(shown), max(shown), len(shown))[place] if shown else None


# The API tells no moment at which a field was changed.
QUESTIONS: Final = TableSpec(
    "questions",
    ("survey_id", "question_id"),
    (
        Column("survey_id", required=True),
        Column("question_id", source="id", required=True),
        Column("question_text", source="name"),
        Column("question_type", source="dataType"),
        Column("scale_min", Kind.INTEGER, partial(scale, 0)),
        Column("scale_max", Kind.INTEGER, partial(scale, 1)),
        Column("scale_points", Kind.INTEGER, partial(scale, 2)),
    ),
    is_of_the_company=True,
)


class Question(NamedTuple):
    """A scored field, and the number that each of its options shows; without options, its value is one."""

    question_id: str
    shown: Mapping[str, float | None] | None = None


def responses_table(question: Question, fields: Mapping[str, str], reading: int = 0) -> TableSpec:
    """Feedback as it is read for one scored field; the columns are always the same."""

    def column(name: str, required: bool = False) -> Column:
        kind = Kind.TIMESTAMP_UTC if name.endswith("_at") else Kind.TEXT
        return Column(name, kind, (fields[name], "values", 0) if fields[name] else "", required)

    return TableSpec(
        "responses",
        ("response_id", "question_id"),
        (
            Column("response_id", source="id", required=True),
            Column("survey_id", required=True),
            Column("question_id", required=True),
            Column("score", Kind.DOUBLE, partial(_answered, question)),
            column("comment"),
            column("responded_at", required=True),
            *map(column, CARRIED),
        ),
        column("version_at", required=True),
        reading=reading,
        reads=(question.question_id,),
    )


def _answered(asked: Question, record: Any) -> Any:
    """The number that the option shows, or that the value is; of an unknown option its id, which fits no
    score."""
    values = (record.get(asked.question_id) or {}).get("values") or []
    if not values:
        return None
    [value] = values  # several are no score
    if type(value) is not str:
        raise ValueError(value)
    if asked.shown is not None:
        return asked.shown.get(value, value)
    return float(value) if _WHOLE.fullmatch(value) else value
