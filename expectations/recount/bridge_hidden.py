"""Which lines of a bridge show no bands and no score, or two of them would tell what few people said.

Written from docs/decisions/0072-what-a-line-takes-out-is-of-enough.md.

Belongs here: what two figures beside each other tell. Does not belong here: what is left after a line
(`bridge`), what stands beside it (`conventions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

#: Promoters, passives, detractors.
Bands: TypeAlias = tuple[int, int, int]


def of_few(one: Bands, other: Bands, floor: float) -> bool:
    """Whether two figures differ by some answers, but by fewer than the floor, or by those of one band."""
    between = [abs(left - right) for left, right in zip(one, other, strict=True)]
    return sum(between) > 0 and (sum(between) < floor or max(between) == sum(between))


def hidden(left: Sequence[Bands], floor: float) -> list[bool]:
    """Line by line, whether it is hidden; of the bands that are left after each, the last being published."""
    published = left[-1]
    gone = [False]
    for before, after in pairwise(left):
        # what takes nothing out is as the line before it
        gone.append(gone[-1] if before == after else of_few(before, after, floor))
    found = [is_gone and bands != published for is_gone, bands in zip(gone, left, strict=True)]
    beside = [
        bands for bands, is_hidden in zip(left, found, strict=True) if not is_hidden and bands != published
    ]
    if beside and of_few(beside[-1], published, floor):
        return [is_hidden or bands == beside[-1] for bands, is_hidden in zip(left, found, strict=True)]
    return found


def hidden_beside(published: Bands, conventions: Sequence[Bands], floor: float) -> list[bool]:
    """Of each convention, whether it is hidden: it differs by few from the published figure or one above."""
    above = [published, *conventions]
    return [
        any(of_few(other, each, floor) for other in above[: place + 1])
        for place, each in enumerate(conventions)
    ]
