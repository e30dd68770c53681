"""Billing by files and by Stripe, of which one is turned off: what it sent stays in raw and is no revenue."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest

from expectations.recount import billing, crm
from expectations.recount.coding import rows_as_table
from expectations.recount.comparison import differences
from expectations.recount.finance import months
from expectations.recount.rules import end_of
from expectations.recount.versions import RawRecords
from tests.cases.money_company import built

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("cases")]

WITHOUT_STRIPE = ("files", "salesforce")
BOTH = (*WITHOUT_STRIPE, "stripe")


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """The company, its months as they are built where Stripe is left out: those of accounts that it bills
    alone go."""
    path = Path(shutil.copy(built().path, tmp_path / "warehouse.duckdb"))
    with duckdb.connect(path) as connection:
        connection.execute(
            "delete from marts.fct_account_months where account_key in"
            " (select account_key from intermediate.int_revenue__recognised where source = 'stripe')"
        )
    return path


def differing(path: Path, sources: tuple[str, ...]) -> int:
    """How many account months the recount of these sources has otherwise than they are built."""
    end = end_of(date(2025, 7, 1)) or 0
    with duckdb.connect(path, read_only=True) as connection:
        records = RawRecords(connection, sources=sources)
        survivors = crm.read(records).survivors
        ledger = months.ledger_of(billing.documents(records, survivors, end=end), survivors)
        counted = rows_as_table(months.Month, months.months(ledger, end))
        return len(differences(connection, counted, months.built_months(""), ("account", "month"), "row"))


def test_a_vendor_that_is_turned_off_has_no_part_in_the_recount(warehouse: Path) -> None:
    assert differing(warehouse, WITHOUT_STRIPE) == 0


def test_a_vendor_that_is_on_and_is_left_out_by_mistake_is_missed(warehouse: Path) -> None:
    assert differing(warehouse, BOTH) > 0
    assert differing(built().path, BOTH) == 0
