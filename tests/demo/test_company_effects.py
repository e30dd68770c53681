"""What was planted in the simulated company can be found again by whoever looks at its tables.

Belongs here: one test an effect, each from the tables alone, against `truth.json`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import pytest

from demo.company import Size, World, simulate
from demo.truth.rules import band

Row = dict[str, Any]


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(Size())


@pytest.fixture(scope="module")
def answers(world: World) -> list[Row]:
    """Ordinary answers to NPS questions: a whole score on the scale, a known account."""
    last = {row["response_id"]: row for row in world.responses.to_pylist()}
    known = {row["account_id"] for row in world.accounts.to_pylist()}
    kept = []
    for row in last.values():
        score = json.loads(row["score_text"] or "null")
        ordinary = isinstance(score, int) and 0 <= score <= 10 and row["status"] == 0
        if ordinary and row["recorded_at"].year < 2099 and row["survey_id"] != "SV_Product0000001":
            kept.append(row | {"score": score, "band": band(score), "known": row["account_id"] in known})
    return kept


def nps(rows: list[Row]) -> float:
    bands = [row["band"] for row in rows]
    return 100 * (bands.count("promoter") - bands.count("detractor")) / len(bands)


def grouped(rows: list[Row], name: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[name]].append(row)
    return groups


def test_the_worst_branch_scores_lowest_and_the_best_highest(world: World, answers: list[Row]) -> None:
    visits = [row for row in answers if row["survey_id"] == "SV_BranchVisit001" and row["branch_id"]]
    of_branch = {place: nps(rows) for place, rows in grouped(visits, "branch_id").items() if len(rows) > 20}
    assert min(of_branch, key=of_branch.__getitem__) == world.truth["worst_branch"]
    assert max(of_branch, key=of_branch.__getitem__) == world.truth["best_branch"]


def test_support_scores_below_adoption(answers: list[Row]) -> None:
    by_survey = grouped(answers, "survey_id")
    assert nps(by_survey["SV_Support0000001"]) < nps(by_survey["SV_Adoption000001"]) - 20


def test_dearer_plans_score_higher(world: World, answers: list[Row]) -> None:
    plan = {row["account_id"]: row["plan"] for row in world.accounts.to_pylist()}
    rows = [row | {"plan": plan[row["account_id"]]} for row in answers if row["known"]]
    scores = {name: nps(of_plan) for name, of_plan in grouped(rows, "plan").items()}
    assert scores["Essential"] < scores["Growth"] < scores["Scale"]
    assert scores["Enterprise"] > scores["Essential"] + 15


def test_summer_scores_above_winter(answers: list[Row]) -> None:
    by_month = defaultdict(list)
    for row in answers:
        by_month[row["recorded_at"].month].append(row)
    summer = by_month[5] + by_month[6] + by_month[7]
    winter = by_month[11] + by_month[12] + by_month[1]
    assert nps(summer) > nps(winter) + 5


def test_the_overselling_employee_scores_above_the_others_and_customers_tell(
    world: World, answers: list[Row]
) -> None:
    events = [row for row in answers if row["employee_id"]]
    own = [row for row in events if row["employee_id"] == world.truth["overselling_employee"]]
    others = [row for row in events if row["employee_id"] != world.truth["overselling_employee"]]
    assert nps(own) > nps(others) + 15
    telling = [row for row in events if row["comment"] and "asked me to give" in row["comment"]]
    assert telling
    assert {row["employee_id"] for row in telling} == {world.truth["overselling_employee"]}


def test_detractors_leave_more_often_than_promoters(world: World, answers: list[Row]) -> None:
    left: dict[str, datetime] = {
        row["account_id"]: row["visible_at"]
        for row in world.account_history.to_pylist()
        if row["field"] == "Status__c" and row["new_value"] == "churned"
    }
    outcomes: dict[str, list[bool]] = defaultdict(list)
    for row in answers:
        if row["known"]:
            gone = left.get(row["account_id"])
            in_time = gone is not None and gone < row["recorded_at"] + timedelta(days=180)
            outcomes[row["band"]].append(in_time)
    share = {name: sum(left) / len(left) for name, left in outcomes.items()}
    assert share["detractor"] > 2 * share["promoter"]


def test_who_has_left_has_no_later_invoice_and_no_running_subscription(world: World) -> None:
    left = {
        row["account_id"]: row["visible_at"]
        for row in world.account_history.to_pylist()
        if row["field"] == "Status__c" and row["new_value"] == "churned"
    }
    account = {row["customer_id"]: (row["account_id"] or "").strip() for row in world.customers.to_pylist()}
    for row in world.invoices.to_pylist():
        gone = left.get(account[row["customer_id"]])
        assert gone is None or row["issued_at"] < gone
    last = {row["subscription_id"]: row for row in world.subscriptions.to_pylist()}
    over = [row for row in last.values() if account[row["customer_id"]] in left]
    assert over
    assert {row["status"] for row in over} == {"canceled"}


def test_referred_accounts_follow_promoters_of_their_branch(world: World, answers: list[Row]) -> None:
    first = {row["account_id"]: row for row in reversed(world.accounts.to_pylist())}
    new = [row for row in first.values() if row["created_at"].year >= 2023]
    of_branch = grouped(new, "branch_id")
    referred = {
        place: sum(row["acquired_by_referral"] for row in rows) / len(rows)
        for place, rows in of_branch.items()
    }
    worst, best = world.truth["worst_branch"], world.truth["best_branch"]
    assert referred[best] > referred[worst]
    early = [row for row in first.values() if row["created_at"].year < 2023]
    assert sum(row["acquired_by_referral"] for row in early) / len(early) < 0.1


def test_a_refund_named_by_a_credit_note_belongs_to_the_same_invoice(world: World) -> None:
    refunds = {row["refund_id"]: row for row in world.refunds.to_pylist()}
    named = [row for row in world.credit_notes.to_pylist() if row["refund_id"]]
    assert named
    for row in named:
        assert refunds[row["refund_id"]]["invoice_id"] == row["invoice_id"]
        assert refunds[row["refund_id"]]["amount_minor"] == row["total_minor"]
    assert {row["status"] for row in refunds.values()} == {"succeeded", "failed"}
