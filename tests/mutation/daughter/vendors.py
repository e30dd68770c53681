"""What the vendors of the base company show beside the simulated records: what real ones show now and then.

Belongs here: rows added to the vendors' tables, or changed in them. Does not belong here: files (`sending`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import pyarrow as pa

from demo.company.world import World
from tests.mutation.daughter.forms import Row

Rows: TypeAlias = list[Row]
#: A field of accounts that Salesforce is asked for although no dimension is declared from it.
FURTHER_FIELD: Final = "Industry"
_AT: Final = datetime(2025, 3, 3, 10, tzinfo=UTC)


def with_oddities(world: World) -> World:
    """The same world, with what happens rarely."""
    changed: Mapping[str, Callable[[World, Rows], Rows]] = {
        "account_history": _history,
        "employees": _employees,
        "subscriptions": _subscriptions,
        "invoices": _invoices,
        "invoice_lines": _lines,
        "credit_notes": _credit_notes,
    }
    tables: dict[str, Any] = {}
    for name, change in changed.items():
        table: pa.Table = getattr(world, name)
        tables[name] = pa.Table.from_pylist(change(world, table.to_pylist()), table.schema)
    return replace(world, **tables)


def _history(world: World, rows: Rows) -> Rows:
    """A branch that is gone, while another account changes; a branch cleared; a field nobody tracks."""
    here, there = (world.branches["branch_id"][at].as_py() for at in (0, 1))
    accounts = list(dict.fromkeys(row["account_id"] for row in rows if row["field"] == "Branch__c"))
    said = (
        ("Branch__c", here, "a0BGone00000000AAA"),
        ("Branch__c", here, there),
        ("Branch__c", here, None),
        (FURTHER_FIELD, "Retail", "Energy"),
    )
    return rows + [
        {
            "history_id": f"017Odd{at:09}AAA",
            "account_id": account,
            "field": field,
            "old_value": old,
            "new_value": new,
            "visible_at": _AT,
        }
        for at, (account, (field, old, new)) in enumerate(zip(accounts[3:], said, strict=False))
    ]


def _employees(_: World, rows: Rows) -> Rows:
    """One whose kind Salesforce does not say, and two who share an address."""
    shared = rows[3]["email"]
    kinds: dict[int, Row] = {7: {"user_type": None}, 9: {"email": shared}}
    return [row | kinds.get(at, {}) for at, row in enumerate(rows)]


def _subscriptions(world: World, rows: Rows) -> Rows:
    """One that is active still, although its customer has cancelled it for the end of what is paid."""
    ended = {row["subscription_id"] for row in rows if row["status"] == "canceled"}
    lasting = {
        line["invoice_id"]
        for line in world.invoice_lines.to_pylist()
        if line["period_start"] < _AT < line["period_end"]
    }
    paid = next(
        row["subscription_id"]
        for row in world.invoices.to_pylist()
        if row["invoice_id"] in lasting and row["status"] == "paid" and row["subscription_id"] not in ended
    )
    last: dict[str, Any] = [row for row in rows if row["subscription_id"] == paid][-1]
    seen = max(_AT, last["visible_at"]) + timedelta(hours=1)
    return [*rows, last | {"cancelled_at": _AT, "visible_at": seen}]


def _invoices(world: World, rows: Rows) -> Rows:
    """Two of nothing, without a line and with lines of 0, and one to somebody who never became a customer."""
    nobody = next(row for row in world.customers.to_pylist() if row["account_id"] is None)["customer_id"]
    paid = next(row for row in rows if row["status"] == "paid")
    nothing: Row = {"subtotal_minor": 0, "tax_minor": 0, "total_minor": 0, "charge_id": None}
    little = nothing | {"subtotal_minor": 700, "total_minor": 700}
    said = ((paid["customer_id"], nothing), (paid["customer_id"], nothing), (nobody, little))
    return rows + [
        paid | sums | {"invoice_id": f"in_nothing{at}", "customer_id": customer}
        for at, (customer, sums) in enumerate(said)
    ]


def _lines(_: World, rows: Rows) -> Rows:
    """Two lines of 0 for the second of those invoices."""
    return rows + [
        rows[0]
        | {
            "line_id": f"in_nothing1-{at}",
            "invoice_id": "in_nothing1",
            "amount_minor": 0,
            "discount_minor": 0,
        }
        for at in range(2)
    ]


def _credit_notes(_: World, rows: Rows) -> Rows:
    """One that was voided."""
    return [*rows, rows[0] | {"credit_note_id": "cn_void", "status": "void", "refund_id": None}]
