"""What is published of what bands pay at as-of, as an attacker reads it.

Belongs here: which published amounts add up to which. Does not belong here: the system (`attacker`), what may
be learnt (the tests).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from tests.disclosure.attacker import Attacker

Row: TypeAlias = Mapping[str, Any]
Amount: TypeAlias = tuple[str, ...]
_KEY = ("survey_type", "segment", "customer_value_tier", "tenure", "region", "band")


def amount_of(row: Row) -> Amount:
    """Which amount a row of `revenue_coverage` is about."""
    return tuple(row[name] for name in _KEY)


def attacker(coverage: Iterable[Row], at_risk: Iterable[Row] = ()) -> Attacker:
    """All that the rows of `revenue_coverage` and `revenue_at_risk` say of amounts."""
    found = Attacker()
    cells: dict[Amount, list[Amount]] = defaultdict(list)
    bands: dict[tuple[str, ...], list[Amount]] = defaultdict(list)
    for row in coverage:
        amount = amount_of(row)
        survey_type, segment, *_, band = amount
        cells[amount[:-1]].append(amount)
        if segment != "company":
            bands[survey_type, segment, band].append(amount)
        whole = (*amount[:-1], "all bands")
        if row["mrr"] is not None:
            found.knows(amount, float(row["mrr"]))
        if row["mrr_share"] is not None:
            found.learns({amount: 1, whole: -row["mrr_share"]}, 0)
    for cell, amounts in cells.items():
        found.adds_up(amounts, (*cell, "all bands"))
    for (survey_type, _, band), amounts in bands.items():
        found.adds_up(amounts, (survey_type, "company", "(all)", "(all)", "(all)", band))
    for row in at_risk:
        if row["mrr"] is not None:
            found.knows((row["survey_type"], "company", *["(all)"] * 3, row["band"]), float(row["mrr"]))
    return found
