"""Counting the answers of every cell: survey type, measure, period, segment and members.

Counted once for each cell up to each day on which a period begins or ends; a period holds the difference.
An answer is its person's latest from the day after it was given up to the day of the person's next one.

Belongs here: which answers are behind a cell. Does not belong here: what follows from the counts
(`figures`), where the rows come from (`__init__`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from expectations.recount.coding import KIND, Coding, Names, distinct, numbered
from expectations.recount.periods import CURRENT, TRAILING, Calendar
from expectations.recount.statistics import Counts, Integers

ALL = "(all)"
_EPOCH = date(1970, 1, 1)
_BANDS = pa.chunked_array([["promoter", "passive", "detractor"]])
_NEVER = 2**40
_DAY = 86_400_000_000


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
        """From columns key, person, account, responded_at (µs), nps_band, survey_type,
        definition_version and the dimensions."""
        order = _order(table)
        day = table["responded_at"].to_numpy()[order] // _DAY
        codes = {name: column[order] for name, column in coding.codes(table).items()}
        people = distinct(table["person"])
        persons = numbered(table["person"], people)[order] * len(coding.members["survey_type"])
        return cls(
            day=day,
            band=numbered(table["nps_band"], _BANDS)[order],
            codes=codes,
            followed=_followed(persons + codes["survey_type"], day),
            account=numbered(table["account"], accounts)[order],
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
    """Delivered invitations, a column each; `answered` is 0 or 1."""

    day: Integers
    answered: Integers
    codes: dict[str, Integers]

    @classmethod
    def of(cls, table: pa.Table, coding: Coding) -> Delivered:
        """From columns sent_day, is_answered, survey_type, definition_version and the dimensions."""
        day, answered = (table[name].to_numpy().astype(np.int64) for name in ("sent_day", "is_answered"))
        return cls(day, answered, coding.codes(table))


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
        self._found: dict[str, Integers] = {}

    def blocks(self) -> Iterator[Block]:
        """Every cell with at least one counted answer."""
        starts, ends, before = self.calendar.starts, self.calendar.ends, self.calendar.before
        for segment, split in self.coding.dimensions.segments.items():
            totals = self.given(split)
            inside = totals.between(starts, ends)
            period, place = np.nonzero(inside.sum(axis=2))
            previous = totals.between(before, starts)[period, place]
            found = _bands(inside[period, place])
            yield Block("in_period", segment, period, totals.cells[place], found, _bands(previous))
            totals = self._total("current_state", (*KIND, *split))
            end, place = np.nonzero(totals.upto[:, :-1].sum(axis=2))
            period, found = self.calendar.shown["current_state"][end], _bands(totals.upto[end, place])
            yield Block("current_state", segment, period, totals.cells[place], found, None)

    def earlier(self) -> Iterator[Block]:
        """The cells of the windows that periods are compared with, under the periods' places."""
        starts, before = self.calendar.starts, self.calendar.before
        for segment, split in self.coding.dimensions.segments.items():
            totals = self.given(split)
            inside = totals.between(before, starts)
            period, place = np.nonzero(inside.sum(axis=2))
            yield Block(
                "in_period", segment, period, totals.cells[place], _bands(inside[period, place]), None
            )

    def given(self, split: tuple[str, ...]) -> Totals:
        """The answers of the cells of a segment up to each day on which a period begins or ends."""
        return self._total("in_period", (*KIND, *split))

    def counts(self, measure: str, columns: tuple[str, ...], period: Integers, cell: Integers) -> Counts:
        """The answers of any cells of the columns, in any periods of a measure."""
        totals, ends = self._total(measure, columns), self.calendar.ends[period]
        starts = self.calendar.starts[period] if measure == "in_period" else None
        return _bands(totals.of_cells(starts, ends, cell))

    def asked(self, block: Block) -> Asked:
        """The invitations sent in the period and before as-of, to the cells of a block."""
        split, period = self.coding.dimensions.segments[block.segment], block.period
        totals = self._total("asked", (*KIND, *split))
        start, until = self.calendar.starts[period], self.calendar.until[period]
        found = totals.of_cells(start, until, block.cell)
        return Asked(found[:, 1], found.sum(axis=1))

    def _total(self, measure: str, columns: tuple[str, ...]) -> Totals:
        if (measure, columns) not in self._totals:
            count = {"in_period": self._answered, "current_state": self._current, "asked": self._sent}[
                measure
            ]
            self._totals[measure, columns] = count(columns)
        return self._totals[measure, columns]

    def _answered(self, columns: tuple[str, ...]) -> Totals:
        answers, days = self.answers, self.calendar.days
        given = Added(self._places(days, "given", answers.day), answers.band)
        return Totals.of(days, self.coding.cell(answers.codes, columns), 3, given)

    def _current(self, columns: tuple[str, ...]) -> Totals:
        """An answer comes the day after it was given and goes after its successor's, or after a year."""
        answers, days = self.answers, self.calendar.ends[self.calendar.shown["current_state"]]
        gone = np.minimum(answers.followed, answers.day + TRAILING[CURRENT])
        come = Added(self._places(days, "come", answers.day), answers.band)
        go = Added(self._places(days, "gone", gone), answers.band, sign=-1)
        return Totals.of(days, self.coding.cell(answers.codes, columns), 3, come, go)

    def _sent(self, columns: tuple[str, ...]) -> Totals:
        sent, days = self.delivered, self.calendar.days
        places = self._places(days, "sent", sent.day)
        return Totals.of(days, self.coding.cell(sent.codes, columns), 2, Added(places, sent.answered))

    def _places(self, days: Integers, name: str, day: Integers) -> Integers:
        """Before which of the days each row first counts; found out once for all segments."""
        if name not in self._found:
            self._found[name] = np.searchsorted(days, day, "right")
        return self._found[name]


