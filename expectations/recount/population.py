"""What stands beside a score, of the whole customer base: whose revenue answered, and the score weighted.

Both look at the customers of the day on which a period ends, or of as-of where that is earlier. Accounts are
split by the dimensions that they have themselves, never by those of answers only
(docs/contracts/published-tables.md, "Revenue coverage" and "Post-stratified NPS").

Belongs here: figures made of standings. Does not belong here: who is a customer on a day (`standings`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from expectations.dimensions import Dimensions
from expectations.recount.cells import Block, Counting
from expectations.recount.coding import KIND, Coding, Names, numbered
from expectations.recount.statistics import Floats, Integers

STRATUM = "customer_value_tier"


@dataclass(frozen=True)
class Customers:
    """Customers of some days, a column each, ordered by day; `amount` in ten-thousandths of the currency.

    `account` is a number below `accounts`, and `versions` the number of versions of the definition.
    """

    day: Integers
    account: Integers
    amount: Floats
    codes: dict[str, Integers]
    accounts: int
    versions: int

    @classmethod
    def of(cls, table: pa.Table, coding: Coding, accounts: Names) -> Customers:
        """From standings as columns; `accounts` are all of their keys."""
        table = table.sort_by("day")
        return cls(
            day=table["day"].cast(pa.int32()).to_numpy().astype(np.int64),
            account=numbered(table["account"], accounts),
            amount=table["trailing_revenue_amount"].to_numpy().astype(np.float64),
            codes=coding.codes(table),
            accounts=len(accounts),
            versions=len(coding.members["definition_version"]),
        )

    @cached_property
    def days(self) -> Integers:
        """The days there are customers of."""
        return np.unique(self.day)

    @cached_property
    def place(self) -> Integers:
        """The place of each row's day among them."""
        return np.searchsorted(self.days, self.day)

    def on_day(self, day: Integers) -> Integers:
        """The place of any day among them; one past the last where there is no customer."""
        place = np.searchsorted(self.days, day)
        return np.where(np.append(self.days, -1)[place] == day, place, self.days.size)

    def on(self, day: int) -> Integers:
        """The row of each version and account on a day; −1 where it is no customer's."""
        low, high = np.searchsorted(self.day, [day, day + 1])
        rows = np.full((self.versions, self.accounts), -1)
        rows[self.codes["definition_version"][low:high], self.account[low:high]] = np.arange(low, high)
        return rows


def columns(counting: Counting, customers: Customers, blocks: Sequence[Block]) -> dict[str, Floats]:
    """Revenue coverage and the post-stratified score of every row of the blocks; NaN where there is none."""
    answered = _answered_revenue(counting, customers, blocks)
    coverage = [
        _ratio(revenue, _sums(counting, customers, block, customers.amount)[:, 0])
        for block, revenue in zip(blocks, answered, strict=True)
    ]
    scores = [_poststratified(counting, customers, block) for block in blocks]
    names = ("post_stratified_nps", "effective_responses", "stratified_share")
    return {
        "revenue_coverage": np.concatenate(coverage),
        **dict(zip(names, np.concatenate(scores, axis=1), strict=True)),
    }


def _answered_revenue(counting: Counting, customers: Customers, blocks: Sequence[Block]) -> list[Floats]:
    """Of each row of the blocks the revenue of the customers who gave one of its answers."""
    revenue = [np.zeros(block.cell.size) for block in blocks]
    dimensions = counting.coding.dimensions
    own = {segment: _of_answers(dimensions, segment) for segment in dimensions.segments}
    for split in {*own.values()}:
        of_split = [number for number, block in enumerate(blocks) if own[block.segment] == split]
        told = _Told(counting, customers, split)
        for measure, periods in counting.calendar.shown.items():
            for period in periods.tolist():
                rows, cells = told.behind(measure, period)
                for number in of_split:
                    block = blocks[number]
                    if block.measure == measure:
                        inside = slice(*np.searchsorted(block.period, [period, period + 1]))
                        found = told.revenue(block.segment, rows, cells)
                        revenue[number][inside] = found[block.cell[inside]]
    return revenue


