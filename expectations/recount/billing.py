"""Recognised revenue from raw invoices, credit notes and refunds, and what an account was worth when.

Amounts are whole millionths of the reporting currency: each document and each share of it is fixed to one
before anything is added, so that the order of adding changes nothing (docs/data-contracts.md, "Revenue").

Belongs here: documents, their net amounts. Does not belong here: what was earned until when (`revenue`), the
tier that follows from it (`dimensions`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import duckdb
import numpy as np
import orjson

from expectations.recount.ids import as_customer, as_identity, customer, identity, trimmed
from expectations.recount.revenue import MILLIONTHS, Revenue, rounded
from expectations.recount.statistics import Floats, Integers
from expectations.recount.versions import Among, Raw, current, loaded_at, rank_of, rows

_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
_SECOND = 1_000_000
_NOT_BILLED = ("draft", "void")


class _Stated(NamedTuple):
    """A document in its own currency, `amount` in main units; microseconds, a moment where start = end."""

    account: str | None
    currency: str
    amount: float
    converted_at: int
    start: int
    end: int


class _Invoice(NamedTuple):
    """What an invoice of Stripe's says; amounts in minor units, moments in seconds."""

    customer: str | None
    currency: str
    is_billed: bool
    net: float
    total: float
    issued: int
    start: int
    end: int


def read(
    connection: duckdb.DuckDBPyConnection,
    survivors: Mapping[str, str],
    wanted: Collection[str | None] | None = None,
) -> Revenue:
    """Revenue of every account known, or of those `wanted`; `survivors` is account → survivor.

    Raises ValueError for a currency without a rate.
    """
    rates = _rates(connection)
    accounts = None if wanted is None else {key for key, survivor in survivors.items() if survivor in wanted}
    stated = [*_stripe(connection, rates, accounts), *_files(connection, accounts)]
    if not stated:
        return Revenue.of([], *(np.zeros(0, np.int64) for _ in range(3)))
    account, currency, amount, converted_at, start, end = zip(*stated, strict=True)
    amounts = rounded(np.array(amount, np.float64) * MILLIONTHS)
    rate = rates.at(np.array(currency), np.array(converted_at, np.int64))
    reported = rounded(amounts / MILLIONTHS * rate * MILLIONTHS)
    return Revenue.of(
        [survivors.get(key or "") for key in account],
        np.array(start, np.int64),
        np.array(end, np.int64),
        reported,
    )


@dataclass(frozen=True)
class _Rates:
    """Currency → days from which a rate holds, ascending, and the rates; and the digits of its minor unit."""

    lines: Mapping[str, tuple[Integers, Floats]]
    minor_units: Mapping[str, int]

    def at(self, currencies: Any, moments: Integers) -> Floats:
        """The rate of each currency in force at each moment."""
        rates = np.zeros(moments.size)
        for currency in np.unique(currencies).tolist():
            days, of_days = self.lines.get(currency, (np.zeros(0, np.int64), np.zeros(0)))
            places = np.flatnonzero(currencies == currency)
            found = np.searchsorted(days, moments[places], "right") - 1
            if (found < 0).any():
                moment = int(moments[places][found < 0].min())
                day = _EPOCH + timedelta(microseconds=moment)
                raise ValueError(f"no rate for {currency} on {day}: add it to definition.exchange_rates")
            rates[places] = of_days[found]
        return rates


def _rates(connection: duckdb.DuckDBPyConnection) -> _Rates:
    lines: dict[str, list[tuple[int, float]]] = defaultdict(list)
    minor_units: dict[str, int] = {}
    for currency, valid_from, rate, minor in connection.execute(
        "select currency, valid_from, rate_to_reporting, minor_units from definition.exchange_rates"
        " order by valid_from"
    ).fetchall():
        lines[currency].append(((valid_from - _EPOCH).days * _DAY, float(rate)))
        minor_units[currency] = minor
    by_currency = {
        currency: (np.array([day for day, _ in of], np.int64), np.array([rate for _, rate in of]))
        for currency, of in lines.items()
    }
    return _Rates(by_currency, minor_units)


