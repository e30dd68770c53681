"""What is published of accounts over windows, as an attacker reads it.

Belongs here: which published figures add up to which. Does not belong here: the system (`attacker`), what may
be learnt (the tests).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

from tests.disclosure.attacker import Attacker

Row: TypeAlias = Mapping[str, Any]
FIGURES = ("windows", "churned", "mrr_before")
_CELL = ("survey_type", "horizon_days", "segment", "customer_value_tier", "tenure", "region")


def figure_of(row: Row, figure: str) -> tuple[Any, ...]:
    """Which figure of a row of `revenue_association` is meant."""
    return (*(row[name] for name in _CELL), row["band"], figure)


def associated(rows: Iterable[Row], exchanged: Iterable[Row] = ()) -> Attacker:
    """All that `revenue_association` says: members add up to the company, and bands to exchanged bands."""
    found, parts = Attacker(), defaultdict[tuple[Any, ...], list[tuple[Any, ...]]](list)
    for row in rows:
        look = row["survey_type"], row["horizon_days"]
        for figure in FIGURES:
            named = figure_of(row, figure)
            if row[figure] is not None:
                found.knows(named, float(row[figure]))
            company = (*look, "company", "(all)", "(all)", "(all)", row["band"], figure)
            whole = (*look, figure) if named == company else company
            parts[row["segment"], whole].append(named)
    for row in exchanged:
        look = row["survey_type"], row["horizon_days"]
        for figure, name in (("windows", "windows"), ("churned", "lost")):
            named = (*look, "permuted", row["band"], figure)
            parts["permuted", (*look, figure)].append(named)
            if row[name] is not None:
                found.knows(named, float(row[name]))
    for (_, whole), of in parts.items():
        found.adds_up(of, whole)
    return found


def move_of(row: Row, when: str = "before") -> tuple[Any, ...]:
    """Which amount of a row of `band_transitions` is meant."""
    return when, row["window_end"], row["from_band"], row["to_band"]


def moved(transitions: Iterable[Row], totals: Iterable[Row] = (), today: Iterable[Row] = ()) -> Attacker:
    """All that is said of the moves of one survey type and horizon.

    `totals` are rows of the company in `revenue_association`, `today` those in `revenue_coverage`. What a
    band pays at a look is what came there and what is new, and it is what goes from there.
    """
    found = Attacker()
    paid: dict[tuple[date, str], list[tuple[Any, ...]]] = {}
    came: dict[tuple[date, str], list[tuple[Any, ...]]] = {}
    ever: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for row in transitions:
        for when in ("before", "after"):
            if row[f"mrr_{when}"] is not None:
                found.knows(move_of(row, when), float(row[f"mrr_{when}"]))
            ever.setdefault((row["from_band"], when), []).append(move_of(row, when))
        begins = row["window_end"] - timedelta(row["horizon_days"])
        paid.setdefault((begins, row["from_band"]), []).append(move_of(row))
        if row["to_band"] == "left":
            found.knows(move_of(row, "after"), 0)
        else:
            came.setdefault((row["window_end"], row["to_band"]), []).append(move_of(row, "after"))
    for look, moves in paid.items():
        found.adds_up(moves, ("paid", *look))
    for look, moves in came.items():
        found.adds_up([*moves, ("new", *look)], ("paid", *look))
    for row in totals:
        if row["mrr_before"] is not None and (row["band"], "before") in ever:
            before = float(row["mrr_before"])
            found.learns(dict.fromkeys(ever[row["band"], "before"], 1.0), before)
            found.learns(dict.fromkeys(ever[row["band"], "after"], 1.0), before * row["net_retention"])
    last = max((day for day, _ in came), default=None)
    for row in today:
        if row["mrr"] is not None and (last, row["band"]) in came:
            found.knows(("paid", last, row["band"]), float(row["mrr"]))
    return found
