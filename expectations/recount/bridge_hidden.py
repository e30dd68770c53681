"""Which lines of a bridge show no bands and no score, or two of them would tell what few people said.

Written from docs/decisions/0072-what-a-line-takes-out-is-of-enough.md.

Belongs here: what two figures beside each other tell, and which months are hidden as a whole. Does not belong
here: what is left after a line (`bridge`), what stands beside it (`conventions`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from expectations.recount.figures import Figures
from expectations.recount.suppression import FOR_OTHERS

#: Promoters, passives, detractors.
Bands: TypeAlias = tuple[int, int, int]
#: Survey type, first day, version.
Month: TypeAlias = tuple[str, date, str]


def months(figures: Figures) -> set[Month]:
    """Those whose score of the company is hidden for others."""
    keys = figures.keys.table.append_column("reportability", pa.array(figures.reportability, pa.string()))
    of_company = (pc.field("measure") == "in_period") & (pc.field("segment") == "company")
    hidden = keys.filter(
        of_company & (pc.field("period_grain") == "month") & (pc.field("reportability") == FOR_OTHERS)
    )
    names = ("survey_type", "period_start", "definition_version")
    return set(zip(*(hidden[name].to_pylist() for name in names), strict=True))


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
