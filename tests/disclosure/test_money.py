"""No amount that few accounts pay follows from those that are published.

The attacker who reads the demo's publication is in `tests/end_to_end/test_nothing_hidden_is_recovered.py`.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount.finance.outcomes import Outcome
from expectations.recount.finance.today import coverage
from tests.disclosure.money import Row, amount_of, attacker
from tests.expectations.test_recount_today import now

FLOOR = 5
_MILLION = 1_000_000
_PAYS = st.tuples(
    st.sampled_from(("promoter", "passive", "silent")),
    st.sampled_from(("core", "key", "strategic")),
    st.sampled_from(("North", "South", "West")),
    st.integers(1, 900),
)


def company(accounts: list[tuple[str, str, str, int]]) -> list[Outcome]:
    """Accounts by band, tier, region and what they pay."""
    return [
        now(str(number), band, pays)._replace(customer_value_tier=tier, region=region)
        for number, (band, tier, region, pays) in enumerate(accounts)
    ]


def published(found: list[Outcome], *, is_protected: bool = True) -> list[dict[str, Any]]:
    """The rows of `revenue_coverage`; if not protected, only what few accounts pay themselves is hidden."""
    whole = {amount_of(row): row for row in map(_row, coverage(found, 0))}
    rows = [_row(each) for each in coverage(found, FLOOR)]
    if is_protected:
        return rows
    for row in rows:
        if row["suppression"] != "suppressed":
            row.update({name: whole[amount_of(row)][name] for name in ("mrr", "mrr_share")})
    return rows


def recovered(rows: list[dict[str, Any]], found: list[Outcome]) -> list[Row]:
    """Suppressed amounts that are known more exactly than by their own size."""
    attack = attacker(rows)
    pays = {amount_of(row): row["mrr"] for row in map(_row, coverage(found, 0))}
    hidden = [row for row in rows if row["suppression"] == "suppressed"]
    bounds = {amount_of(row): attack.interval(amount_of(row)) for row in hidden}
    return [
        row
        for row in hidden
        if bounds[amount_of(row)][1] - bounds[amount_of(row)][0] < pays[amount_of(row)] * (1 - 1e-6)
    ]


def _row(each: Any) -> dict[str, Any]:
    return {**each._asdict(), "mrr": None if each.mrr is None else each.mrr / _MILLION}


@settings(max_examples=5, deadline=None)
@given(st.lists(_PAYS, min_size=1, max_size=40))
def test_no_amount_of_few_accounts_is_recovered(accounts: list[tuple[str, str, str, int]]) -> None:
    found = company(accounts)
    assert not recovered(published(found), found)


@pytest.mark.parametrize(
    ("accounts", "hidden"),
    [
        # the only band of its tier that is hidden follows from the shares of the others
        ([("promoter", "core", "North", 10)] * 20 + [("silent", "core", "North", 700)], 0),
        # the only tier of its band that is hidden follows from the company's
        ([("promoter", "core", "North", 10)] * 20 + [("promoter", "key", "North", 700)], 1),
    ],
)
def test_without_protection_it_is_recovered(accounts: list[tuple[str, str, str, int]], hidden: int) -> None:
    found = company(accounts)
    assert recovered(published(found, is_protected=False), found)
    assert not recovered(published(found), found)
    for_others = [row for row in published(found) if row["suppression"] == "suppressed_for_others"]
    assert len(for_others) == hidden


def test_the_smallest_that_is_shown_goes_with_the_one_that_is_hidden() -> None:
    """The company, the largest, and a segment without few accounts stay as they are."""
    sizes = {"core": 9, "key": 7, "strategic": 2}
    accounts = [("promoter", tier, "North", 1) for tier, size in sizes.items() for _ in range(size)]
    rows = published(company(accounts))
    by_tier = [row for row in rows if row["segment"] == "customer_value_tier"]
    shown = {row["customer_value_tier"]: row["mrr"] for row in by_tier}
    assert shown == {"core": 9, "key": None, "strategic": None}
    assert {row["mrr"] for row in rows if row["segment"] in ("company", "region")} == {18}
