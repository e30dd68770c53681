"""Who mentions a topic, who comments without it, who says nothing that can be read: cell by cell.

Belongs here: counting the last two years, window by window. Does not belong here: what a comment mentions
(`mentions`), what is shown (`topics_hidden`), what follows from the counts (`topics`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from expectations.recount.bridge_hidden import Bands
from expectations.recount.mentions import Mentioned

ALL = "(all)"
SEGMENTS = ("company", "customer_value_tier", "journey_stage", "branch")
YEAR, QUARTER, REST = "trailing_365d", "trailing_90d", "rest"
DAYS = {YEAR: 365, QUARTER: 90}
_BANDS = ("promoter", "passive", "detractor")
_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
NOBODY: Bands = (0, 0, 0)
#: Survey type, version, segment, member.
Cell: TypeAlias = tuple[str, str, str, str]


class Parts(NamedTuple):
    """Who mentions the topic, who comments without it, who says nothing that can be read."""

    mentioning: Bands
    other: Bands
    silent: Bands


class Said:
    """The answers of a cell in a window, by band: all, those that are read, and those of each topic."""

    def __init__(self) -> None:
        self.all, self.read = [0, 0, 0], [0, 0, 0]
        self.of: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, band: int, topics: frozenset[str] | None) -> None:
        """One answer; None: its comment is not read."""
        self.all[band] += 1
        if topics is not None:
            self.read[band] += 1
            for topic in topics:
                self.of[topic][band] += 1

    def parts(self, topic: str) -> Parts:
        """What is said of a topic."""
        said = self.of.get(topic, NOBODY)
        return Parts(_bands(said), _less(self.read, said), _less(self.all, self.read))


class Counted:
    """The last two years, counted: windows → cells; and whose revenue stands behind the year's mentions."""

    def __init__(self, answers: pa.Table, standings: pa.Table, found: Mentioned, as_of: date) -> None:
        self.found, self.as_of = found, as_of
        self.ends = {grain: as_of - timedelta(days) for grain, days in DAYS.items()}
        self.windows: dict[str, dict[Cell, Said]] = defaultdict(lambda: defaultdict(Said))
        self.accounts: dict[tuple[Cell, str], set[str]] = defaultdict(set)
        self.paid = {
            (row["account"], row["definition_version"]): row["trailing_revenue_amount"]
            for row in standings.filter(pc.field("day") == as_of)
            .select(["account", "definition_version", "trailing_revenue_amount"])
            .to_pylist()
        }
        names = ["key", "account", "responded_at", "nps_band", "survey_type", "definition_version"]
        recent = answers.filter(pc.field("responded_at") >= _moment(as_of - timedelta(2 * DAYS[YEAR])))
        for row in recent.select([*names, *SEGMENTS[1:]]).to_pylist():
            if row["responded_at"] < _moment(as_of):
                self._add(row)

    def _add(self, row: Mapping[str, str | int | None]) -> None:
        day = _EPOCH + timedelta(days=int(row["responded_at"] or 0) // _DAY)
        said = self.found.of_answers.get(str(row["key"]))
        for segment in SEGMENTS:
            member = ALL if segment == "company" else str(row[segment])
            cell = (str(row["survey_type"]), str(row["definition_version"]), segment, member)
            for window in self._windows(day):
                self.windows[window][cell].add(_BANDS.index(str(row["nps_band"])), said)
            if day >= self.ends[YEAR] and (row["account"], cell[1]) in self.paid:
                for topic in said or ():
                    self.accounts[cell, topic].add(str(row["account"]))

    def _windows(self, day: date) -> Iterator[str]:
        for grain, days in DAYS.items():
            start = self.ends[grain]
            if day >= start:
                yield grain
            elif day >= start - timedelta(days):
                yield f"before {grain}"
        if self.ends[YEAR] <= day < self.ends[QUARTER]:
            yield REST


def _moment(day: date) -> int:
    return (day - _EPOCH).days * _DAY


def _bands(counts: Sequence[int]) -> Bands:
    promoters, passives, detractors = counts
    return promoters, passives, detractors


def _less(counts: Sequence[int], others: Sequence[int]) -> Bands:
    return _bands([one - other for one, other in zip(counts, others, strict=True)])
