"""Counting the answers of every cell: survey type, measure, period, segment and members.

Counted once for each cell up to each day on which a period begins or ends; a period holds the difference.
An answer is its person's latest from the day after it was given up to the day of the person's next one.

Belongs here: which answers are behind a cell. Does not belong here: what follows from the counts
(`figures`), where the rows come from (`__init__`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from expectations.recount.coding import DIMENSIONS, KIND, Coding, Names, distinct, numbered
from expectations.recount.periods import CURRENT, TRAILING, Calendar
from expectations.recount.statistics import Counts, Integers

ALL = "(all)"
SEGMENTS: dict[str, tuple[str, ...]] = {
    "company": (),
    **{name: (name,) for name in DIMENSIONS},
    "customer_value_tier*journey_stage": ("customer_value_tier", "journey_stage"),
    "branch*journey_stage": ("branch", "journey_stage"),
    "customer_value_tier*branch": ("customer_value_tier", "branch"),
}
_EPOCH = date(1970, 1, 1)
_BANDS = pa.chunked_array([["promoter", "passive", "detractor"]])
_NEVER = 2**40


@dataclass(frozen=True)
class Answers:
    """Counted answers, a column each, ordered by when they were given and their key.

    `followed` is the day of the person's next answer of the survey type, `account` a number among the
    accounts asked for (−1: not one of them).
    """

    day: Integers
    band: Integers
    codes: dict[str, Integers]
    followed: Integers
    account: Integers

    @classmethod
    def of(cls, table: pa.Table, coding: Coding, accounts: Names) -> Answers:
        """From columns answer_key, person_key, account_key, responded_at (µs), nps_band, survey_type,
        definition_version and the dimensions."""
        table = table.sort_by([("responded_at", "ascending"), ("answer_key", "ascending")])
        day = table["responded_at"].to_numpy().astype(np.int64) // 86_400_000_000
        codes = coding.codes(table)
        people = distinct(table["person_key"])
        persons = numbered(table["person_key"], people) * len(coding.members["survey_type"])
        return cls(
            day=day,
            band=numbered(table["nps_band"], _BANDS),
            codes=codes,
            followed=_followed(persons + codes["survey_type"], day),
            account=numbered(table["account_key"], accounts),
        )

    @property
    def first(self) -> date | None:
        """The day of the first answer."""
        return date.fromordinal(_EPOCH.toordinal() + int(self.day[0])) if self.day.size else None

    def within(self, start: int, end: int) -> slice:
        """The answers dated from a day until before another (days since 1970)."""
        low, high = np.searchsorted(self.day, [start, end])
        return slice(int(low), int(high))

    def latest(self, start: int, end: int) -> Integers:
        """Of those the last of each person and survey type, as places."""
        inside = self.within(start, end)
        places: Integers = np.flatnonzero(self.followed[inside] >= end) + inside.start
        return places


@dataclass(frozen=True)
class Delivered:
    """Delivered invitations, a column each; one row may be several."""

    day: Integers
    answered: Integers
    invitations: Integers
    codes: dict[str, Integers]

    @classmethod
    def of(cls, table: pa.Table, coding: Coding) -> Delivered:
        """From columns day (days since 1970), answered, invitations, survey_type, definition_version and the
        dimensions."""
        day, answered, invitations = (
            table[name].to_numpy().astype(np.int64) for name in ("day", "answered", "invitations")
        )
        return cls(day, answered, invitations, coding.codes(table))


class Asked(NamedTuple):
    """Delivered invitations and those of them that were answered, a column each."""

    answered: Integers
    delivered: Integers


class Block(NamedTuple):
    """The cells of a measure and segment that hold an answer, a row each.

    `period` is a place in the calendar, `cell` a number of the coding; `previous` are the answers of the
    period before.
    """

    measure: str
    segment: str
    period: Integers
    cell: Integers
    counts: Counts
    previous: Counts | None


class Counting:
    """What is counted, and the numbers and periods it is counted under."""

    def __init__(self, answers: Answers, delivered: Delivered, coding: Coding, calendar: Calendar) -> None:
        self.answers, self.delivered, self.coding, self.calendar = answers, delivered, coding, calendar
        self._totals: dict[tuple[str, tuple[str, ...]], Totals] = {}

    def blocks(self) -> Iterator[Block]:
        """Every cell with at least one counted answer."""
        starts, ends, before = self.calendar.starts, self.calendar.ends, self.calendar.before
        for segment, split in SEGMENTS.items():
            totals = self._total("in_period", (*KIND, *split))
            inside = totals.between(starts, ends)
            period, place = np.nonzero(inside.sum(axis=2))
            previous = totals.between(before, starts)[period, place]
            found = _bands(inside[period, place])
            yield Block("in_period", segment, period, totals.cells[place], found, _bands(previous))
            totals = self._total("current_state", (*KIND, *split))
            end, place = np.nonzero(totals.upto[:, :-1].sum(axis=2))
            period, found = self.calendar.shown["current_state"][end], _bands(totals.upto[end, place])
            yield Block("current_state", segment, period, totals.cells[place], found, None)

    def counts(self, measure: str, columns: tuple[str, ...], period: Integers, cell: Integers) -> Counts:
        """The answers of any cells of the columns, in any periods of a measure."""
        totals, ends = self._total(measure, columns), self.calendar.ends[period]
        starts = self.calendar.starts[period] if measure == "in_period" else None
        return _bands(totals.of_cells(starts, ends, cell))

    def asked(self, block: Block) -> Asked:
        """The invitations sent in the period and before as-of, to the cells of a block."""
        totals, period = self._total("asked", (*KIND, *SEGMENTS[block.segment])), block.period
        start, until = self.calendar.starts[period], self.calendar.until[period]
        found = totals.of_cells(start, until, block.cell)
        return Asked(found[:, 0], found[:, 1])

    def _total(self, measure: str, columns: tuple[str, ...]) -> Totals:
        if (measure, columns) not in self._totals:
            count = {"in_period": self._given, "current_state": self._current, "asked": self._sent}[measure]
            self._totals[measure, columns] = count(columns)
        return self._totals[measure, columns]

    def _given(self, columns: tuple[str, ...]) -> Totals:
        answers = self.answers
        return Totals.of(
            self.calendar.days, answers.day, self.coding.cell(answers.codes, columns), answers.band, 3
        )

    def _current(self, columns: tuple[str, ...]) -> Totals:
        """An answer comes the day after it was given and goes after its successor's, or after a year."""
        answers = self.answers
        goes = np.minimum(answers.followed, answers.day + TRAILING[CURRENT])
        return Totals.of(
            self.calendar.ends[self.calendar.shown["current_state"]],
            np.concatenate([answers.day, goes]),
            np.tile(self.coding.cell(answers.codes, columns), 2),
            np.tile(answers.band, 2),
            3,
            np.repeat([1, -1], goes.size),
        )

    def _sent(self, columns: tuple[str, ...]) -> Totals:
        sent = self.delivered
        return Totals.of(
            self.calendar.days,
            np.tile(sent.day, 2),
            np.tile(self.coding.cell(sent.codes, columns), 2),
            np.repeat([0, 1], sent.day.size),
            2,
            np.concatenate([sent.answered, sent.invitations]),
        )


