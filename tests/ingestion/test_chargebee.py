"""Chargebee: each record and change once, through pages, later loads, deletions and odd records."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest

from demo.company.world import World
from demo.server import VendorServers
from demo.vendors.faults import Script
from ingestion.arrow import convert_batch
from ingestion.billing.chargebee_tables import TABLES
from ingestion.errors import ConfigurationError, LoadError
from ingestion.http import parsed
from ingestion.load import build_source, load_source
from ingestion.records import Batch

from .conftest import NOW

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Query = Callable[[str], list[tuple[Any, ...]]]
Record = dict[str, Any]
MIDDLE = datetime(2025, 6, 1)
LAST = """
    select {columns} from raw_chargebee.{table}
    qualify row_number() over (partition by record_id order by version_at desc, _dlt_load_id desc) = 1
"""
STATES = {"draft": "pending", "open": "payment_due", "void": "voided", "uncollectible": "not_paid"}


def current(world: World, table: str, key: str) -> list[Record]:
    """The last version of each of the company's records that is shown now."""
    rows = sorted(world.tables()[table].to_pylist(), key=lambda row: row["visible_at"])
    shown = {row[key]: row for row in rows if row["visible_at"].replace(tzinfo=None) <= NOW}
    return list(shown.values())


def before_a_deletion(world: World) -> datetime:
    """A moment, about in the middle, a day before a customer is deleted."""
    deleted: list[datetime] = [
        row["visible_at"].replace(tzinfo=None)
        for row in world.tables()["customers"].to_pylist()
        if row["is_deleted"]
    ]
    return min(deleted, key=lambda moment: abs(moment - MIDDLE)) - timedelta(days=1)


