"""What Chargebee's JSON states about revenue, as the recount reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from expectations.recount.documents import Rates
from expectations.recount.versions import Among, Table
from expectations.vendors.chargebee import documents

DAY = 86_400
RATES = Rates({}, {"EUR": 2, "JPY": 0})
INVOICE: dict[str, Any] = {
    **{"id": "i", "customer_id": "c", "status": "paid", "currency": "EUR", "issued_at": 5_000_000},
    **{"total_minor": 11_900, "tax": 1_900, "price_type": "tax_exclusive"},
}
NOTE = {
    **{"id": "n", "invoice_id": "i", "customer_id": "c", "status": "adjusted", "currency": "EUR"},
    **{"created_at": 8_000_000, "total_minor": 1_190, "taxes": [{"amount": 190}]},
}


class Held:
    """The current rows of each table, by the columns that they have."""

    def __init__(self, tables: Mapping[str, list[dict[str, Any]]]) -> None:
        self._tables = tables

    def current(self, table: Table[Any], among: Among | None = None) -> dict[str, Any]:
        return {
            row["id"]: table.read(row["id"], (row["id"], "1", None, 1, *map(row.get, table.columns)))
            for row in self._tables.get(table.table, [])
        }


def stated(**tables: list[dict[str, Any]]) -> list[tuple[str, float, int, int, int | None]]:
    held = Held({"customers": [{"id": "c", "account_id": "A"}], "invoices": [INVOICE], **tables})
    found = list(documents.documents(held, RATES, None))  # type: ignore[arg-type]
    assert {each.account for each in found} <= {"a"}
    return [
        (each.document, each.amount, each.start // 1_000_000, each.end // 1_000_000, each.recurs_until)
        for each in found
    ]


def test_lines_share_the_net_out_and_end_with_their_own_subscription() -> None:
    lines = [
        {"amount": 6_000, "discount_amount": 1_000, "date_from": 0, "date_to": DAY, "subscription_id": "s1"},
        {"amount": 3_000, "date_from": 7, "date_to": 7},
    ]
    found = stated(
        invoices=[INVOICE | {"lines": lines, "subscription_id": "s2"}],
        subscriptions=[
            {"id": "s1", "status": "cancelled", "cancelled_at": 11},
            {"id": "s2", "status": "non_renewing", "cancelled_at": 12},
        ],
    )
    # 20 that no line names: by 50 and 30.
    assert found == [("invoice i", 62.5, 0, DAY, 11), ("invoice i", 37.5, 5, 5, None)]


@pytest.mark.parametrize(
    ("further", "amounts"),
    [
        ({}, [100.0]),
        ({"tax": None}, [119.0]),
        ({"currency": "JPY"}, [10_000.0]),
        ({"status": "pending"}, []),
        ({"status": "voided"}, []),
        ({"is_deleted": True}, []),
        (
            {
                "price_type": "tax_inclusive",
                "lines": [{"amount": 5_950, "tax_amount": 950}, {"amount": 5_950, "tax_amount": 950}],
            },
            [50.0, 50.0],
        ),
    ],
)
def test_what_is_billed_is_without_tax(further: dict[str, Any], amounts: list[float]) -> None:
    assert [each[1] for each in stated(invoices=[INVOICE | further])] == amounts


@pytest.mark.parametrize(
    ("further", "counts"),
    [
        ({}, True),
        ({"status": "refunded", "reason": "waiver", "customer_id": None}, True),
        ({"status": "refund_due"}, True),
        ({"status": "voided"}, False),
        ({"reason": "write_off"}, False),
        ({"is_deleted": True}, False),
        ({"invoice_id": "unknown"}, False),
        ({"invoice_id": None}, False),
    ],
)
def test_a_credit_note_takes_back_what_was_billed(further: dict[str, Any], counts: bool) -> None:
    assert stated(credit_notes=[NOTE | further])[1:] == [("credit note n", -10.0, 8, 8, None)] * counts
