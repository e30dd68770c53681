"""No figure of few accounts over windows follows from those that are published.

The attacker who reads the demo's publication is in `tests/end_to_end/test_no_money_is_recovered.py`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from expectations.recount.finance.association import associations, cells_of
from expectations.recount.finance.outcomes import Outcome
from expectations.recount.finance.placebo import Placebo, placebos
from expectations.recount.finance.today import transitions
from expectations.recount.finance.withheld import of_moves
from tests.disclosure.windows import associated, figure_of, move_of, moved
from tests.expectations.test_recount_association import window

FLOOR = 5
Row = dict[str, Any]


def members(**sizes: tuple[int, int]) -> list[Outcome]:
    """Windows of promoters by tier: accounts, and how many of them churn."""
    return [
        window(f"{tier}{number}", "promoter", number < churned, tier=tier)
        for tier, (accounts, churned) in sizes.items()
        for number in range(accounts)
    ]


def published(found: list[Outcome], *, is_protected: bool = True) -> list[Row]:
    """The rows of `revenue_association`; if not protected, only few accounts themselves are hidden."""
    cells = cells_of(found)
    few = {
        (cell, name): "suppressed"
        for cell, bands in cells.items()
        for name, band in bands.items()
        if len(band.accounts) < FLOOR
    }
    return [each._asdict() for each in associations(cells, FLOOR, None if is_protected else few)]


def recovered(rows: list[Row], figure: str = "churned", exchanged: list[Row] | None = None) -> list[Row]:
    """Rows of few accounts of which a figure is known exactly."""
    attack, few = associated(rows, exchanged or ()), [row for row in rows if row["accounts"] < FLOOR]
    bounds = [attack.interval(figure_of(row, figure)) for row in few]
    return [row for row, (low, high) in zip(few, bounds, strict=True) if high - low < 1e-6 * max(1, high)]


@pytest.mark.parametrize(
    ("tiers", "withheld", "is_exact"),
    [
        ({"core": (30, 3), "key": (9, 2), "strategic": (2, 1)}, ["key"], True),
        # nobody of the hidden churned, so of each it is known that they did not
        ({"core": (30, 3), "key": (9, 0), "strategic": (2, 0)}, ["core", "key"], True),
        # nine together, and nobody knows whether the same account is in both
        ({"core": (30, 3), "key": (9, 1), "old": (4, 1), "strategic": (4, 0)}, ["key"], False),
    ],
)
def test_without_protection_it_is_recovered(
    tiers: dict[str, tuple[int, int]], withheld: list[str], is_exact: bool
) -> None:
    found = members(**tiers)
    assert bool(recovered(published(found, is_protected=False))) == is_exact
    rows = published(found)
    assert not recovered(rows)
    assert not recovered(rows, "mrr_before")
    assert sorted(row["customer_value_tier"] for row in rows if row["verdict"] == "withheld") == withheld


def test_a_ratio_does_not_tell_of_promoters_who_are_hidden() -> None:
    found = members(core=(30, 6), key=(40, 6), strategic=(2, 1))
    found += [
        window(f"d{tier}{i}", "detractor", i < 9, tier=tier) for tier in ("core", "key") for i in range(40)
    ]
    rows = {(row["customer_value_tier"], row["band"]): row for row in published(found)}
    assert rows["key", "detractor"]["risk_ratio"] == pytest.approx(1.5)
    assert rows["core", "promoter"]["verdict"] == "withheld"
    of_core = rows["core", "detractor"]
    assert (of_core["churned"], of_core["risk_ratio"], of_core["verdict"]) == (9, None, "withheld")


def test_exchanged_bands_do_not_tell_of_a_band_that_is_hidden() -> None:
    """On each of many days the few exchange bands with others, so in the end more accounts had theirs."""
    days = [date(2023, month, 1) for month in range(1, 13)]
    found = [
        window(f"{band}{number}", band, number % 3 == 0)._replace(index_date=day)
        for band, accounts in (("promoter", 40), ("passive", 9), ("detractor", 2))
        for number in range(accounts)
        for day in days
    ]
    rows = [row for row in published(found) if row["segment"] == "company"]
    exchanged = [each._asdict() for each in placebos(found, FLOOR) if each.placebo == "permuted"]
    assert {row["band"]: row["verdict"] for row in exchanged if row["windows"] is None} == {
        "detractor": "withheld"
    }
    assert not recovered(rows, exchanged=exchanged)
    free = [each._asdict() for each in _unprotected(found)]
    assert recovered(rows, exchanged=free)


def _unprotected(found: list[Outcome]) -> list[Placebo]:
    return [each for each in placebos(found, 1) if each.placebo == "permuted"]


#: Accounts by move: one of few in its row and column.
MOVES = {("promoter", "promoter"): 30, ("promoter", "passive"): 9, ("promoter", "silent"): 2} | {
    ("passive", "promoter"): 8,
    ("passive", "passive"): 20,
    ("passive", "silent"): 12,
}


def looks(moves: dict[tuple[str, str], int]) -> list[Outcome]:
    """Two looks, with nobody new at the second."""
    found = []
    for (before, after), accounts in moves.items():
        for number in range(accounts):
            first = window(f"{before}{after}{number}", before, False, after=100)
            later = first.index_date.fromordinal(first.index_date.toordinal() + first.horizon_days)
            found.append(first)
            found.append(
                first._replace(
                    index_date=later, band=after, is_complete=False, mrr_after=None, is_churned=None
                )
            )
    return found


@pytest.mark.parametrize("is_protected", [True, False])
def test_no_move_of_few_accounts_is_recovered(is_protected: bool) -> None:
    found = looks(MOVES)
    rows = [each._asdict() for each in transitions(found, FLOOR if is_protected else 1)]
    for row in rows:
        if row["accounts"] < FLOOR:
            row.update(mrr_before=None, mrr_after=None)
    totals = [row for row in published(found) if row["segment"] == "company"]
    today = [{"band": band, "mrr": sum(_after(found, band))} for band in ("promoter", "passive", "silent")]
    attack = moved(rows, totals, today)
    [few] = [row for row in rows if row["accounts"] < FLOOR]
    low, high = attack.interval(move_of(few))
    assert (high - low > 2 * 100_000_000) == is_protected
    hidden = {(row["from_band"], row["to_band"]) for row in rows if row["mrr_before"] is None}
    assert hidden == (of_moves(MOVES, FLOOR) if is_protected else {("promoter", "silent")})


def _after(found: list[Outcome], band: str) -> list[int]:
    return [each.mrr_before for each in found if not each.is_complete and each.band == band]


def test_a_move_that_goes_with_others_is_not_alone_in_its_row() -> None:
    # of promoters the smallest goes with the few, and to each of their bands one of passives
    assert of_moves(MOVES, FLOOR) == {
        *[("promoter", "silent"), ("promoter", "passive")],
        *[("passive", "silent"), ("passive", "passive")],
    }
