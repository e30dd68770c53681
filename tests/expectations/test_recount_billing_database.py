"""What the rows of a company's own billing database state about revenue, and how their texts are read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from expectations.recount.documents import Rates
from expectations.recount.versions import Among, Table
from expectations.vendors import vendor_fields
from expectations.vendors.billing_database import documents

RATES = Rates({}, {"EUR": 2, "JPY": 0})


class Held:
    """The current rows of each table, by the columns that they have."""

    def __init__(self, tables: Mapping[str, list[dict[str, Any]]]) -> None:
        self._tables = tables

    def current(self, table: Table[Any], among: Among | None = None) -> dict[str, Any]:
        found = {}
        for row in self._tables.get(table.table, []):
            values = (row.get(column) for column in table.columns)
            found[row["id"]] = table.read(row["id"], (row["id"], "1", None, 1, *values))
        return found


def stated(**tables: list[dict[str, Any]]) -> dict[str, tuple[float, int, int]]:
    invoice = {"customer_id": "c", "status": "paid", "currency": "eur", "issued_at": 5}
    given = {
        "customers": [{"id": "c", "account_id": "A"}],
        "invoices": [invoice | each for each in tables.pop("invoices")],
        **{
            name: [{"currency": "eur", "invoice_id": "i", "created_at": 8} | each for each in rows]
            for name, rows in tables.items()
        },
    }
    found = list(documents.documents(Held(given), RATES, None))  # type: ignore[arg-type]
    assert all(each.account == "a" for each in found)
    return {f"{each.document}#{at}": (each.amount, each.start, each.end) for at, each in enumerate(found)}


def test_lines_share_the_net_out_over_their_own_periods() -> None:
    lines = [
        {"id": "l1", "net_minor_amount": Decimal(10_000), "period_start_at": 1, "period_end_at": 9},
        {"id": "l2", "net_amount": Decimal(200), "period_start_at": 5, "period_end_at": 5},
        {"id": "l3", "net_amount": Decimal(70), "is_deleted": True},
    ]
    # A coupon of 30 on the whole: by 100 and 200.
    found = stated(invoices=[{"id": "i", "net_minor_amount": Decimal(27_000)}], invoice_lines=lines)
    assert found == {"invoice i#0": (90.0, 1, 9), "invoice i#1": (180.0, 5, 5)}


@pytest.mark.parametrize(
    ("invoice", "expected"),
    [
        ({"net_amount": Decimal(50)}, (50.0, 5, 5)),
        ({"net_amount": Decimal(50), "period_start_at": 1, "period_end_at": 3}, (50.0, 1, 3)),
        ({"net_minor_amount": Decimal(50), "currency": "JPY"}, (50.0, 5, 5)),
        ({"net_amount": Decimal(50), "deleted_at": 1}, None),
        ({"net_amount": Decimal(50), "is_deleted": True}, None),
        ({"net_amount": Decimal(50), "status": "draft"}, None),
    ],
)
def test_an_invoice_without_lines_is_one_of_its_own(
    invoice: dict[str, Any], expected: tuple[float, int, int] | None
) -> None:
    assert stated(invoices=[{"id": "i"} | invoice]) == ({} if expected is None else {"invoice i#0": expected})


def test_what_is_given_back_is_net_of_tax_and_counted_once() -> None:
    found = stated(
        invoices=[{"id": "i", "net_amount": Decimal(100), "total_amount": Decimal(120)}],
        credit_notes=[
            {"id": "n1", "status": "Issued", "net_amount": Decimal(10)},
            {"id": "n2", "status": "void", "net_amount": Decimal(10)},
            {"id": "n3", "status": "issued", "net_amount": Decimal(10), "invoice_id": "unknown"},
        ],
        refunds=[
            {"id": "r1", "status": "succeeded", "refunded_amount": Decimal(12), "credit_note_id": "n1"},
            {
                "id": "r2",
                "status": "succeeded",
                "refunded_minor_amount": Decimal(600),
                "credit_note_id": "n2",
            },
            {"id": "r3", "status": "failed", "refunded_amount": Decimal(6)},
            {"id": "r4", "status": "succeeded", "refunded_amount": Decimal(6), "is_deleted": True},
        ],
    )
    assert found == {
        "invoice i#0": (100.0, 5, 5),
        "credit note n1#1": (-10.0, 8, 8),
        "refund r2#2": (-5.0, 8, 8),
    }


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("issued_at", "2025-01-15 12:00:00", 1_736_938_800_000_000),
        ("issued_at", "2025-01-15 12:00:00+00", 1_736_942_400_000_000),
        ("issued_at", "no moment", "no moment"),
        ("net_amount", " 12.34567 ", Decimal("12.3457")),
        ("is_deleted", "t", True),
        ("is_deleted", None, None),
        ("status", "Bezahlt", "paid"),
        ("customer_id", "1001.0", "1001"),
        ("customer_id", " ", None),
    ],
)
def test_a_text_means_what_a_cell_of_a_file_means(column: str, text: str | None, expected: object) -> None:
    said = {"time_zone": "Europe/Berlin", "statuses": {"Bezahlt": "paid"}}
    field = vendor_fields({"billing_database": {"tables": {"invoices": said}}})["billing_database"][
        "invoices"
    ]
    read = field[column].read
    assert read is not None
    assert read(text) == expected
