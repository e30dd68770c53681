"""What counting the rows of `nps_responses` tells, beside the scores of years and of all time.

An unknown is what one tier and stage answered in one year, band by band. Figures that are shown are sums of
these, and so is a count of rows: of all that the row may be.

Belongs here: which published counts add up to which. Does not belong here: the system (`attacker`), what may
be learnt (the tests).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from tests.disclosure.attacker import Attacker
from tests.disclosure.scores import BANDS

Row: TypeAlias = Mapping[str, Any]
#: Year, tier, stage; None and `(others)` where rows or figures do not tell.
Cell: TypeAlias = tuple[Any, str, str]
OTHERS, ALL = "(others)", "(all)"
_BAND = {"promoter": "promoters", "passive": "passives", "detractor": "detractors"}


def cells(figures: Iterable[Row]) -> list[Cell]:
    """Tiers and stages that answered in each year: these are listed, hidden or not."""
    return [place(row) for row in figures if "*" in row["segment"] and row["period_grain"] == "year"]


def place(figure: Row) -> Cell:
    """What a figure is of."""
    year = figure["period_start"] if figure["period_grain"] == "year" else None
    return year, figure["customer_value_tier"], figure["journey_stage"]


def attacker(figures: Sequence[Row]) -> Attacker:
    """All that the figures of one survey type and version say of counts."""
    found, known = Attacker(), cells(figures)
    for row in figures:
        inside = [cell for cell in known if _is_inside(cell, place(row))]
        found.learns({(cell, band): 1 for cell in inside for band in BANDS}, row["responses"])
        if row["promoters"] is not None:
            for band in BANDS:
                found.learns({(cell, band): 1 for cell in inside}, row[band])
    return found


def counted(rows: Iterable[Row]) -> dict[tuple[Cell, str], int]:
    """How many rows of each year, tier and stage there are of a band; of none, too."""
    tally: Counter[tuple[Cell, str]] = Counter()
    for row in rows:
        cell = (row["response_year"], row["customer_value_tier"], row["journey_stage"])
        tally.update({(cell, band): 0 for band in BANDS})
        tally[cell, _BAND[row["nps_band"]]] += 1
    return dict(tally)


def told_by(rows: Iterable[Row], known: Sequence[Cell]) -> list[tuple[dict[Hashable, float], int]]:
    """Each count of rows: the unknowns that it is the sum of, and their sum.

    `(others)` are those that are not told by another row of the same year or tier.
    """
    tally = counted(rows)
    named = {cell for cell, _ in tally}
    finest = {cell: _row_of(cell, named) for cell in known}
    return [
        ({(cell, band): 1.0 for cell in known if finest[cell] == told}, number)
        for (told, band), number in tally.items()
    ]


def _row_of(cell: Cell, named: set[Cell]) -> Cell | None:
    year, tier, stage = cell
    tries = [(year, tier, stage), (year, tier, OTHERS), (year, OTHERS, OTHERS), (None, OTHERS, OTHERS)]
    return next((each for each in tries if each in named), None)


def _is_inside(cell: Cell, other: Cell) -> bool:
    return all(wide in (mine, None, ALL) for mine, wide in zip(cell, other, strict=True))
