"""Counting the answers of every cell: survey type, measure, period, segment and members.

Plain counting over numpy columns, each period's answers one by one; no running totals, no slices.

Belongs here: which answers are behind a cell. Does not belong here: what follows from the counts
(`figures`), where the rows come from (`__init__`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from expectations.recount.periods import Period
from expectations.recount.statistics import Counts, Integers

DIMENSIONS = ("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel")
ALL = "(all)"
SEGMENTS: dict[str, tuple[str, ...]] = {
    "company": (),
    **{name: (name,) for name in DIMENSIONS},
    "customer_value_tier*journey_stage": ("customer_value_tier", "journey_stage"),
    "branch*journey_stage": ("branch", "journey_stage"),
    "customer_value_tier*branch": ("customer_value_tier", "branch"),
}
_EPOCH = date(1970, 1, 1)
_BANDS = {"promoter": 0, "passive": 1, "detractor": 2}


@dataclass(frozen=True)
class Answers:
    """Counted answers, a column each, ordered by when they were given and their key."""

    day: Integers
    band: Integers
    kind: Integers
    kinds: list[tuple[str, str]]
    person: Integers
    cells: dict[str, Integers]
    names: dict[str, list[tuple[str, ...]]]

    @classmethod
    def of(cls, table: pa.Table) -> Answers:
        """From columns answer_key, person_key, responded_at (µs), nps_band, survey_type, definition_version
        and the dimensions."""
        order = pa.compute.sort_indices(
            table, sort_keys=[("responded_at", "ascending"), ("answer_key", "ascending")]
        ).to_numpy()
        coded = {name: _coded(table[name], order) for name in table.column_names if name not in _NUMBERS}
        at = table["responded_at"].to_numpy()[order]
        bands = np.array([_BANDS[name] for name in coded["nps_band"].names] or [0])
        kind, kinds = _combined([coded["survey_type"], coded["definition_version"]])
        survey_type = coded["survey_type"].codes
        cells, names = {}, {}
        for segment, split in SEGMENTS.items():
            cells[segment], names[segment] = _combined(
                [coded["survey_type"], coded["definition_version"], *(coded[name] for name in split)]
            )
        people = len(coded["person_key"].names)
        return cls(
            day=at // 86_400_000_000,
            band=bands[coded["nps_band"].codes],
            kind=kind,
            kinds=[(one, other) for one, other in kinds],
            person=survey_type * people + coded["person_key"].codes,
            cells=cells,
            names=names,
        )

    @property
    def first(self) -> date | None:
        """The day of the first answer."""
        return _day(int(self.day[0])) if self.day.size else None

    def within(self, start: date, end: date) -> slice:
        """The answers dated from `start` until before `end`."""
        return _within(self.day, start, end)

    def latest(self, period: slice) -> Integers:
        """Of the answers in a slice the last of each person and survey type."""
        places = np.arange(period.start, period.stop)
        newest = np.full(int(self.person.max(initial=-1)) + 1, -1)
        newest[self.person[period]] = places  # the last one written stays
        return newest[newest >= 0]

    def counts(self, segment: str, chosen: slice | Integers) -> Counts:
        """Of the chosen answers, how many of each band are in each cell of a segment."""
        cells = len(self.names[segment])
        coded = self.cells[segment][chosen] * 3 + self.band[chosen]
        found = np.bincount(coded, minlength=cells * 3).reshape(cells, 3).astype(np.int64)
        return Counts(found[:, 0], found[:, 1], found[:, 2])


@dataclass(frozen=True)
class Delivered:
    """Delivered invitations, a column each, ordered by day of sending; one row may be several."""

    day: Integers
    answered: Integers
    invitations: Integers
    cells: dict[str, Integers]
    places: dict[str, dict[tuple[str, ...], int]]

    @classmethod
    def of(cls, table: pa.Table) -> Delivered:
        """From columns day (days since 1970), answered, invitations, survey_type, definition_version and the
        dimensions."""
        order = pa.compute.sort_indices(table, sort_keys=[("day", "ascending")]).to_numpy()
        names = ("survey_type", "definition_version", *DIMENSIONS)
        coded = {name: _coded(table[name], order) for name in names}
        cells, places = {}, {}
        for segment, split in SEGMENTS.items():
            cells[segment], found = _combined([coded[name] for name in (*names[:2], *split)])
            places[segment] = {name: place for place, name in enumerate(found)}
        day, answered, invitations = (
            table[name].to_numpy()[order].astype(np.int64) for name in ("day", "answered", "invitations")
        )
        return cls(day, answered, invitations, cells, places)

    def counts(self, segment: str, start: date, end: date, names: Sequence[tuple[str, ...]]) -> Asked:
        """Of the invitations sent from `start` until before `end`, those of the cells named."""
        inside = _within(self.day, start, end)
        places = self.places[segment]
        at = np.array([places.get(name, len(places)) for name in names], np.int64)
        cells = self.cells[segment][inside]
        return Asked(
            *(
                np.append(np.bincount(cells, weights[inside], len(places)), 0).astype(np.int64)[at]
                for weights in (self.answered, self.invitations)
            )
        )


class Asked(NamedTuple):
    """Delivered invitations and those of them that were answered, a column each."""

    answered: Integers
    delivered: Integers


class Block(NamedTuple):
    """The cells of a measure, period and segment that hold an answer; `previous` are those before."""

    measure: str
    period: Period
    segment: str
    cells: Integers
    counts: Counts
    previous: Counts | None


def blocks(answers: Answers, all_periods: Sequence[Period]) -> Iterator[Block]:
    """Every cell with at least one counted answer."""
    for period in all_periods:
        inside = answers.within(period.start, period.end)
        before = None if period.previous is None else answers.within(period.previous, period.start)
        latest = answers.latest(inside) if period.grain == "trailing_365d" else None
        for segment in SEGMENTS:
            counts = answers.counts(segment, inside)
            filled = np.flatnonzero(counts.responses)
            previous = None if before is None else _at(answers.counts(segment, before), filled)
            yield Block("in_period", period, segment, filled, _at(counts, filled), previous)
            if latest is not None:
                counts = answers.counts(segment, latest)
                filled = np.flatnonzero(counts.responses)
                yield Block("current_state", period, segment, filled, _at(counts, filled), None)


def _at(counts: Counts, places: Integers) -> Counts:
    return Counts(*(column[places] for column in counts))


def _within(day: Integers, start: date, end: date) -> slice:
    low, high = np.searchsorted(day, [(start - _EPOCH).days, (end - _EPOCH).days])
    return slice(int(low), int(high))


_NUMBERS = ("responded_at", "answer_key")


class _Coded(NamedTuple):
    codes: Integers
    names: list[str]


def _coded(column: Any, order: Integers) -> _Coded:
    encoded = column.dictionary_encode().combine_chunks()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return _Coded(codes[order], encoded.dictionary.to_pylist())


def _combined(columns: Sequence[_Coded]) -> tuple[Integers, list[tuple[str, ...]]]:
    """One code for several columns, of those combinations only that are there, and their names."""
    codes = np.zeros(columns[0].codes.size, np.int64)
    for column in columns:
        codes = codes * len(column.names) + column.codes
    there, combined = np.unique(codes, return_inverse=True)
    names = []
    for code in there.tolist():
        name: list[str] = []
        for column in reversed(columns):
            code, place = divmod(code, len(column.names))
            name.append(column.names[place])
        names.append(tuple(reversed(name)))
    return combined.astype(np.int64), names


def _day(number: int) -> date:
    return date.fromordinal(_EPOCH.toordinal() + number)
