"""Recognised revenue from raw invoices, credit notes, refunds and, where nothing is invoiced, subscriptions
or movements.

Amounts are whole millionths of the reporting currency: each document and each share of it is rounded to
one before summing, so that the order of summation changes nothing (docs/contracts/answers.md, "Revenue").

Belongs here: invoices and subscriptions of files, all documents together. Does not belong here: a vendor's
(`vendors`), movements (`movements`), what was earned until when (`revenue`), the tier that follows from it
(`dimensions`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from expectations.recount.billing_words import ENDED, is_billed_invoice, is_billed_subscription, word
from expectations.recount.documents import DAY, Stated, governed_rates
from expectations.recount.ids import as_customer, customer, identity, trimmed
from expectations.recount.movements import movements
from expectations.recount.revenue import MILLIONTHS, Revenue, rounded
from expectations.recount.statistics import Integers
from expectations.recount.versions import Among, RawRecords, Table
from expectations.vendors import declared

_INVOICE = (
    *("account_id", "status", "currency", "net_amount", "tax_amount", "refunded_amount", "issued_at"),
    *("period_start", "period_end"),
)
_SUBSCRIPTION = ("account_id", "status", "currency", "mrr_amount", "started_at", "cancelled_at")


def read(
    records: RawRecords,
    survivors: Mapping[str, str],
    wanted: Collection[str | None] | None = None,
    end: int = 2**62,
) -> Revenue:
    """Revenue of every account known, or of those `wanted`; `survivors` is account → survivor, `end` as-of.

    Raises ValueError for a currency without a rate.
    """
    return revenue(documents(records, survivors, wanted, end), survivors)


def revenue(found: Documents, survivors: Mapping[str, str]) -> Revenue:
    """What documents say about surviving accounts."""
    accounts = [survivors.get(key or "") for key in found.account]
    return Revenue.of(accounts, found.start, found.end, found.amount)


class Documents(NamedTuple):
    """What was billed, a column each: the account as billing names it, microseconds, and millionths of the
    reporting currency."""

    account: Sequence[str | None]
    converted: Integers
    start: Integers
    end: Integers
    recurs_until: Integers
    is_invoiced: Any
    amount: Integers
    monthly: Sequence[int | None]


def documents(
    records: RawRecords,
    survivors: Mapping[str, str],
    wanted: Collection[str | None] | None = None,
    end: int = 2**62,
) -> Documents:
    """The documents of every account, or of those `wanted`; otherwise as `read`."""
    rates = governed_rates()
    accounts = None if wanted is None else {key for key, survivor in survivors.items() if survivor in wanted}
    stated = [
        *(
            document
            for vendor in declared().values()
            if vendor.documents
            for document in vendor.documents(records, rates, accounts)
        ),
        *_files(records, accounts),
        *_subscriptions(records, survivors, accounts, end),
    ]
    billed = {survivors.get(each.account or "", each.account) for each in stated}
    stated += movements(records, survivors, accounts, billed, end)
    if not stated:
        none = np.zeros(0, np.int64)
        return Documents([], none, none, none, none, none.astype(bool), none, [])
    names, account, currency, amount, converted_at, start, until, recurs, is_invoiced, monthly = zip(
        *stated, strict=True
    )
    amounts = rounded(np.array(amount, np.float64) * MILLIONTHS)
    converted = np.array(converted_at, np.int64)
    rate = rates.at(np.array(currency), converted, names)
    ends = np.array(until, np.int64)
    early = [at if cut is None else min(at, cut) for at, cut in zip(until, recurs, strict=True)]
    return Documents(
        account,
        converted,
        np.array(start, np.int64),
        ends,
        np.array(early, np.int64),
        np.array(is_invoiced, bool),
        rounded(amounts / MILLIONTHS * rate * MILLIONTHS),
        [
            None if each is None else int(rounded(np.array(each * of_day * MILLIONTHS)))
            for each, of_day in zip(monthly, rate.tolist(), strict=True)
        ],
    )


def _files(records: RawRecords, wanted: Collection[str] | None) -> Iterator[Stated]:
    """Invoices of files: what was refunded so far is stated, so each version's increase is a refund."""
    among = None if wanted is None else Among("account_id", wanted, as_customer)
    for record, found in records.histories("files", "billing_invoices", _INVOICE, among=among).items():
        account, status, currency, net, tax, _, issued, start, end = found[-1][4:]
        if not is_billed_invoice(status, record):
            continue
        document = f"invoice {record}"
        account, currency, total = customer(account), trimmed(currency).upper(), net + (tax or 0.0)
        if start is None or end is None or end <= start:
            start = end = issued
        yield Stated(document, account, currency, net, issued, start, end)
        share = net / total if total > 0 else 1.0
        refunded = [0.0, *(row[9] or 0.0 for row in found)]
        for row, (before, after) in zip(found, pairwise(refunded), strict=True):
            if after != before:
                at = row[2]
                yield Stated(f"refund of {document}", account, currency, (before - after) * share, at, at, at)


def _subscriptions(
    records: RawRecords,
    survivors: Mapping[str, str],
    wanted: Collection[str] | None,
    as_of: int,
) -> Iterator[Stated]:
    """Subscriptions of files, of accounts that no file invoices: 12 / 365 of the monthly amount for each day
    that a version holds."""
    of_invoices = Table(
        "files", "billing_invoices", ("account_id",), lambda _, row: customer(row[4]), identity
    )
    invoiced = {survivors.get(account) for account in records.current(of_invoices).values()} - {None}
    among = None if wanted is None else Among("account_id", wanted, as_customer)
    histories = records.histories("files", "billing_subscriptions", _SUBSCRIPTION, among=among)
    for record, found in histories.items():
        account, *_, started, cancelled = found[-1][4:]
        if survivors.get(customer(account) or "") in invoiced:
            continue
        moments = [row[2] for row in found]
        for number, row in enumerate(found):
            status, currency, monthly, own_end = row[5], row[6], row[7], row[9]
            since = started if number == 0 else max(moments[number], started)
            ends = [as_of, *moments[number + 1 : number + 2], *([] if cancelled is None else [cancelled])]
            if word(status) in ENDED:
                ends.append(moments[number] if own_end is None else own_end)
            until = min(ends)
            if is_billed_subscription(status, record) and since < until:
                earned = monthly * 12 / 365 * (until - since) / DAY
                yield Stated(
                    f"subscription {record}",
                    customer(account),
                    trimmed(currency).upper(),
                    earned,
                    since,
                    since,
                    until,
                    is_invoiced=False,
                    monthly=monthly,
                )
