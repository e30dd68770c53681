"""Cells that are hidden for others, in the periods and in the windows before them.

Belongs here: which cells stand beside each other. Does not belong here: the rules (`suppression`,
`undivided`, `released`), what a hidden cell still shows (`figures`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from expectations.definition import Version
from expectations.recount import released, suppression
from expectations.recount.cells import Block, Counting
from expectations.recount.coding import KIND
from expectations.recount.floors import Floors
from expectations.recount.released import Group
from expectations.recount.statistics import Floats, Integers
from expectations.recount.suppression import Lines, Mask
from expectations.recount.undivided import at_either_end, beside, kinds, undivided

#: The line of the members that are not shown.
_REST = "(hidden)"


class Hidden(NamedTuple):
    """Of each row of the blocks, whether others hide it: in its period, and in the window before."""

    now: Mask
    before: Mask


def hidden(
    counting: Counting, found: Sequence[Block], earlier: Sequence[Block], definitions: Sequence[Version]
) -> Hidden:
    """`earlier` are the blocks of the windows before, under the numbers of the periods they precede."""
    calendar, judge = counting.calendar, _Judge(definitions, counting)
    masks = {
        id(block): mask
        for blocks, starts, ends in (
            (found, calendar.starts, calendar.ends),
            (earlier, calendar.before, calendar.starts),
        )
        for block, mask in judge.each(blocks, starts, ends)
    }
    gone = {block.segment: judge.held(block)[masks[id(block)]] for block in earlier}
    before = [
        np.isin(judge.held(block), gone[block.segment])
        if block.measure == "in_period"
        else np.zeros(block.cell.size, np.bool_)
        for block in found
    ]
    return Hidden(np.concatenate([masks[id(block)] for block in found]), np.concatenate(before))


class _Judge:
    def __init__(self, definitions: Sequence[Version], counting: Counting) -> None:
        self.definitions, self.counting, self.coding = definitions, counting, counting.coding
        self._undivided: dict[str, Mask] = {}
        self._released: dict[str, Group] = {}

    def each(self, blocks: Sequence[Block], starts: Integers, ends: Integers) -> list[tuple[Block, Mask]]:
        """Blocks of one dimension first: the others' lines are their cells. Periods have starts and ends."""
        found, segments = [], self.coding.dimensions.segments
        not_shown: dict[tuple[str, str], Integers] = {}
        for block in sorted(blocks, key=lambda each: len(segments[each.segment])):
            split = segments[block.segment]
            below = block.counts.responses < self._floor(block)
            few = below | self._is_undivided(block, starts, ends)
            goes = np.zeros(block.cell.size, np.bool_)
            if len(split) == 1:
                codes = self._codes(block)
                goes = suppression.for_others(
                    block.counts,
                    few,
                    self._floor(block),
                    self._table(block),
                    self._names(split[0])[codes[split[0]]],
                )
                not_shown[block.measure, block.segment] = self.held(block)[few | goes]
            elif len(split) == 2:
                goes = self._crossed(block, few, not_shown)
            found.append((block, (few | goes) & ~below))
        return found

    def _is_undivided(self, block: Block, starts: Integers, ends: Integers) -> Mask:
        """Whether the windows of the block begin or end where its cells must not be divided, or told yet."""
        totals = self.counting.given(self.coding.dimensions.segments[block.segment])
        cells = np.searchsorted(totals.cells, block.cell)
        dates = self._releases(block.segment).unreleased
        if block.measure == "in_period":
            dates = dates | self._dates(block.segment)
        return at_either_end(dates, totals.days, (starts[block.period], ends[block.period]), cells)

    def _releases(self, segment: str) -> Group:
        """Of each day and cell of a segment, whether it must not be told yet."""
        if segment not in self._released:
            split = self.coding.dimensions.segments[segment]
            totals = self.counting.given(split)
            codes = self.coding.members_of(totals.cells, (*KIND, *split))
            named = self.coding.members[split[0]].to_pylist() if len(split) == 1 else []
            self._released[segment] = released.released(
                totals.upto[:, :-1],
                self.counting.calendar,
                Floors.of(self.definitions, codes["definition_version"], self.coding).confidential,
                [str(named[code]) for code in codes[split[0]].tolist()]
                if named
                else [""] * totals.cells.size,
                kinds(totals.cells, self.coding.size(split)),
                self._releases(self._segment_of(())).unreleased if split else None,
                [self._releases(self._segment_of((name,))).clean for name in split if len(split) > 1],
            )
        return self._released[segment]

    def _dates(self, segment: str) -> Mask:
        """Of each day and cell of a segment, whether it must not be divided there."""
        if segment not in self._undivided:
            split, calendar = self.coding.dimensions.segments[segment], self.counting.calendar
            totals = self.counting.given(split)
            codes = self.coding.members_of(totals.cells, (*KIND, *split))
            floor = Floors.of(self.definitions, codes["definition_version"], self.coding).confidential
            upto = totals.upto[:, :-1]
            found = undivided(upto, calendar, floor)
            if len(split) == 1:
                company = self._dates(self._segment_of(()))
                names = self._names(split[0])[codes[split[0]]]
                for place, of in enumerate(kinds(totals.cells, self.coding.size(split))):
                    found[:, of] = beside(
                        upto[:, of], found[:, of], company[:, place], names[of], floor[of[0]]
                    )
            self._undivided[segment] = found
        return self._undivided[segment]

    def held(self, block: Block, split: tuple[str, ...] | None = None) -> Integers:
        """A number for each period and cell of a segment, or of the cell of fewer dimensions around it."""
        columns = (*KIND, *(self.coding.dimensions.segments[block.segment] if split is None else split))
        held: Integers = block.period * self.coding.size(columns) + self.coding.cell(
            self._codes(block), columns
        )
        return held

    def _crossed(self, block: Block, few: Mask, not_shown: dict[tuple[str, str], Integers]) -> Mask:
        """Branches are rows, or else the first dimension is."""
        split, codes = self.coding.dimensions.segments[block.segment], self._codes(block)
        sides = sorted(split, key=lambda name: name != "branch")
        lines = [
            np.where(
                np.isin(self.held(block, (side,)), not_shown[block.measure, self._segment_of((side,))]),
                self._place(side, _REST),
                self._names(side)[codes[side]],
            )
            for side in sides
        ]
        names = np.zeros(block.cell.size, np.int64)
        for name in (name for name in self.coding.dimensions.names if name in split):
            names = names * 2**31 + self._names(name)[codes[name]]
        return suppression.crossed(
            block.counts, few, self._floor(block), Lines(self._table(block), *lines), names
        )

    def _segment_of(self, wanted: tuple[str, ...]) -> str:
        segments = self.coding.dimensions.segments
        return next(name for name, split in segments.items() if split == wanted)

    def _table(self, block: Block) -> Integers:
        """What is shown side by side: survey type, version and period."""
        return self.held(block, ())

    def _codes(self, block: Block) -> dict[str, Integers]:
        return self.coding.members_of(block.cell, (*KIND, *self.coding.dimensions.segments[block.segment]))

    def _floor(self, block: Block) -> Floats:
        version = self._codes(block)["definition_version"]
        return Floors.of(self.definitions, version, self.coding).confidential

    def _names(self, dimension: str) -> Integers:
        """The place of each member among the digests of their names."""
        return 2 * np.argsort(np.argsort(np.array(self._digests(dimension), np.str_)))

    def _place(self, dimension: str, name: str) -> int:
        """Where a name stands, member or not: members have even places."""
        digests, own = sorted(self._digests(dimension)), suppression.digest(name)
        at = bisect_left(digests, own)
        return 2 * at if digests[at : at + 1] == [own] else 2 * at - 1

    def _digests(self, dimension: str) -> list[str]:
        return [suppression.digest(str(name)) for name in self.coding.members[dimension].to_pylist()]
