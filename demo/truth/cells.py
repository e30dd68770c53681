"""Which answers, invitations and customers belong to the cells of one measure, period and segment.

Belongs here: choosing rows. Does not belong here: any figure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np

from demo.truth.definition import CURRENT_STATE_OVER
from demo.truth.facts import EPOCH, Answers, Facts, Invitations, Standings
from demo.truth.grid import Grid
from demo.truth.known import Ints
from demo.truth.periods import Period, periods
from demo.truth.statistics import Tally
from demo.truth.undivided import Stretches


class Company:
    """All facts at an as-of, every dimension as codes of one grid. Needs at least one counted answer."""

    def __init__(self, facts: Facts, as_of: date) -> None:
        self.as_of = as_of
        self.periods = periods(facts.first_day, as_of)
        days = sorted({min(period.end, as_of) for period in self.periods})
        standings = {day: facts.standings(day) for day in days}
        others = (standing.members for standing in standings.values())
        self.grid = Grid(facts.answers.members, facts.invitations.members, *others)
        self.given: Answers = replace(facts.answers, codes=self.grid.codes(facts.answers.members))
        self.sent: Invitations = replace(facts.invitations, codes=self.grid.codes(facts.invitations.members))
        self.customers: dict[date, Standings] = {
            day: replace(standing, codes=self.grid.codes(standing.members))
            for day, standing in standings.items()
        }
        self.accounts = facts.accounts
        self.stretches = Stretches(self.grid, self.given, self.periods, as_of)

    def cut(self, measure: str, period: Period, segment: tuple[str, ...]) -> Cut:
        """The cells of a measure, period and segment."""
        rows = _between(self.given.day, period)
        if measure == "current_state":
            # A person's latest answer of the period: the next one, if any, lies behind it.
            rows = rows[self.given.next[rows] > rows[-1]] if len(rows) else rows
        return Cut(self, measure, period, ("survey_type", *segment), rows)

    def cuts(self, segments: tuple[tuple[str, ...], ...]) -> list[Cut]:
        """Everything that is published, without the cuts in which nobody has answered."""
        chosen = [("in_period", period) for period in self.periods]
        chosen += [("current_state", period) for period in self.periods if period.grain == CURRENT_STATE_OVER]
        cuts = [self.cut(*which, segment) for which in chosen for segment in segments]
        return [cut for cut in cuts if len(cut.rows)]


@dataclass(frozen=True)
class Cut:
    """The cells of one measure, period and segment; `names` are its dimensions, the survey type first.

    `rows` are the places of the answers behind it, in order of time.
    """

    company: Company
    measure: str
    period: Period
    names: tuple[str, ...]
    rows: Ints

    @property
    def grid(self) -> Grid:
        """The numbering of cells."""
        return self.company.grid

    @property
    def given(self) -> Answers:
        """All counted answers."""
        return self.company.given

    @property
    def sent_rows(self) -> slice:
        """The places of the invitations sent in the period."""
        first, last = _bounds(self.company.sent.day, self.period)
        return slice(first, last)

    @property
    def customers(self) -> Standings:
        """The customers at the period's end, or at as-of where that is earlier."""
        return self.company.customers[min(self.period.end, self.company.as_of)]

    @cached_property
    def cells(self) -> Ints:
        """The numbers of the cells with an answer, rising."""
        return np.flatnonzero(self.tally_of(self.rows).responses)

    @cached_property
    def tally(self) -> Tally:
        """The counts of each of these cells."""
        return self.tally_of(self.rows)[self.cells]

    @property
    def tally_before(self) -> Tally | None:
        """The counts of the same cells in the period before; none where nothing is compared."""
        before = self.tally_of_all_before
        return None if before is None else before[self.cells]

    @cached_property
    def tally_of_all_before(self) -> Tally | None:
        """The counts of every cell of the grid in the period before."""
        before = self.period.previous
        if before is None or self.measure != "in_period":
            return None
        return self.tally_of(_between(self.given.day, before))

    def tally_of(self, rows: Ints) -> Tally:
        """The counts of every cell of the grid over some answers."""
        cell = self.grid.cells(self.names, self.given.codes, rows)
        counts = np.bincount(cell * 3 + self.given.band[rows], minlength=self.grid.size(self.names) * 3)
        return Tally.of(counts.reshape(-1, 3))

    def codes(self) -> dict[str, Ints]:
        """The members of each cell."""
        return self.grid.apart(self.names, self.cells)


def _bounds(days: Ints, period: Period) -> tuple[int, int]:
    first, last = np.searchsorted(days, [(period.start - EPOCH).days, (period.end - EPOCH).days]).tolist()
    return first, last


def _between(days: Ints, period: Period) -> Ints:
    return np.arange(*_bounds(days, period), dtype=np.int64)