class _Told:
    """Which customers have answered, by the members of their answers that do not split accounts."""

    def __init__(self, counting: Counting, customers: Customers, split: tuple[str, ...]) -> None:
        self._counting, self._customers, coding = counting, customers, counting.coding
        self._segments = segments = coding.dimensions.segments
        columns, account = (*KIND, *split), counting.answers.account
        members = coding.members_of(np.arange(coding.size(columns)), columns)
        self._version = members["definition_version"]
        nobody = coding.size(columns) * customers.accounts
        coded = coding.cell(counting.answers.codes, columns) * customers.accounts + account
        self._coded = np.where(account < 0, nobody, coded)
        self._has_answered = np.zeros(nobody + 1, bool)
        of_accounts = {name: customers.codes[name] for name in coding.dimensions.of_accounts}
        # a segment's cell is the sum of what the answer's own members and the account's make of it
        self._parts = {
            segment: (
                coding.cell(members, (*KIND, *segments[segment])),
                coding.cell(of_accounts, (*KIND, *segments[segment]))
                + np.zeros(customers.day.size, np.int64),
            )
            for segment in segments
            if _of_answers(coding.dimensions, segment) == split
        }

    def behind(self, measure: str, period: int) -> tuple[Integers, Integers]:
        """Customers of the period's last day with an answer in it (rows), and the cells they answered in."""
        calendar, answers = self._counting.calendar, self._counting.answers
        start, end = int(calendar.starts[period]), int(calendar.ends[period])
        chosen = answers.within(start, end) if measure == "in_period" else answers.latest(start, end)
        self._has_answered[:] = False
        self._has_answered[self._coded[chosen]] = True
        cells, accounts = np.divmod(np.flatnonzero(self._has_answered[:-1]), max(1, self._customers.accounts))
        rows = self._customers.on(int(calendar.until[period]))[self._version[cells], accounts]
        return rows[rows >= 0], cells[rows >= 0]

    def revenue(self, segment: str, rows: Integers, cells: Integers) -> Floats:
        """The revenue of such customers, by the segment's cells."""
        own, of_account = self._parts[segment]
        size = self._counting.coding.size((*KIND, *self._segments[segment]))
        revenue = np.bincount(own[cells] + of_account[rows], self._customers.amount[rows], size)
        return revenue.astype(np.float64, copy=False)


def _poststratified(counting: Counting, customers: Customers, block: Block) -> tuple[Floats, Floats, Floats]:
    """The score of each tier weighted with its customers; how many answers that is worth; of what share."""
    split = counting.coding.dimensions.segments[block.segment]
    if STRATUM in split:
        nothing = np.full(block.cell.size, np.nan)
        return nothing, nothing, nothing
    stratified = (*KIND, STRATUM, *split)
    members = counting.coding.members_of(block.cell, (*KIND, *split))
    strata = _sums(counting, customers, block, np.ones(customers.day.size), (STRATUM,))
    weighed, squared, answered = (np.zeros(block.cell.size) for _ in range(3))
    for tier, of_tier in enumerate(strata.T):
        cell = counting.coding.cell({**members, STRATUM: np.full(block.cell.size, tier)}, stratified)
        counts = counting.counts(block.measure, stratified, block.period, cell)
        weight = np.where(counts.responses > 0, of_tier, 0.0)
        n = np.maximum(counts.responses, 1)
        weighed += weight * (100.0 * (counts.promoters - counts.detractors) / n)
        squared += weight**2 / n
        answered += weight
    share = np.where(answered > 0, _ratio(answered, strata.sum(axis=1)), np.nan)
    return _ratio(weighed, answered), _ratio(answered**2, squared), share


def _sums(
    counting: Counting, customers: Customers, block: Block, weights: Floats, strata: tuple[str, ...] = ()
) -> Floats:
    """The sum of weights over the customers each row is about, when its period ends: `[row, stratum]`."""
    coding, dimensions = counting.coding, counting.coding.dimensions
    split = dimensions.segments[block.segment]
    columns = ("definition_version", *(name for name in split if name in dimensions.of_accounts))
    size, width = coding.size(columns), coding.size(strata)
    cells = customers.place * size + coding.cell(customers.codes, columns)
    coded = cells * width + coding.cell(customers.codes, strata)
    summed = np.bincount(coded, weights, (customers.days.size + 1) * size * width).reshape(-1, width)
    place = customers.on_day(counting.calendar.until[block.period])
    cell = coding.cell(coding.members_of(block.cell, (*KIND, *split)), columns)
    return np.asarray(summed[place * size + cell], np.float64)


def _of_answers(dimensions: Dimensions, segment: str) -> tuple[str, ...]:
    """The dimensions of a segment that split answers only."""
    return tuple(name for name in dimensions.segments[segment] if name not in dimensions.of_accounts)


def _ratio(one: Floats, other: Floats) -> Floats:
    ratio: Floats = np.divide(one, other, out=np.full(one.size, np.nan), where=other > 0)
    return ratio