def _stripe(
    connection: duckdb.DuckDBPyConnection, rates: _Rates, wanted: Collection[str] | None
) -> Iterator[_Stated]:
    """Invoices evenly over their service period, net of tax; credit notes and refunds when they were made."""
    # The id of a deleted customer's last version names no account: an older version does.
    accounts = current(connection, Raw("stripe", "customers", "payload", _customer_account, str))
    of_wanted = [] if wanted is None else [key for key, account in accounts.items() if account in wanted]
    notes = current(connection, Raw("stripe", "credit_notes", "payload", _sent, str))
    refunds = current(connection, Raw("stripe", "refunds", "payload", _sent, str))
    invoices = current(
        connection,
        Raw("stripe", "invoices", "payload", _invoice, str),
        among=None if wanted is None else Among("customer_id", map(str.lower, of_wanted), as_identity),
    )
    units = {currency: 10**digits for currency, digits in rates.minor_units.items()}

    def stated(customer: str | None, currency: str, minor: float, *moments: int) -> _Stated:
        at, start, end = (moment * _SECOND for moment in moments)
        return _Stated(accounts.get(customer or ""), currency, minor / units.get(currency, 1), at, start, end)

    for invoice in invoices.values():
        if invoice.is_billed:
            yield stated(
                invoice.customer, invoice.currency, invoice.net, invoice.issued, invoice.start, invoice.end
            )
    issued_notes = [note for note in notes.values() if note["status"].lower() == "issued"]
    credited = {_id(note.get("refund")) for note in issued_notes}
    for note in issued_notes:
        yield stated(_id(note.get("customer")), _currency(note), -_net(note), *[note["created"]] * 3)
    for key, refund in refunds.items():
        if refund["status"].lower() != "succeeded" or key in credited:
            continue
        charge = refund.get("charge")
        charge = charge if isinstance(charge, dict) else {}
        paid = invoices.get(_id(charge.get("invoice")) or "")
        amount, customer = -float(refund["amount"]), _id(charge.get("customer"))
        if paid is not None:
            amount = amount * paid.net / paid.total if paid.total > 0 else amount
            customer = customer or paid.customer
        yield stated(customer, _currency(refund), amount, *[refund["created"]] * 3)


def _files(connection: duckdb.DuckDBPyConnection, wanted: Collection[str] | None) -> Iterator[_Stated]:
    """Invoices of files: what was refunded so far is stated, so each version's increase is a refund."""
    columns = (
        "account_id, status, currency, cast(net_amount as double), cast(coalesce(tax_amount, 0) as double),"
        " cast(coalesce(refunded_amount, 0) as double), epoch_us(issued_at), epoch_us(period_start),"
        " epoch_us(period_end)"
    )
    versions: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    among = None if wanted is None else Among("account_id", wanted, as_customer)
    for row in rows(connection, "files", "billing_invoices", columns, among):
        versions[row[0]].append(row)
    ended = loaded_at(connection, "files") if versions else {}
    for found in versions.values():
        found.sort(key=rank_of)
        account, status, currency, net, tax, _, issued, start, end = found[-1][4:]
        if identity(status) in _NOT_BILLED:
            continue
        account, currency = customer(account), trimmed(currency).upper()
        if start is None or end is None or end <= start:
            start = end = issued
        yield _Stated(account, currency, net, issued, start, end)
        share = net / (net + tax) if net + tax > 0 else 1.0
        first = (None, *found[0][1:9], 0.0)
        for before, after in pairwise((first, *found)):
            step = after[9] - before[9]
            if step:
                at = ended[after[1]] if after[2] is None else after[2]
                yield _Stated(account, currency, -step * share, at, at, at)


def _invoice(_: str, row: tuple[Any, ...]) -> _Invoice:
    sent = orjson.loads(row[4])
    issued = (sent.get("status_transitions") or {}).get("finalized_at") or sent["created"]
    lines = (sent.get("lines") or {}).get("data")
    period = (lines[0].get("period") or {}) if lines else {}
    start, end = period.get("start"), period.get("end")
    if start is None or end is None or end <= start:
        start = end = issued
    is_billed = identity(sent["status"]) not in _NOT_BILLED
    customer, currency = _id(sent.get("customer")), _currency(sent)
    return _Invoice(customer, currency, is_billed, _net(sent), sent.get("total") or 0, issued, start, end)


def _currency(record: Mapping[str, Any]) -> str:
    return trimmed(str(record["currency"])).upper()


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
    return customer((orjson.loads(row[4]).get("metadata") or {}).get("account_id"))


def _id(reference: object) -> str | None:
    """An id, or that of an expanded object."""
    return reference["id"] if isinstance(reference, dict) else reference  # type: ignore[return-value]
