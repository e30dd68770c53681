"""Customer value, suppression and what holds of every company, in the tables the truth expects.

Belongs here: figures of hand-made and simulated worlds. Does not belong here: single rules (`test_truth.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from demo.company import Size, World, simulate
from demo.truth import expected_dispositions, expected_scores
from demo.truth.definition import SURVEYS_ASKING_MORE
from tests.demo.hand_made import AS_OF, NOON, Row, answer, dispositions, members


def invoice(**changes: Any) -> Row:
    """6,000 EUR for the year that ends at the answer."""
    return {
        "invoice_id": "in_1",
        "customer_id": "cus_a",
        "status": "paid",
        "currency": "eur",
        "subtotal_minor": 600_000,
        "tax_minor": 120_000,
        "total_minor": 720_000,
        "period_start": NOON - timedelta(days=365),
        "period_end": NOON,
        "visible_at": NOON,
    } | changes


def refund(**changes: Any) -> Row:
    return {
        "refund_id": "re_1",
        "customer_id": "cus_a",
        "invoice_id": "in_1",
        "status": "succeeded",
        "currency": "eur",
        "amount_minor": 130_000,
        "created_at": NOON - timedelta(seconds=1),
        "visible_at": NOON,
    } | changes


CREDIT_NOTE: Row = {
    "credit_note_id": "cn_1",
    "customer_id": "cus_a",
    "invoice_id": "in_1",
    "status": "issued",
    "currency": "eur",
    "subtotal_minor": 90_000,
    "refund_id": "re_1",
    "created_at": NOON - timedelta(days=1),
    "visible_at": NOON,
}


@pytest.mark.parametrize(
    ("invoices", "credit_notes", "refunds", "expected"),
    [
        ([invoice()], [], [], "core"),
        ([invoice(status="open")], [], [], "core"),
        ([invoice(status="draft")], [], [], "starter"),
        ([invoice(status="void")], [], [], "starter"),
        ([invoice(), invoice(status="void", visible_at=NOON + timedelta(days=3))], [], [], "starter"),
        ([invoice(period_end=NOON + timedelta(days=365))], [], [], "starter"),
        (
            [invoice(period_end=NOON - timedelta(days=365), issued_at=NOON - timedelta(days=1))],
            [],
            [],
            "core",
        ),
        ([invoice(period_end=None, issued_at=NOON - timedelta(days=366))], [], [], "starter"),
        ([invoice(currency="jpy", subtotal_minor=810_000)], [], [], "core"),
        ([invoice(currency="usd", subtotal_minor=540_000)], [], [], "starter"),
        ([invoice(currency="gbp", subtotal_minor=430_000)], [], [], "core"),
        # 1,300 with tax is 1,083.33 without: 4,916.67 are left.
        ([invoice()], [], [refund()], "starter"),
        ([invoice()], [], [refund(amount_minor=119_999)], "core"),
        ([invoice()], [], [refund(status="failed")], "core"),
        ([invoice()], [], [refund(created_at=NOON)], "core"),
        # The refund is the money side of the credit note: 900 are taken once.
        ([invoice()], [CREDIT_NOTE], [refund(amount_minor=108_000)], "core"),
        ([invoice()], [CREDIT_NOTE | {"status": "void"}], [refund()], "starter"),
        ([invoice()], [CREDIT_NOTE | {"subtotal_minor": 100_001, "refund_id": None}], [], "starter"),
        # What was never billed cannot be given back.
        ([invoice()], [], [refund(invoice_id=None)], "core"),
        (
            [invoice(), invoice(invoice_id="in_2", status="void")],
            [CREDIT_NOTE | {"invoice_id": "in_2", "subtotal_minor": 100_001}],
            [refund(invoice_id="in_2")],
            "core",
        ),
    ],
)
def test_customer_value_is_the_revenue_recognised_in_the_year_before(
    company: Any, invoices: list[Row], credit_notes: list[Row], refunds: list[Row], expected: str
) -> None:
    world = company(invoices=invoices, credit_notes=credit_notes, refunds=refunds, responses=[answer()])
    assert members(world, "customer_value_tier") == {expected: 1}


def test_each_line_of_an_invoice_is_recognised_over_its_own_period(company: Any) -> None:
    """Of 12,000 for the year to come nothing is earned; the fee of 5,000 is earned at once."""
    lines = [
        {"line_id": f"il_{n}", "invoice_id": "in_1", "amount_minor": amount, "discount_minor": 0}
        | {"period_start": NOON, "period_end": end, "visible_at": NOON - timedelta(days=1)}
        for n, (amount, end) in enumerate([(500_000, NOON), (1_200_000, NOON + timedelta(days=365))])
    ]
    for net, tier in ((1_700_000, "core"), (1_699_000, "starter")):
        bill = invoice(subtotal_minor=net, issued_at=NOON - timedelta(hours=1))
        world = company(invoices=[bill], invoice_lines=lines, responses=[answer()])
        assert members(world, "customer_value_tier") == {tier: 1}


def test_small_cells_are_withheld(company: Any) -> None:
    def company_of(count: int) -> Row:
        world = company(responses=[answer(n, contact_id=None) for n in range(count)])
        rows = expected_scores(world, AS_OF).filter(
            (pc.field("segment") == "company") & (pc.field("period_grain") == "month")
        )
        [row] = rows.to_pylist()
        return dict(row)

    four, five, thirty = company_of(4), company_of(5), company_of(30)
    hidden = ("promoters", "passives", "detractors", "nps", "nps_low", "nps_high")
    assert [four[name] for name in hidden] == [None] * 6
    assert (four["responses"], four["reportability"]) == (4, "suppressed")
    assert (five["promoters"], five["nps"], five["reportability"]) == (5, None, "interval_only")
    assert five["nps_high"] == 100.0
    assert (thirty["nps"], thirty["reportability"]) == (100.0, "indicative")
    assert (thirty["period_start"], thirty["period_end"]) == (date(2024, 3, 1), date(2024, 4, 1))


def test_a_company_without_answers_publishes_no_score(company: Any) -> None:
    assert len(expected_scores(company(), AS_OF)) == 0
    assert len(expected_dispositions(company(), AS_OF)) == 0


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(Size(seed=3, accounts=600, branches=20, employees=20, invitations=6_000, answers=2_500))


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 1, 20)])
def test_nothing_is_lost_and_every_split_adds_up(world: World, as_of: date) -> None:
    seen = world.responses.filter(
        pc.field("visible_at") <= pa.scalar(datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC))
    )
    asked_more = seen.filter(pc.field("survey_id").isin([*SURVEYS_ASKING_MORE]))
    received = sum(pc.count_distinct(table["response_id"]).as_py() for table in (seen, asked_more))
    found = dispositions(world, as_of)
    assert sum(found.values()) == received
    scores = expected_scores(world, as_of)
    key = scores.schema.names[: scores.schema.names.index("promoters")]
    assert len(scores.group_by(key).aggregate([])) == len(scores)
    totals = (
        scores.filter(~pc.field("period_grain").isin(["trailing_90d", "trailing_365d"]))
        .group_by(["segment", "period_grain"])
        .aggregate([("responses", "sum")])
    )
    assert set(totals["responses_sum"].to_pylist()) == {found["counted"]}
    assert len(totals) == 10 * 4


def test_truth_does_not_depend_on_the_order_of_rows(world: World) -> None:
    as_of = date(2024, 2, 29)
    order = pa.array(range(len(world.invitations) - 1, -1, -1))
    turned = replace(world, invitations=world.invitations.take(order))
    assert expected_scores(turned, as_of).equals(expected_scores(world, as_of))