def test_two_loads_bring_each_record_as_it_is_and_no_version_twice(
    moving_vendors: VendorServers, world: World, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__CHARGEBEE__PAGE_SIZE", "90")
    moving_vendors.clock.move_to(before_a_deletion(world))
    first = load_source("chargebee")
    moving_vendors.clock.move_to(NOW)
    second, idle = load_source("chargebee"), load_source("chargebee")
    assert min(first.rows["invoices"], second.rows["invoices"]) > 100
    assert set(idle.rows.values()) == {0}
    assert idle.received["invoices"] < second.received["invoices"] < 900, "the cursor was not used"
    assert sum(sum(load.quarantined.values()) for load in (first, second, idle)) == 0

    invoices = current(world, "invoices", "invoice_id")
    columns = "invoice_id, customer_id, status, currency, net_minor, total_minor, issued_at"
    assert set(query(LAST.format(columns=columns, table="invoices"))) == {
        (
            *(row["invoice_id"], row["customer_id"], STATES.get(row["status"], row["status"])),
            *(row["currency"].upper(), row["subtotal_minor"], row["total_minor"]),
            row["issued_at"].replace(microsecond=0),
        )
        for row in invoices
    }
    notes = {
        (row["credit_note_id"], row["invoice_id"], row["subtotal_minor"], row["total_minor"])
        for row in current(world, "credit_notes", "credit_note_id")
    }
    columns = "credit_note_id, invoice_id, net_minor, total_minor"
    assert set(query(LAST.format(columns=columns, table="credit_notes"))) == notes
    customers = current(world, "customers", "customer_id")
    columns = "customer_id, account_id, is_deleted"
    assert set(query(LAST.format(columns=columns, table="customers"))) == {
        (row["customer_id"], row["account_id"] or None, row["is_deleted"]) for row in customers
    }
    assert any(row["is_deleted"] for row in customers)
    deleted = "select count(distinct is_deleted) from raw_chargebee.customers group by record_id"
    assert (2,) in query(deleted), "the version before the deletion stays"


def test_what_changes_while_pages_are_read_comes_with_the_next_load(
    moving_vendors: VendorServers, world: World, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records of the first page change, and later pages show some that have changed after them."""
    monkeypatch.setenv("SOURCES__CHARGEBEE__PAGE_SIZE", "50")
    moving_vendors.clock.move_to(NOW - timedelta(days=45))

    def time_passes(body: bytes) -> bytes:
        moving_vendors.clock.move_to(NOW)
        return body

    moving_vendors.faults.script(Script(r"/api/v2/invoices$", change=time_passes))
    load_source("chargebee")
    expected = {
        (row["invoice_id"], STATES.get(row["status"], row["status"]))
        for row in current(world, "invoices", "invoice_id")
    }
    states = LAST.format(columns="invoice_id, status", table="invoices")
    assert set(query(states)) != expected
    load_source("chargebee")
    assert set(query(states)) == expected


def landed(table: str, record: Record) -> Record:
    """What the loader makes of a record; its quarantine row where it makes none."""
    line = orjson.dumps({table.removesuffix("s"): record})
    rows, rejects = convert_batch(TABLES[table], Batch([line], range(1, 2), ["here"], parsed))
    return (rows.to_pylist() + rejects.to_pylist())[0]


INVOICE: Record = {
    **{"id": "i", "customer_id": "c", "status": "paid", "currency_code": "EUR", "date": 0},
    **{"total": 1190, "tax": 190, "price_type": "tax_exclusive"},
}


@pytest.mark.parametrize(
    ("further", "net", "lines"),
    [
        ({}, 1000, None),
        ({"tax": None}, 1190, None),
        (
            {"line_items": [{"amount": 1500, "discount_amount": 500, "date_from": 0, "date_to": 86_400}]},
            1000,
            "1000/1970-01-01T00:00:00/1970-01-02T00:00:00/",
        ),
        (
            {
                "price_type": "tax_inclusive",
                "line_items": [{"amount": 1190, "tax_amount": 190, "subscription_id": "a/b 5%"}],
            },
            1000,
            "1000///a%2Fb%205%25",
        ),
        ({"line_items": [{"amount": 1, "tax_amount": 9}, {"amount": -2}]}, 1000, "1/// -2///"),
    ],
)
def test_net_is_without_tax_and_lines_without_their_discounts(
    further: Record, net: int, lines: str | None
) -> None:
    found = landed("invoices", INVOICE | further)
    assert (found["net_minor"], found["lines"]) == (net, lines)


@pytest.mark.parametrize(
    ("further", "reason"),
    [
        ({"total": None}, "missing_required"),
        ({"total": "1190"}, "wrong_type"),
        ({"tax": True}, "wrong_type"),
        ({"total": 10**16}, "wrong_type"),
        ({"line_items": [{"date_from": 0}]}, "wrong_type"),
        ({"line_items": [{"amount": 1, "date_from": "today"}]}, "wrong_type"),
        ({"line_items": ["none"]}, "wrong_type"),
        ({"deleted": "yes"}, "wrong_type"),
    ],
)
def test_an_invoice_of_another_shape_is_in_quarantine(further: Record, reason: str) -> None:
    assert landed("invoices", INVOICE | further)["reason"] == reason


def test_a_credit_note_is_net_of_its_taxes_and_items_are_a_plan_too() -> None:
    note = {
        **{"id": "n", "customer_id": "c", "status": "refunded", "currency_code": "JPY", "date": 0},
        **{"total": 120, "taxes": [{"amount": 15}, {"amount": 5}], "deleted": True},
    }
    found = landed("credit_notes", note)
    assert (found["net_minor"], found["total_minor"], found["is_deleted"]) == (100, 120, True)
    second: Record = {"id": "s", "customer_id": "c", "status": "active"}
    second |= {"subscription_items": [{"item_price_id": "Team-EUR"}]}
    assert landed("subscriptions", second)["plan"] == "Team-EUR"
    own: Record = {"id": "c", "cf_account_id": "A", "meta_data": {"account_id": "B"}}
    assert landed("customers", own)["account_id"] == "A"


def test_a_page_that_leads_nowhere_is_an_error(vendors: VendorServers) -> None:
    def spoil(body: bytes) -> bytes:
        return orjson.dumps(orjson.loads(body) | {"next_offset": 7})

    vendors.faults.script(Script(r"/api/v2/invoices$", change=spoil))
    with pytest.raises(LoadError, match="sent 7 as `next_offset`, which leads to no page"):
        load_source("chargebee")


def test_a_site_is_a_name(monkeypatch: pytest.MonkeyPatch, vendors: VendorServers) -> None:
    monkeypatch.setenv("SOURCES__CHARGEBEE__SITE", "https://acme.chargebee.com")
    with pytest.raises(ConfigurationError, match="give the name alone"):
        build_source("chargebee")
