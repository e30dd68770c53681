"""Recounts figures of money from the documents in plain Python, as a controller would with the invoices.

Accounts, merges and documents are read from raw as for the score (`crm`, `billing`); what a month earned and
what an account pays are worked out here again. Of many accounts, those are recounted whose hash says so.

Belongs here: the interface. Does not belong here: months (`months`), what a line is worth (`recurring`),
windows (`outcomes`, `responses`), rates and ratios (`association`), what they would be without one
(`placebo`), curves (`survival`), what is paid at as-of (`today`), a year's growth (`growth`), weighted scores
(`weighting`), the silent (`silence`).
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from expectations import definition
from expectations.collector import without_collection
from expectations.declared_fields import with_declared
from expectations.declaring import Names
from expectations.dimensions import governed
from expectations.recount import billing, comparison, crm
from expectations.recount.coding import rows_as_table
from expectations.recount.comparison import Difference
from expectations.recount.finance import growth, placebo, silence, survival, today, weighting
from expectations.recount.finance import months as by_month
from expectations.recount.finance.association import Associated, associations, cells_of
from expectations.recount.finance.association import built as built_associations
from expectations.recount.finance.growth import Growth
from expectations.recount.finance.months import Balance, Month
from expectations.recount.finance.outcomes import Inputs, Outcome, outcomes
from expectations.recount.finance.outcomes import built as built_outcomes
from expectations.recount.finance.placebo import Placebo
from expectations.recount.finance.responses import Answered, answered
from expectations.recount.finance.responses import built as built_responses
from expectations.recount.finance.silence import Silence
from expectations.recount.finance.survival import Survival
from expectations.recount.finance.today import AtRisk, Covered, Moved
from expectations.recount.finance.weighting import Weighted, weighted
from expectations.recount.rules import end_of
from expectations.recount.sample import Sample
from expectations.recount.standings import sample_of
from expectations.recount.versions import RawRecords
from expectations.vendors import for_the_recount, vendor_fields

__all__ = [
    "Answered",
    "Associated",
    "Balance",
    "Counted",
    "Difference",
    "Money",
    "Month",
    "Outcome",
    "associations",
    "cells_of",
    "compare",
    "compare_published",
    "recount",
]
_ENGINE_MEMORY = "512MB"
#: Published table → what its rows are here.
TABLES: Mapping[str, type[Any]] = {
    "association_placebo": Placebo,
    "band_transitions": Moved,
    "churn_curves": Survival,
    "earned_growth": Growth,
    "non_response": Silence,
    "revenue_association": Associated,
    "revenue_at_risk": AtRisk,
    "revenue_coverage": Covered,
    "weighted_scores": Weighted,
}


@dataclass(frozen=True)
class Counted:
    """Rows of a kind whose first `key` fields tell them apart, and a query of what was built."""

    kind: type[Any]
    rows: Sequence[Sequence[Any]]
    query: str
    key: int


@dataclass(frozen=True)
class Money:
    """Account months, balances and outcomes recounted, and the associations made of all outcomes; with
    `accounts`, months, balances, outcomes and answers' windows are of those only."""

    months: Sequence[Month]
    balances: Sequence[Balance]
    outcomes: Sequence[Outcome] = ()
    associations: Sequence[Associated] = ()
    accounts: Sample | None = None
    published: Sequence[Counted] = ()
    answered: Sequence[Answered] = ()

    @property
    def figures(self) -> Sequence[Counted]:
        """Every published figure."""
        return [Counted(Associated, self.associations, built_associations(), 7), *self.published]