class Added(NamedTuple):
    """Rows that count from the day at a place on, in a column each; with a sign of −1 no longer."""

    place: Integers
    column: Integers
    sign: int = 1


@dataclass(frozen=True)
class Totals:
    """What cells hold before each of some days: `upto[day, cell, column]`; the last cell is no cell's.

    `days` and `cells` are ascending.
    """

    days: Integers
    cells: Integers
    upto: Integers

    @classmethod
    def of(cls, days: Integers, cell: Integers, columns: int, *added: Added) -> Totals:
        """Of rows of these cells."""
        held = np.flatnonzero(np.bincount(cell))
        number = np.zeros(int(cell.max(initial=-1)) + 1, np.int64)
        number[held] = np.arange(held.size) * columns
        numbers, width = number[cell], (held.size + 1) * columns
        counted = np.zeros((days.size + 1) * width, np.int64)
        for each in added:
            coded = each.place * width + numbers + each.column
            counted += each.sign * np.bincount(coded, minlength=counted.size)
        shape = (days.size + 1, held.size + 1, columns)
        return cls(days, held, counted.reshape(shape)[:-1].cumsum(axis=0))

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


def _order(table: pa.Table) -> Integers:
    """By moment; only answers of the same moment are looked at twice, by their key."""
    moments = table["responded_at"].to_numpy()
    order: Integers = np.argsort(moments, kind="stable")
    same = np.diff(moments[order]) == 0
    tied = np.flatnonzero(np.append(same, False) | np.insert(same, 0, False))
    keys = table["key"].take(order[tied]).to_pylist()
    by_key = sorted(range(tied.size), key=lambda place: (moments[order[tied[place]]], keys[place]))
    order[tied] = order[tied[by_key]]
    return order


def _followed(person: Integers, day: Integers) -> Integers:
    by_person = np.argsort(person, kind="stable")
    one, other = by_person[:-1], by_person[1:]
    same = person[one] == person[other]
    followed = np.full(day.size, _NEVER)
    followed[one[same]] = day[other[same]]
    return followed