@dataclass(frozen=True)
class Totals:
    """What cells hold before each of some days: `upto[day, cell, column]`; the last cell is no cell's.

    `days` and `cells` are ascending.
    """

    days: Integers
    cells: Integers
    upto: Integers

    @classmethod
    def of(
        cls,
        days: Integers,
        day: Integers,
        cell: Integers,
        column: Integers,
        columns: int,
        weights: Integers | None = None,
    ) -> Totals:
        """Of rows with a day, a cell and a column; each row counts as its weight, or once."""
        held = np.flatnonzero(np.bincount(cell))
        place = np.zeros(int(cell.max(initial=-1)) + 1, np.int64)
        place[held] = np.arange(held.size)
        coded = (np.searchsorted(days, day, "right") * (held.size + 1) + place[cell]) * columns + column
        shape = (days.size + 1, held.size + 1, columns)
        counted = np.bincount(coded, weights, math.prod(shape)).astype(np.int64).reshape(shape)
        return cls(days, held, counted[:-1].cumsum(axis=0))

    def between(self, starts: Integers, ends: Integers) -> Integers:
        """From each start until before its end, of every cell; all days are known ones."""
        return self.upto[self._place(ends), :-1] - self.upto[self._place(starts), :-1]

    def of_cells(self, starts: Integers | None, ends: Integers, cells: Integers) -> Integers:
        """The same of one cell each, held or not; without starts what is held at the end."""
        places = np.searchsorted(self.cells, cells)
        there = np.append(self.cells, -1)[places] == cells
        places = np.where(there, places, self.cells.size)
        found = self.upto[self._place(ends), places]
        return found if starts is None else found - self.upto[self._place(starts), places]

    def _place(self, days: Integers) -> Integers:
        return np.searchsorted(self.days, days)


def _bands(found: Integers) -> Counts:
    return Counts(found[:, 0], found[:, 1], found[:, 2])


def _followed(person: Integers, day: Integers) -> Integers:
    by_person = np.argsort(person, kind="stable")
    one, other = by_person[:-1], by_person[1:]
    same = person[one] == person[other]
    followed = np.full(day.size, _NEVER)
    followed[one[same]] = day[other[same]]
    return followed
