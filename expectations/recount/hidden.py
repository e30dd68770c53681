"""Cells that are hidden for others, in the periods and in the windows before them.

Belongs here: which cells stand beside each other. Does not belong here: the rule (`suppression`), what a
hidden cell still shows (`figures`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from expectations.definition import Version
from expectations.recount import suppression
from expectations.recount.cells import Block
from expectations.recount.coding import KIND, Coding
from expectations.recount.floors import Floors
from expectations.recount.statistics import Integers

Mask: TypeAlias = npt.NDArray[np.bool_]


class Hidden(NamedTuple):
    """Of each row of the blocks, whether others hide it: in its period, and in the window before."""

    now: Mask
    before: Mask


def hidden(
    found: Sequence[Block], earlier: Sequence[Block], definitions: Sequence[Version], coding: Coding
) -> Hidden:
    """`earlier` are the blocks of the windows before, under the numbers of the periods they precede."""
    gone = {block.segment: _held(block, coding)[_for_others(block, definitions, coding)] for block in earlier}
    now, before = [], []
    for block in found:
        now.append(_for_others(block, definitions, coding))
        held = _held(block, coding)
        in_period = block.measure == "in_period"
        before.append(np.isin(held, gone[block.segment]) if in_period else np.zeros(held.size, np.bool_))
    return Hidden(np.concatenate(now), np.concatenate(before))


def _for_others(block: Block, definitions: Sequence[Version], coding: Coding) -> Mask:
    """Members of one dimension that would tell of others with few answers."""
    split = coding.dimensions.segments[block.segment]
    if len(split) != 1:
        return np.zeros(block.cell.size, np.bool_)
    codes = coding.members_of(block.cell, (*KIND, *split))
    floor = Floors.of(definitions, codes["definition_version"], coding).confidential
    beside = block.period * coding.size(KIND) + coding.cell(codes, KIND)
    names = np.argsort(np.argsort(np.array(coding.members[split[0]].to_pylist(), np.str_)))
    return suppression.for_others(block.counts, floor, beside, names[codes[split[0]]])


def _held(block: Block, coding: Coding) -> Integers:
    """A number for each period and cell of a segment."""
    size = coding.size((*KIND, *coding.dimensions.segments[block.segment]))
    held: Integers = block.period * size + block.cell
    return held