def recount(
    warehouse: Path,
    as_of: date,
    names: Names | None = None,
    everything: bool | None = None,
    definitions: Sequence[definition.Version] | None = None,
    sources: Collection[str] | None = None,
) -> Money:
    """Recount from the raw tables of the working file, opened read-only. `as_of` is UTC, exclusive.

    `everything`: all accounts, however many; None: as `NPS_RECOUNT` says. `definitions` are the guard's own
    versions unless given. `sources` are those that are turned on; None: all that have raw tables. Raises
    duckdb.Error when the file cannot be read, ValueError for revenue without an exchange rate.
    """
    versions = definition.versions() if definitions is None else definitions
    split = governed()
    if everything is None:
        everything = os.environ.get("NPS_RECOUNT", "") == "all"
    with duckdb.connect(warehouse, read_only=True) as connection, without_collection():
        connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
        fields = with_declared(for_the_recount(vendor_fields(names)), split)
        records = RawRecords(connection, fields, split, sources)
        customers = crm.read(records)
        known = set(customers.survivors.values())
        sample = None if everything else sample_of(known)
        wanted = None if sample is None else {account for account in known if sample.holds(account)}
        end = end_of(as_of) or 0
        found = billing.documents(records, customers.survivors, wanted, end)
        ledger = by_month.ledger_of(found, customers.survivors)
        revenue = billing.revenue(found, customers.survivors)
        inputs = Inputs(ledger, customers, revenue, versions, as_of)
        narrowed = "" if sample is None else f" and {sample.condition('account_key')}"
        seen = outcomes(connection, inputs, narrowed)
        of_answers = answered(connection, inputs, narrowed)
        of_all = (
            seen
            if sample is None
            else list(map(Outcome._make, connection.execute(built_outcomes("")).fetchall()))
        )
        of_months = by_month.months(ledger, end)
        months_of_all = (
            of_months
            if sample is None
            else list(map(Month._make, connection.execute(by_month.built_months("")).fetchall()))
        )
        floor = _floor(versions, as_of)
        floors = {each.version: each.floors for each in versions}
        paid = silence.first_payments(ledger) if sample is None else silence.built_payments(connection)
        cells = cells_of(of_all)
        associated = associations(cells, floor)
        published = [
            Counted(Weighted, weighted(connection, versions, as_of), weighting.built(), 7),
            Counted(Placebo, placebo.placebos(of_all, floor), placebo.built(), 4),
            Counted(Silence, silence.silences(connection, paid, floors, as_of), silence.built(), 3),
            Counted(Survival, survival.curves(of_all, floor), survival.built(), 3),
            Counted(Covered, today.coverage(of_all, floor), today.built(Covered), 6),
            Counted(AtRisk, today.at_risk(of_all, cells, floor), today.built(AtRisk), 3),
            Counted(Moved, today.transitions(of_all, floor), today.built(Moved), 5),
            Counted(
                Growth, growth.growth(months_of_all, customers.referred, as_of, floor), growth.built(), 1
            ),
        ]
    return Money(of_months, by_month.balances(ledger, end), seen, associated, sample, published, of_answers)


def compare(recounted: Money, warehouse: Path) -> list[Difference]:
    """Where the working file differs from the recount; an empty list: nowhere."""
    sample = recounted.accounts
    some = "" if sample is None else f" where {sample.condition('account_key')}"
    known = some and f"{some} and is_known_account"
    balances = known or " where account_key <> '(all)'"
    of_accounts = (
        Counted(Month, recounted.months, by_month.built_months(known), 2),
        Counted(Balance, recounted.balances, by_month.built_balances(balances), 1),
        Counted(Outcome, recounted.outcomes, built_outcomes(some), 4),
        Counted(Answered, recounted.answered, built_responses(some), 3),
    )
    return _differences((*of_accounts, *recounted.figures), warehouse)


def rows(recounted: Money, table: str) -> Counted:
    """One published table as it is recounted; amounts are millionths."""
    return {each.kind: each for each in recounted.figures}[TABLES[table]]


def compare_published(recounted: Money, table: str, warehouse: Path) -> list[Difference]:
    """Where one published table differs from the recount."""
    return _differences([rows(recounted, table)], warehouse)


def _differences(counted: Iterable[Counted], warehouse: Path) -> list[Difference]:
    with duckdb.connect(warehouse, read_only=True) as connection, without_collection():
        connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
        return [
            difference
            for each in counted
            for difference in comparison.differences(
                connection,
                rows_as_table(each.kind, each.rows),
                each.query,
                each.kind._fields[: each.key],
                "row",
            )
        ]


def _floor(versions: Sequence[definition.Version], as_of: date) -> int:
    """How many accounts a figure needs: the floor of confidentiality in force at as-of."""
    return max(
        (
            int(minimum)
            for version in versions
            if version.valid_from <= as_of and (version.valid_to is None or as_of < version.valid_to)
            for name, minimum in version.floors
            if name == "interval_only"
        ),
        default=0,
    )
