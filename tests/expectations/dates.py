"""Where cells of the small working file must not be divided.

Belongs here: its cells and dates. Does not belong here: the rule, which is the recount's. Every refresh holds
that against dbt's, and `tests/disclosure` attacks it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np

from expectations.recount.periods import Calendar
from expectations.recount.undivided import beside, undivided
from tests.disclosure.tables import digest

NAMES = ("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel")
FLOOR = 5
_BANDS = {100: 0, 0: 1, -100: 2}


class Dates:
    """The dates of each cell: survey type, version, segment, members."""

    def __init__(self) -> None:
        self.of: dict[tuple[Any, ...], set[date]] = defaultdict(set)

    def touches(self, row: dict[str, Any], start: date, end: date) -> bool:
        """Whether a window of the row's cell begins or ends at one of them."""
        cell = tuple(row[name] for name in ("survey_type", "definition_version", "segment", *NAMES))
        return row["measure"] == "in_period" and bool(self.of.get(cell, set()) & {start, end})


def undivided_dates(connection: duckdb.DuckDBPyConnection, segments: dict[str, tuple[str, ...]]) -> Dates:
    """Of all cells of the segments, whose answers and periods are in the marts."""
    [whole] = connection.execute(
        "select period_start, period_end from marts.dim_periods where period_grain = 'all_time'"
    ).fetchall()
    calendar = Calendar.of(*whole)
    boundaries = [date(1970, 1, 1) + timedelta(days=day) for day in calendar.days.tolist()]
    answers = connection.execute(
        f"select survey_type, definition_version, response_date, nps_weight, {', '.join(NAMES)}"
        " from marts.fct_survey_responses where is_counted"
    ).fetchall()
    found, companies = Dates(), dict[tuple[Any, ...], Any]()
    for segment, split in segments.items():
        cells: dict[tuple[Any, ...], dict[tuple[str, ...], Any]] = defaultdict(dict)
        for survey_type, version, day, weight, *members in answers:
            member = tuple(
                each if name in split else "(all)" for name, each in zip(NAMES, members, strict=True)
            )
            upto = cells[survey_type, version].setdefault(member, np.zeros((len(boundaries), 3), np.int64))
            upto[np.array(boundaries) > day, _BANDS[int(weight)]] += 1
        for kind, of_kind in cells.items():
            upto = np.stack(list(of_kind.values()), axis=1)
            dates = undivided(upto, calendar, np.full(len(of_kind), float(FLOOR)))
            if not split:
                companies[kind] = dates[:, 0]
            elif len(split) == 1:
                names = [digest(member[NAMES.index(split[0])]) for member in of_kind]
                dates = beside(upto, dates, companies[kind], np.argsort(np.argsort(names)), FLOOR)
            for at, member in enumerate(of_kind):
                found.of[*kind, segment, *member] = {
                    day for day, is_undivided in zip(boundaries, dates[:, at], strict=True) if is_undivided
                }
    return found
