"""What the vendors of the base company show beside the simulated records: what real ones show now and then.

Belongs here: rows added to the vendors' tables, or changed in them. Does not belong here: files (`sending`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
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


def _invoices(world: World, rows: Rows) -> Rows:
    """Invoices of nothing: without a line, with lines of 0, and of somebody who never became a customer."""
    nobody = next(row for row in world.customers.to_pylist() if row["account_id"] is None)["customer_id"]
    paid = next(row for row in rows if row["status"] == "paid")
    nothing: Row = {"subtotal_minor": 0, "tax_minor": 0, "total_minor": 0, "charge_id": None}
    customers = (paid["customer_id"], paid["customer_id"], nobody)
    return rows + [
        paid | nothing | {"invoice_id": f"in_nothing{at}", "customer_id": customer}
        for at, customer in enumerate(customers)
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
