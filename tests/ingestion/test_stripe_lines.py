"""Stripe's invoices with all their lines, and events that are no versions of anything."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from demo.server import VendorServers
from demo.vendors import scripts
from demo.vendors.faults import Script
from ingestion.billing import stripe
from ingestion.billing.stripe_tables import TABLES
from ingestion.errors import LoadError
from ingestion.load import load_source

Query = Callable[[str], list[tuple[Any, ...]]]


def test_an_invoice_has_all_its_lines_in_the_column_and_in_the_payload(
    vendors: VendorServers, query: Query
) -> None:
    """Also those that neither its list nor its event shows; a draft's are not asked for."""
    load_source("stripe")
    lines = "len(string_split(lines, ' '))"
    shown = query(
        f"select {lines}, len(payload::json->'$.lines.data[*]'), count(*) from raw_stripe.invoices"
        " where status <> 'draft' group by all order by all"
    )
    assert all(parts == held for parts, held, _ in shown)
    assert max(parts for parts, _, _ in shown) > 10
    assert query(f"select max({lines}) from raw_stripe.invoices where status = 'draft'")[0][0] <= 10
    assert query("select count(*) from raw_stripe.quarantine") == [(0,)]


def test_the_preview_of_an_invoice_is_not_one(vendors: VendorServers, query: Query) -> None:
    def preview(document: bytes) -> bytes:
        page = orjson.loads(document)
        event = next(each for each in page["data"] if each["type"].startswith("invoice."))
        unborn = {name: value for name, value in event["data"]["object"].items() if name != "id"}
        page["data"].append(
            event | {"id": "evt_preview", "type": "invoice.upcoming", "data": {"object": unborn}}
        )
        return orjson.dumps(page)

    vendors.faults.script(Script(r"/v1/events", times=1, change=preview))
    load_source("stripe")
    assert query("select count(*) from raw_stripe.quarantine") == [(0,)]


def test_what_was_loaded_without_lines_is_read_again_with_them(
    vendors: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a warehouse of version 0.6.0 was: its state knows no reading, its table no lines."""
    columns = tuple(column for column in TABLES["invoices"].columns if column.name != "lines")
    with monkeypatch.context() as before:
        before.setitem(TABLES, "invoices", replace(TABLES["invoices"], columns=columns))
        before.setattr(stripe, "_reading", lambda state: (0, False))
        load_source("stripe")
    load_source("stripe")
    current = (
        "select count(*) filter (lines is null), count(*) from (select * from raw_stripe.invoices qualify"
        " row_number() over (partition by record_id order by version_at desc nulls last, _dlt_load_id desc)"
        " = 1)"
    )
    [(without, invoices)] = query(current)
    assert (without, invoices > 0) == (0, True)
    assert load_source("stripe").rows.get("invoices", 0) == 0


@pytest.mark.parametrize(
    "spoilt",
    [
        {"id": None},
        {"id": 7},
        {"lines": {"has_more": True, "data": ["no line"]}},
        {"lines": {"has_more": True, "data": []}},
    ],
)
def test_an_invoice_whose_other_lines_nobody_can_ask_for_does_not_stop_the_load(
    vendors: VendorServers, query: Query, spoilt: dict[str, Any]
) -> None:
    """It goes to quarantine by itself."""

    def spoil(document: bytes) -> bytes:
        page = orjson.loads(document)
        first = {"status": "open", "lines": {"has_more": True, "data": [{"id": "il_1"}]}}
        page["data"].insert(0, page["data"][0] | first | spoilt)
        return orjson.dumps(page)

    vendors.faults.script(Script(r"/v1/invoices$", times=1, change=spoil))
    load_source("stripe")
    assert query("select count(*) from raw_stripe.quarantine where table_name = 'invoices'") == [(1,)]


@pytest.mark.parametrize("status", [pytest.param(400, marks=pytest.mark.long), 404])
def test_an_invoice_that_stripe_does_not_know_is_quarantined_and_the_load_goes_on(
    vendors: VendorServers, query: Query, status: int
) -> None:
    """Its first lines alone would be another amount."""
    vendors.faults.script(scripts.refused(r"/v1/invoices/[^/]+/lines$", status))
    load_source("stripe")
    [(reason, detail, text)] = query("select reason, detail, original_text from raw_stripe.quarantine")
    assert reason == "wrong_type"
    assert (
        detail == "invoices.lines should be text and is the first lines only, and Stripe refuses the others"
    )
    assert len(orjson.loads(text)["lines"]["data"]) == 10
    assert query("select count(*) > 0, max(len(string_split(lines, ' '))) > 10 from raw_stripe.invoices") == [
        (True, True)
    ]


@pytest.mark.long
def test_a_refusal_that_concerns_all_of_them_ends_the_load(vendors: VendorServers) -> None:
    vendors.faults.script(scripts.refused(r"/v1/invoices/[^/]+/lines$", 401, times=None))
    with pytest.raises(LoadError, match="answered 401"):
        load_source("stripe")
