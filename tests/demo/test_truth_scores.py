"""What a hand-made company of a few records should publish beside its scores, column by column.

Belongs here: measures, changes, response rate, coverage, strata, scorecards. Does not belong here:
dispositions and dimensions (`test_truth.py`), suppression, and the laws of a big company
(`test_truth_figures.py`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow.compute as pc
import pytest

from demo.company import World
from demo.truth import expected_scorecards, expected_scores
from tests.demo.hand_made import ACCOUNT, AS_OF, CONTACT, CUSTOMER, LONG_AGO, NOON, Row, answer

SENT = NOON - timedelta(days=1)
YEAR = (datetime(2023, 7, 1, tzinfo=UTC), datetime(2024, 7, 1, tzinfo=UTC))


def cells(world: World, segment: str = "company", **chosen: Any) -> list[Row]:
    """Rows of a segment over all time, or of what is chosen instead."""
    rows = expected_scores(world, AS_OF).filter(pc.field("segment") == segment).to_pylist()
    chosen = {"measure": "in_period", "period_grain": "all_time"} | chosen
    return [row for row in rows if all(row[name] == value for name, value in chosen.items())]


def many(count: int, **changes: Any) -> list[Row]:
    """Answers of so many people that nobody knows."""
    first = changes.pop("first", 0)
    return [
        answer(first + n, account_id=None, contact_id=None, branch_id="BR1") | changes for n in range(count)
    ]


def customer(number: int, yearly: int, **account: Any) -> tuple[Row, Row, Row]:
    """An account, its billing customer, and an invoice in EUR over the year up to as-of."""
    own = f"001{number}"
    invoice = {
        "invoice_id": f"in_{number}",
        "customer_id": f"cus_{number}",
        "status": "paid",
        "currency": "eur",
        "subtotal_minor": yearly * 100,
        "total_minor": yearly * 100,
        "issued_at": YEAR[0],
        "period_start": YEAR[0],
        "period_end": YEAR[1],
        "visible_at": YEAR[0],
    }
    payer = CUSTOMER | {"customer_id": f"cus_{number}", "account_id": own}
    return ACCOUNT | {"account_id": own} | account, payer, invoice


def test_current_state_is_the_latest_answer_of_each_person_and_survey_type(company: Any) -> None:
    rows = [
        answer(1, score_text="0"),
        answer(2, score_text="0", recorded_at=NOON + timedelta(days=91)),
        answer(3, survey_id="SV_Relationship001", score_text="10"),
        answer(4, contact_id=None, account_id=None),
    ]
    world = company(responses=rows)
    responses = {
        (row["measure"], row["survey_type"]): row["responses"]
        for row in expected_scores(world, AS_OF).to_pylist()
        if (row["segment"], row["period_grain"], row["period_end"]) == ("company", "trailing_365d", AS_OF)
    }
    assert responses == {
        ("in_period", "transactional"): 3,
        ("current_state", "transactional"): 2,
        ("in_period", "relationship"): 1,
        ("current_state", "relationship"): 1,
    }
    # Before the second answer the first one was current.
    [row] = cells(
        world,
        measure="current_state",
        period_grain="trailing_365d",
        survey_type="transactional",
        period_end=date(2024, 6, 1),
    )
    assert row["responses"] == 2
    assert not cells(world, measure="current_state", period_grain="trailing_90d")


def test_a_change_needs_thirty_answers_on_both_sides(company: Any) -> None:
    may = {"recorded_at": NOON + timedelta(days=60), "first": 100}
    month: dict[str, Any] = {"period_grain": "month", "period_start": date(2024, 5, 1)}
    april = {"recorded_at": NOON + timedelta(days=30), "first": 200}
    world = company(responses=[*many(30, **april), *many(30, score_text="7", **may)])
    [row] = cells(world, **month)
    # 30 promoters, then 30 passives: with the three added 30.75 - 0.75 of 33 against nothing of 33.
    own, before = 1.5 / 33, 31.5 / 33 - (30 / 33) ** 2
    assert row["nps_change"] == -100.0
    assert row["change_z"] == pytest.approx(-(30 / 33) / ((own + before) / 33) ** 0.5, rel=1e-12)
    assert row["change_q_value"] == row["change_p_value"] < 1e-9
    [whole] = cells(world)
    assert whole["nps_change"] is None
    for april_answers, may_answers in ((29, 30), (30, 29)):
        world = company(responses=[*many(april_answers, **april), *many(may_answers, **may)])
        [row] = cells(world, **month)
        assert [row[name] for name in ("nps_change", "change_z", "change_p_value", "change_q_value")] == [
            None
        ] * 4


def test_response_rate_is_of_what_was_delivered_in_the_period(company: Any) -> None:
    def invitation(number: int, **changes: Any) -> Row:
        return {
            "invitation_id": f"CGC_{number}",
            "survey_id": "SV_BranchVisit001",
            "contact_id": "003a ",
            "status": "sent",
            "sent_at": SENT,
            "channel": "Email",
            "visible_at": SENT,
        } | changes

    sent = [
        invitation(1),
        invitation(2, status="bounced"),
        invitation(3),
        invitation(4, survey_id="SV_Product0000001"),
        invitation(5, sent_at=SENT - timedelta(days=20), channel="sms"),
        invitation(6, survey_id="SV_Relationship001"),
        invitation(7, contact_id="003ZZZ", email="A@x.example "),
    ]
    rows = [
        answer(1, invitation_id="cgc_1", score_text="11", contact_id="003Q"),
        answer(2, invitation_id="CGC_3", score_text=None, contact_id="003R"),
        answer(3, contact_id="003S"),
    ]
    world = company(invitations=sent, responses=rows)
    [row] = cells(world, period_grain="month")
    shown = ("answered_invitations", "delivered_invitations", "response_rate")
    assert [row[name] for name in shown] == [1, 3, pytest.approx(1 / 3)]
    # All time begins with the first counted answer: nothing was sent since.
    [row] = cells(world)
    assert [row[name] for name in shown] == [0, 0, None]
    # The contact leads to the account, whose branch and value the invitation has.
    [row] = cells(world, "customer_value_tier*branch", period_grain="month")
    assert (row["branch"], row["customer_value_tier"]) == ("BR2", "starter")
    assert [row[name] for name in shown] == [1, 3, pytest.approx(1 / 3)]


def test_coverage_is_of_the_revenue_of_the_customers_of_the_cell(company: Any) -> None:
    accounts, customers, invoices = zip(
        customer(1, 6_000, branch_id="BR1", plan="Scale"),
        customer(2, 2_000, branch_id="BR1", plan="Growth"),
        customer(3, 0, branch_id="BR1", plan="Growth"),
        strict=True,
    )
    rows = [
        answer(1, account_id="0011", contact_id=None),
        answer(2, account_id="0013", contact_id=None, survey_id="SV_Renewal0000001", branch_id="BR2"),
    ]
    tables = {"accounts": list(accounts), "customers": list(customers), "invoices": list(invoices)}
    world = company(responses=rows, **tables)
    covered = {
        segment: {row[segment]: row["revenue_coverage"] for row in cells(world, segment)}
        for segment in ("branch", "plan", "journey_stage")
    }
    assert [row["revenue_coverage"] for row in cells(world)] == [pytest.approx(0.75)]
    # BR2 has no customer; the account with an answer about it has no revenue.
    assert covered["branch"] == {"BR1": pytest.approx(0.75), "BR2": None}
    assert covered["plan"] == {"Scale": 1.0, "Growth": 0.0}
    assert covered["journey_stage"] == {"branch_visit": pytest.approx(0.75), "renewal": 0.0}


def test_post_stratified_scores_weigh_by_customers_not_by_answers(company: Any) -> None:
    accounts, customers, invoices = zip(
        *(customer(n, 6_000) for n in range(3)), customer(3, 1_000), customer(4, 30_000), strict=True
    )
    tables = {"accounts": list(accounts), "customers": list(customers), "invoices": list(invoices)}
    said = {"contact_id": None, "recorded_at": YEAR[1] - timedelta(hours=1)}
    rows = [answer(n, account_id="0010", **said) for n in range(10)]
    rows += [answer(100 + n, account_id="0013", score_text="0", **said) for n in range(30)]
    [row] = cells(company(responses=rows, **tables))
    # Three core customers and one starter; nobody of the key customer has answered.
    assert row["nps"] == -50.0
    assert row["post_stratified_nps"] == pytest.approx((3 * 100 - 1 * 100) / 4)
    assert row["effective_responses"] == pytest.approx(4**2 / (9 / 10 + 1 / 30))
    assert row["stratified_share"] == pytest.approx(4 / 5)
    for row in cells(company(responses=rows, **tables), "customer_value_tier"):
        assert row["post_stratified_nps"] is row["effective_responses"] is row["stratified_share"] is None


def branch(number: int, promoters: int, detractors: int) -> list[Row]:
    """The answers of a branch; 0 is none."""
    own = {"branch_id": f"BR{number}" if number else None}
    return [
        *many(promoters, first=number * 1_000, **own),
        *many(detractors, first=number * 1_000 + 500, score_text="0", **own),
    ]


def test_a_branch_that_would_tell_of_another_is_not_shown(company: Any) -> None:
    rows = [*branch(0, 40, 0), *branch(1, 40, 0), *branch(2, 0, 4), *branch(3, 0, 30)]
    branches = [
        {"branch_id": f"BR{n}", "name": f"Branch {n}", "region": "R", "visible_at": LONG_AGO}
        for n in (1, 2, 3)
    ]
    cards = expected_scorecards(company(branches=branches, responses=rows), AS_OF).to_pylist()
    hidden = {card["branch"]: card for card in cards if card["reportability"] == "suppressed_for_others"}
    # BR3 all said what BR2 said; of BR1 and Unassigned, which are equal, the MD5 of the latter is the first.
    assert set(hidden) == {"BR3", "Unassigned"}
    shown = ("promoters", "nps", "nps_low", "comparison_p_value", "pooled_high", "best_rank", "standing")
    assert {card[name] for card in hidden.values() for name in shown} == {None}
    assert {name: card["responses"] for name, card in hidden.items()} == {"BR3": 30, "Unassigned": 40}


def test_a_scorecard_says_only_what_the_answers_bear(company: Any) -> None:
    rows = [*branch(0, 40, 0), *branch(1, 200, 20), *branch(2, 20, 200), *branch(3, 4, 0), *branch(4, 10, 10)]
    rows += branch(5, 0, 3)  # with the four of BR3 they are enough
    branches = [
        {"branch_id": f"BR{n}", "name": f"Branch {n}", "region": f"R{n}", "visible_at": LONG_AGO}
        for n in range(1, 6)
    ]
    table = expected_scorecards(company(branches=branches, responses=rows), AS_OF)
    cards = {row["branch"]: row for row in table.to_pylist()}
    compared = ("comparison_p_value", "pooled_low", "best_rank", "worst_rank", "standing")
    for nobody in ("Unassigned", "BR3", "BR5"):
        assert [cards[nobody][name] for name in compared] == [None] * 5
    assert (cards["Unassigned"]["nps"], cards["BR3"]["nps_low"]) == (100.0, None)
    assert [cards[name]["standing"] for name in ("BR1", "BR2", "BR4")] == [
        "above",
        "below",
        "not distinguishable",
    ]
    assert [(cards[n]["best_rank"], cards[n]["worst_rank"]) for n in ("BR1", "BR4", "BR2")] == [
        (1, 1),
        (2, 2),
        (3, 3),
    ]
    assert cards["BR4"]["pooled_nps"] is None
    assert cards["BR4"]["pooled_low"] < 0 < cards["BR4"]["pooled_high"]
    assert cards["BR1"]["region"] == "R1"
    [company_nps] = {row["company_nps"] for row in table.to_pylist()}
    assert company_nps == pytest.approx(100 * (274 - 233) / 507)


def test_the_only_branch_is_compared_with_nobody(company: Any) -> None:
    [card] = expected_scorecards(company(responses=many(8)), AS_OF).to_pylist()
    assert card["comparison_p_value"] is card["comparison_q_value"] is None
    assert (card["best_rank"], card["worst_rank"], card["standing"]) == (1, 1, "not distinguishable")
    assert card["pooled_high"] == 100.0


def test_a_company_nobody_has_answered_for_a_year_has_no_scorecards(company: Any) -> None:
    assert len(expected_scorecards(company(responses=[answer()]), date(2025, 7, 1))) == 0
    assert len(expected_scorecards(company(), AS_OF)) == 0


def test_contacts_that_were_merged_are_one_person_in_current_state(company: Any) -> None:
    contacts = [CONTACT, CONTACT | {"contact_id": "003B", "merged_into_id": "003A"}]
    rows = [answer(1), answer(2, contact_id="003B", recorded_at=NOON + timedelta(days=90))]
    [row] = cells(
        company(contacts=contacts, responses=rows),
        measure="current_state",
        period_grain="trailing_365d",
        period_end=AS_OF,
    )
    assert row["responses"] == 1
