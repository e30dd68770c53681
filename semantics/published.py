"""Which figures with a floor are published. Only these are shown, and as they were published.

Belongs here: finding the published cell of a figure. Does not belong here: why a cell is hidden, which the
publication decided (docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb

from semantics.errors import QuestionError
from semantics.vocabulary import ALWAYS_SPLIT_BY, Metric

CALENDAR = ("month", "quarter", "year")
_COUNTS = ("promoters", "passives", "detractors")
_SCORE = "nps"
#: The suffix of a metric → the measure and grain that are published.
_STATES = {
    "_current_state": ("current_state", "trailing_365d"),
    "_trailing_90d": ("in_period", "trailing_90d"),
    "_trailing_365d": ("in_period", "trailing_365d"),
}


class Published:
    """The published cells of one split and grain."""

    def __init__(
        self,
        tables: duckdb.DuckDBPyConnection,
        split: Sequence[str],
        grain: str | None,
        ends: Mapping[str, str],
    ) -> None:
        """`tables` holds `nps_scores`; `ends` are the last known day of each period by its first day."""
        self._tables, self._split, self._grain, self._ends = tables, tuple(split), grain, ends
        self._cells = cache(self._read)

    def value(self, metric: Metric, key: tuple[Any, ...], figures: Mapping[str, Any]) -> Any:
        """A figure of a cell, or None: its cell is hidden, or is not the one that is published.

        A filter, or a build that is not published yet, leaves other answers in the cell than were published.
        """
        suffix = next((suffix for suffix in _STATES if metric.name.endswith(suffix)), "")
        period = key[0] if self._grain else ""
        measure, grain = _STATES.get(suffix, ("in_period", self._grain or "all_time"))
        if suffix:
            period = str(date.fromisoformat(self._ends[period]) + timedelta(days=1))
        elif self._grain and self._grain not in CALENDAR:
            raise QuestionError(
                f"{metric.name} is published by month, quarter, year and for all time, not by {self._grain}"
            )
        members = key[1:] if self._grain else key
        cell = self._cells(measure, grain).get((period, *members))
        if cell is None or cell["responses"] != figures.get(metric.counted_by or ""):
            return None
        if cell[_COUNTS[0] if metric.shown_from == "interval_only" else _SCORE] is None:
            return None
        return cell.get(metric.name.removesuffix(suffix), figures.get(metric.name))

    def _read(self, measure: str, grain: str) -> dict[tuple[Any, ...], dict[str, Any]]:
        """The cells by period and members; a window by the day after it."""
        period = {"all_time": "''"}.get(grain, "period_start" if grain in CALENDAR else "period_end")
        columns = (*_COUNTS, "responses", _SCORE)
        rows = self._tables.execute(
            f"select cast({period} as varchar), {', '.join((*self._split, *columns))} from nps_scores"
            " where measure = ? and period_grain = ? and segment = ?",
            [measure, grain, self._segment()],
        ).fetchall()
        width = 1 + len(self._split)
        return {row[:width]: dict(zip(columns, row[width:], strict=True)) for row in rows}

    def _segment(self) -> str:
        dimensions = {name for name in self._split if name not in ALWAYS_SPLIT_BY} or {"company"}
        segments = [
            name for (name,) in self._tables.execute("select distinct segment from nps_scores").fetchall()
        ]
        for name in segments:
            if set(name.split("*")) == dimensions:
                return str(name)
        raise QuestionError(
            f"nothing is published by {' and '.join(sorted(dimensions))};"
            f" choose from {', '.join(sorted(segments))}"
        )
