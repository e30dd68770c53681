"""What the table of bonus dates must say together: few days, none of them twice.

Belongs here: rules over these rows. Does not belong here: one cell or key (`tables`, `reading`), or what is
observed in these days (dbt's `fct_integrity_counts`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from company.mistakes import Mistake
from company.reading import Definition, Row
from company.tables import ANY, BONUSES

#: Half of a quarter: days that are most of the year have no other days to be compared with.
_MOST_DAYS: Final = 45


def judge(held: Definition) -> Iterator[Mistake]:
    """Every mistake of the table."""
    rows: list[Row] = held.rows[BONUSES.name]
    for row in rows:
        if not 1 <= row["days_before"] <= _MOST_DAYS:
            yield row.wrong(f"days_before is {row['days_before']}", f"write a number from 1 to {_MOST_DAYS}")
    for one, other in combinations(rows, 2):
        if one["bonus_date"] == other["bonus_date"] and ANY in (one["branch"], other["branch"]):
            own, all_ = (other, one) if one["branch"] == ANY else (one, other)
            yield own.wrong(
                f"line {all_.line} has this day for all branches, {own['branch']} among them",
                "keep one of them",
            )
