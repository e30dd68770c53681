"""A company made by hand from the rows a test names."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from demo.company import Size, World, simulate
from tests.demo.hand_made import ACCOUNT, CONTACT, CUSTOMER, LONG_AGO, Row, only_line


@pytest.fixture(scope="module")
def schemas() -> dict[str, pa.Schema]:
    size = Size(seed=1, accounts=50, branches=20, employees=20, invitations=200, answers=100)
    return {name: table.schema for name, table in simulate(size).tables().items()}


@pytest.fixture
def company(schemas: dict[str, pa.Schema]) -> Any:
    """Builds a world from rows; tables that are not given have two branches, an account, a contact.

    An invoice may say its service period, for its only line.
    """

    def build(**rows: list[Row]) -> World:
        given: dict[str, list[Row]] = {
            "branches": [
                {"branch_id": f"BR{n}", "name": f"Branch {n}", "region": f"R{n}", "visible_at": LONG_AGO}
                for n in (1, 2)
            ],
            "employees": [{"user_id": "005A", "email": "Eve@Contractor.example", "visible_at": LONG_AGO}],
            "accounts": [ACCOUNT],
            "contacts": [CONTACT],
            "customers": [CUSTOMER],
            **rows,
        }
        invoices = [dict(row) for row in given.get("invoices", [])]
        given["invoice_lines"] = rows.get("invoice_lines") or [only_line(row) for row in invoices]
        given["invoices"] = invoices
        tables = {
            name: pa.Table.from_pylist(given.get(name, []), schema=schema) for name, schema in schemas.items()
        }
        return World(**tables, truth={})

    return build
