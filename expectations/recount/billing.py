"""Recognised revenue from raw invoices, credit notes and refunds, and what an account was worth when.

Amounts are whole millionths of the reporting currency: each document and each share of it is fixed to one
before anything is added, so that the order of adding changes nothing (docs/data-contracts.md, "Revenue").

Belongs here: documents, their net amounts, trailing revenue. Does not belong here: the tier that follows
from it (`dimensions`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import duckdb
import orjson

from expectations.recount.raw import identity
from expectations.recount.versions import Among, Raw, current, loaded_at, rank_of, rows

_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
_SECOND = 1_000_000
_MILLIONTHS = 1_000_000
WINDOW = 365 * _DAY
_NOT_BILLED = ("draft", "void")


class Document(NamedTuple):
    """What was earned (or given back) from–to, in millionths; a moment where from = to."""

    start: int
    end: int
    amount: int


class _Stated(NamedTuple):
    """A document in its own currency, `amount` in main units."""

    account: str | None
    currency: str
    amount: float
    converted_at: int
    start: int
    end: int


@dataclass(frozen=True)
class Revenue:
    """Documents of each surviving account, by their beginning."""

    documents: Mapping[str, list[Document]]

    def trailing(self, account: str, when: int) -> int:
        """Recognised in the 365 days before a moment, in ten-thousandths of the reporting currency."""
        found = self.documents.get(account, [])
        since, total = when - WINDOW, 0
        for document in found[: bisect_left(found, when, key=lambda document: document.start)]:
            if document.end < since:
                continue
            length = document.end - document.start
            if length == 0:
                total += document.amount
            else:
                inside = min(document.end, when) - max(document.start, since)
                total += _rounded(document.amount / _MILLIONTHS * inside / length * _MILLIONTHS)
        return _rounded(total / 100)


def read(
    connection: duckdb.DuckDBPyConnection,
    survivors: Mapping[str, str],
    wanted: Collection[str | None] | None = None,
) -> Revenue:
    """Revenue of every account known, or of those `wanted`; `survivors` is account → survivor.

    Raises ValueError for a currency without a rate.
    """
    rates = _rates(connection)
    documents: dict[str, list[Document]] = defaultdict(list)
    accounts = None if wanted is None else {key for key, survivor in survivors.items() if survivor in wanted}
    for stated in (*_stripe(connection, rates, accounts), *_files(connection, accounts)):
        amount = _rounded(stated.amount * _MILLIONTHS)
        rate = rates.at(stated.currency, stated.converted_at)
        if stated.account is not None and stated.account in survivors:
            reported = _rounded(amount / _MILLIONTHS * rate * _MILLIONTHS)
            documents[survivors[stated.account]].append(Document(stated.start, stated.end, reported))
    for found in documents.values():
        found.sort()
    return Revenue(documents)


@dataclass(frozen=True)
class _Rates:
    """Currency → its rates from a day on, newest first; and how many digits its minor unit has."""

    lines: Mapping[str, list[tuple[int, float]]]
    minor_units: Mapping[str, int]

    def at(self, currency: str, moment: int) -> float:
        for valid_from, rate in self.lines.get(currency, []):
            if valid_from <= moment:
                return rate
        day = _EPOCH + timedelta(microseconds=moment)
        raise ValueError(f"no rate for {currency} on {day}: add it to definition.exchange_rates")


def _rates(connection: duckdb.DuckDBPyConnection) -> _Rates:
    lines: dict[str, list[tuple[int, float]]] = defaultdict(list)
    minor_units: dict[str, int] = {}
    for currency, valid_from, rate, minor in connection.execute(
        "select currency, valid_from, rate_to_reporting, minor_units from definition.exchange_rates"
        " order by valid_from desc"
    ).fetchall():
        lines[currency].append(((valid_from - _EPOCH).days * _DAY, float(rate)))
        minor_units[currency] = minor
    return _Rates(lines, minor_units)


def _stripe(
    connection: duckdb.DuckDBPyConnection, rates: _Rates, wanted: Collection[str] | None
) -> list[_Stated]:
    """Invoices evenly over their service period, net of tax; credit notes and refunds when they were made."""
    # The id of a deleted customer's last version names no account: an older version does.
    accounts = current(connection, Raw("stripe", "customers", "payload", _customer_account, str))
    of_wanted = [] if wanted is None else [key for key, account in accounts.items() if account in wanted]
    notes = current(connection, Raw("stripe", "credit_notes", "payload", _sent, str))
    refunds = current(connection, Raw("stripe", "refunds", "payload", _sent, str))
    invoices = current(
        connection,
        Raw("stripe", "invoices", "payload", _sent, str),
        among=None if wanted is None else Among("customer_id", map(str.lower, of_wanted)),
    )
    stated: list[_Stated] = []

    def state(customer: object, record: Mapping[str, Any], minor: float, *moments: int) -> None:
        currency = record["currency"].strip().upper()
        units: float = 10 ** rates.minor_units.get(currency, 0)
        stated.append(_Stated(accounts.get(_id(customer) or ""), currency, minor / units, *moments))

    for invoice in invoices.values():
        if (invoice["status"] or "").strip().lower() in _NOT_BILLED:
            continue
        issued = (invoice.get("status_transitions") or {}).get("finalized_at") or invoice["created"]
        start, end = _service_period(invoice, issued)
        moments = (issued * _SECOND, start * _SECOND, end * _SECOND)
        state(invoice.get("customer"), invoice, _net(invoice), *moments)
    issued_notes = [note for note in notes.values() if note["status"].lower() == "issued"]
    credited = {_id(note.get("refund")) for note in issued_notes}
    for note in issued_notes:
        state(note.get("customer"), note, -_net(note), *[note["created"] * _SECOND] * 3)
    for key, refund in refunds.items():
        if refund["status"].lower() != "succeeded" or key in credited:
            continue
        charge = refund.get("charge")
        charge = charge if isinstance(charge, dict) else {}
        paid = invoices.get(_id(charge.get("invoice")) or "", {})
        amount = -float(refund["amount"])
        if paid and paid["total"] > 0:
            amount = amount * _net(paid) / paid["total"]
        state(
            charge.get("customer") or paid.get("customer"), refund, amount, *[refund["created"] * _SECOND] * 3
        )
    return stated


def _files(connection: duckdb.DuckDBPyConnection, wanted: Collection[str] | None) -> list[_Stated]:
    """Invoices of files: what was refunded so far is stated, so each version's increase is a refund."""
    columns = (
        "account_id, status, currency, cast(net_amount as double), cast(coalesce(tax_amount, 0) as double),"
        " cast(coalesce(refunded_amount, 0) as double), epoch_us(issued_at), epoch_us(period_start),"
        " epoch_us(period_end)"
    )
    versions: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    among = None if wanted is None else Among("account_id", wanted)
    for row in rows(connection, "files", "billing_invoices", columns, among):
        versions[row[0]].append(row)
    ended = loaded_at(connection, "files") if versions else {}
    stated: list[_Stated] = []
    for found in versions.values():
        found.sort(key=rank_of)
        account, status, currency, net, tax, _, issued, start, end = found[-1][4:]
        if (status or "").strip().lower() in _NOT_BILLED:
            continue
        account, currency = identity(account), currency.strip().upper()
        if start is None or end is None or end <= start:
            start = end = issued
        stated.append(_Stated(account, currency, net, issued, start, end))
        share = net / (net + tax) if net + tax > 0 else 1.0
        first = (None, *found[0][1:9], 0.0)
        for before, after in pairwise((first, *found)):
            step = after[9] - before[9]
            if step:
                at = ended[after[1]] if after[2] is None else after[2]
                stated.append(_Stated(account, currency, -step * share, at, at, at))
    return stated


def _service_period(invoice: Mapping[str, Any], issued: int) -> tuple[int, int]:
    lines = (invoice.get("lines") or {}).get("data") or [{}]
    period = lines[0].get("period") or {}
    start, end = period.get("start"), period.get("end")
    return (issued, issued) if start is None or end is None or end <= start else (start, end)


def _net(record: Mapping[str, Any]) -> float:
    """After discounts and before tax, in minor units."""
    for name in ("total_excluding_tax", "subtotal_excluding_tax", "subtotal"):
        if record.get(name) is not None:
            return float(record[name])
    return 0.0


def _sent(_: str, row: tuple[Any, ...]) -> dict[str, Any]:
    record: dict[str, Any] = orjson.loads(row[4])
    return record


def _customer_account(_: str, row: tuple[Any, ...]) -> str | None:
    return identity((orjson.loads(row[4]).get("metadata") or {}).get("account_id"))


def _id(reference: object) -> str | None:
    """An id, or that of an expanded object."""
    return reference["id"] if isinstance(reference, dict) else reference  # type: ignore[return-value]


def _rounded(value: float) -> int:
    """To the nearest whole number, halves away from zero."""
    return int(value + 0.5) if value >= 0 else -int(0.5 - value)
