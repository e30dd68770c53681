"""What is paid at as-of, what of it is at risk, and who moved: small companies by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from expectations.recount.finance.association import cells_of
from expectations.recount.finance.outcomes import Outcome
from expectations.recount.finance.today import AtRisk, Moved, at_risk, coverage, transitions
from tests.expectations.test_recount_association import MILLION, window

NOW = date(2025, 4, 1)


def now(account: str, band: str, pays: int) -> Outcome:
    look = window(account, band, False, before=pays)
    return look._replace(index_date=NOW, is_complete=False, mrr_after=None, is_churned=None)


def company(detractors_left: int) -> list[Outcome]:
    """200 promoters of whom ten left, 200 detractors; today two detractors pay 300."""
    found = [window(f"p{number}", "promoter", number < 10) for number in range(200)]
    found += [window(f"d{number}", "detractor", number < detractors_left) for number in range(200)]
    return [*found, now("x", "detractor", 100), now("y", "detractor", 200), now("z", "silent", 900)]


def risk(found: list[Outcome], floor: int = 2) -> AtRisk:
    [only] = at_risk(found, cells_of(found), floor)
    return only


def test_what_is_at_risk_is_what_they_pay_times_the_measured_excess() -> None:
    found = risk(company(40))
    assert (found.accounts, found.mrr, found.verdict) == (2, 300 * MILLION, "associated")
    assert found.excess_churn == pytest.approx(0.15)
    assert found.mrr_at_risk == pytest.approx(45)
    assert found.mrr_at_risk_low is not None
    assert 0 < found.mrr_at_risk_low < 45


@pytest.mark.parametrize(
    ("found", "floor", "verdict"),
    [
        (company(12), 2, "not distinguishable"),
        (company(40), 3, "too few"),
        ([each for each in company(40) if not each.account.startswith("p")], 2, "too few"),
        ([each for each in company(1) if each.account != "p1"], 2, "they leave less often"),
    ],
)
def test_where_it_cannot_be_told_there_is_no_figure_but_the_reason(
    found: list[Outcome], floor: int, verdict: str
) -> None:
    shown = risk(found, floor)
    assert shown.verdict == verdict
    assert (shown.excess_churn, shown.mrr_at_risk, shown.mrr_at_risk_high) == (None, None, None)


def test_what_is_paid_at_as_of_by_what_was_said() -> None:
    def shown(floor: int) -> dict[str, tuple[int, int | None, float | None, str]]:
        rows = [each for each in coverage(company(40), floor) if each.segment == "company"]
        return {each.band: (each.accounts, each.mrr, each.mrr_share, each.suppression) for each in rows}

    assert shown(1)["detractor"] == (2, 300 * MILLION, 0.25, "none")
    assert shown(2) == {
        "detractor": (2, 300 * MILLION, None, "none"),
        "silent": (1, None, None, "suppressed"),
    }


def test_accounts_move_from_look_to_look_or_have_left() -> None:
    first = NOW - timedelta(90)
    begun = [window(name, "promoter", name in "cd", after=120)._replace(index_date=first) for name in "abcd"]
    found = transitions([*begun, now("a", "detractor", 120), now("b", "detractor", 120)], 2)
    place = ("relationship", 90, NOW, "promoter")
    assert found == [
        Moved(*place, "detractor", 2, 200 * MILLION, 240 * MILLION),
        Moved(*place, "left", 2, 200 * MILLION, 0),
    ]
