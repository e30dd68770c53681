"""What the table of targets must say together: scores that can be reached, stages that there are.

Belongs here: rules over these rows. Does not belong here: one cell or key (`tables`, `reading`), or whether a
target is met (dbt's `target_attainment`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from company.mistakes import Mistake, listed
from company.reading import Definition, Row
from company.tables import ANY, TARGETS
from company.wholeness import meet

_YEARS: Final = range(2000, 2101)
_NOT_KNOWN: Final = "Unassigned"


def judge(held: Definition) -> Iterator[Mistake]:
    """Every mistake of the table."""
    before: dict[tuple[str, ...], Row] = {}
    for row in held.rows[TARGETS.name]:
        key = tuple(str(row[column]).lower() for column in TARGETS.key)
        if key in before:
            yield row.wrong(
                f"line {before[key].line} has the same score and year, in other capitals", "keep one"
            )
        before.setdefault(key, row)
        if not -100 < row["target_nps"] < 100:
            yield row.wrong(
                f"target_nps is {row['target_nps']}", "write a number between -100 and 100, both left out"
            )
        if row["target_year"] not in _YEARS:
            yield row.wrong(f"target_year is {row['target_year']}", "write a calendar year, as in 2026")
        else:
            yield from _stage(held, row)


def _stage(held: Definition, row: Row) -> Iterator[Mistake]:
    """A stage of a version that is in force on a day of its year."""
    begins, ends = (date(row["target_year"] + later, 1, 1) for later in (0, 1))
    year = replace(row, values={"valid_from": begins, "valid_to": ends})
    known = {ANY, _NOT_KNOWN} | {
        stage["journey_stage"]
        for version in held.rows["nps_definitions"]
        if meet(version, year)
        for stage in held.of("journey_stages", version["definition_version"])
    }
    if row["journey_stage"] not in known:
        yield row.wrong(
            f'there is no journey_stage "{row["journey_stage"]}" in {row["target_year"]}',
            f"write one of {listed(sorted(known))}",
        )
