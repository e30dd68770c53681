"""Recounts figures of money from the documents in plain Python, as a controller would with the invoices.

Accounts, merges and documents are read from raw as for the score (`crm`, `billing`); what a month earned and
what an account pays are worked out here again. Of many accounts, those are recounted whose hash says so.

Belongs here: the interface. Does not belong here: months (`months`), what a line is worth (`recurring`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from expectations.collector import without_collection
from expectations.recount import billing, comparison, crm
from expectations.recount.coding import rows_as_table
from expectations.recount.comparison import Difference
from expectations.recount.finance import months as by_month
from expectations.recount.finance.months import Balance, Month
from expectations.recount.rules import end_of
from expectations.recount.sample import Sample
from expectations.recount.standings import sample_of
from expectations.recount.versions import RawRecords
from expectations.vendor_fields import for_the_recount, vendor_fields

__all__ = ["Difference", "Money", "compare", "recount"]
_ENGINE_MEMORY = "512MB"


@dataclass(frozen=True)
class Money:
    """Account months and balances recounted; with `accounts`, of those only."""

    months: Sequence[Month]
    balances: Sequence[Balance]
    accounts: Sample | None = None


def recount(
    warehouse: Path,
    as_of: date,
    salesforce_fields: Mapping[str, Mapping[str, str]] | None = None,
    everything: bool | None = None,
) -> Money:
    """Recount from the raw tables of the working file, opened read-only. `as_of` is UTC, exclusive.

    `everything`: all accounts, however many; None: as `NPS_RECOUNT` says. Raises duckdb.Error when the file
    cannot be read, ValueError for revenue without an exchange rate.
    """
    if everything is None:
        everything = os.environ.get("NPS_RECOUNT", "") == "all"
    with duckdb.connect(warehouse, read_only=True) as connection, without_collection():
        connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
        records = RawRecords(connection, for_the_recount(vendor_fields(salesforce_fields=salesforce_fields)))
        survivors = crm.survivors(records)
        known = set(survivors.values())
        sample = None if everything else sample_of(known)
        wanted = None if sample is None else {account for account in known if sample.holds(account)}
        end = end_of(as_of) or 0
        ledger = by_month.ledger_of(billing.documents(records, survivors, wanted, end), survivors)
    return Money(by_month.months(ledger, end), by_month.balances(ledger, end), sample)


def compare(recounted: Money, warehouse: Path) -> list[Difference]:
    """Where account months and balances of the working file differ from the recount; empty: nowhere."""
    sample = recounted.accounts
    some = "" if sample is None else f" where is_known_account and {sample.condition('account_key')}"
    with duckdb.connect(warehouse, read_only=True) as connection, without_collection():
        connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
        return [
            *comparison.differences(
                connection,
                rows_as_table(Month, recounted.months),
                by_month.built_months(some),
                ("account", "month"),
                "row",
            ),
            *comparison.differences(
                connection,
                rows_as_table(Balance, recounted.balances),
                by_month.built_balances(some or " where account_key <> '(all)'"),
                ("account",),
                "row",
            ),
        ]
