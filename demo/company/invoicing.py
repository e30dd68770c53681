"""Who is billed, and every invoice that is ever made.

Belongs here: drawing payers and invoices from plans, their changes and churn, in four currencies and minor
units. Does not belong here: how the billing system shows them (`billing.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from demo.company.people import People
from demo.company.size import DAY, END, HOUR, MISSING, NEVER, START, Bools, Floats, Ints

CURRENCIES: Final = ("eur", "usd", "gbp", "jpy")
_CURRENCY_SHARES: Final = (0.6, 0.2, 0.15, 0.05)
_MINOR_A_EUR: Final = np.array((100.0, 100 / 0.92, 100 / 1.17, 1 / 0.0062))
"""Minor units that cost one euro; the yen has no smaller unit."""
_TAX: Final = np.array((0.21, 0.0825, 0.2, 0.1))
_BOOKS_SINCE: Final = START - 400 * DAY
PAID, VOID, UNCOLLECTIBLE, STUCK = range(4)


@dataclass(frozen=True)
class Payers:
    """Billing customers, one entry each; `account` is -1 where the billing system does not know it."""

    account: Ints
    billed_as: Ints
    started: Ints
    ended: Ints
    currency: Ints
    months: Ints
    share: Floats
    taxed: Bools

    def monthly_minor(self, people: People, payer: Ints, at: Ints) -> Ints:
        """Recurring amount a month in minor units."""
        euros = people.accounts.monthly_eur(self.billed_as[payer], at) * self.share[payer]
        minor: Ints = np.rint(euros * _MINOR_A_EUR[self.currency[payer]]).astype(np.int64)
        return minor


@dataclass(frozen=True)
class Bills:
    """Invoices, one entry each."""

    payer: Ints
    issued: Ints
    period_end: Ints
    subtotal: Ints
    tax: Ints
    fate: Ints
    settled: Ints


def draw_payers(rng: np.random.Generator, people: People, churned_at: Ints) -> Payers:
    """One payer for most accounts, two for a few, none for some; who has left is billed no more."""
    accounts = people.accounts
    n = len(accounts.created)
    first = np.flatnonzero(rng.random(n) < 0.95)
    second = first[rng.random(len(first)) < 0.05]
    account = np.concatenate([first, second]).astype(np.int64)
    deleted = np.where(accounts.deleted_at == MISSING, NEVER, accounts.deleted_at)
    count = len(account)
    unknown = rng.random(count) < 0.005
    return Payers(
        account=np.where(unknown, -1, account),
        billed_as=account,
        started=_billable(accounts.created[account] + HOUR),
        ended=np.minimum(churned_at, deleted)[account],
        currency=rng.choice(len(CURRENCIES), count, p=_CURRENCY_SHARES).astype(np.int64),
        months=np.where(rng.random(count) < 0.25, 1, 12),
        share=np.where(np.arange(count) < len(first), 1.0, 0.35),
        taxed=rng.random(count) < 0.8,
    )


def _day_of_month(at: Ints) -> Ints:
    """Counted from 0."""
    month = at.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
    return np.asarray((at - month) // DAY, dtype=np.int64)


def _billable(started: Ints) -> Ints:
    """Not on the last days of a month, so that every month has the anniversary."""
    return started + np.where(_day_of_month(started) > 27, 4 * DAY, 0)


def draw_bills(rng: np.random.Generator, people: People, payers: Payers) -> Bills:
    """An invoice at the start of every month or year of service, until the subscription ends."""
    month0 = payers.started.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)
    most = np.where(payers.months == 1, 12 * 9, 9)
    payer = np.repeat(np.arange(len(most)), most)
    number = np.arange(len(payer)) - np.repeat(np.cumsum(most) - most, most)

    def anniversary(which: Ints) -> Ints:
        month = (month0[payer] + which * payers.months[payer]).astype("datetime64[M]")
        within = _day_of_month(payers.started)[payer] * DAY + payers.started[payer] % DAY
        return month.astype("datetime64[s]").astype(np.int64) + within

    issued, period_end = anniversary(number), anniversary(number + 1)
    real = (issued >= _BOOKS_SINCE) & (issued < np.minimum(payers.ended[payer], END - 2 * HOUR))
    payer, issued, period_end = payer[real], issued[real], period_end[real]
    n = len(payer)
    monthly = payers.monthly_minor(people, payer, issued)
    usage = rng.uniform(0.97, 1.03, n) * np.where(payers.months[payer] == 12, 0.92, 1.0)
    subtotal = np.rint(monthly * payers.months[payer] * usage).astype(np.int64)
    tax = np.rint(subtotal * _TAX[payers.currency[payer]] * payers.taxed[payer]).astype(np.int64)
    fate = rng.choice(4, n, p=(0.977, 0.011, 0.009, 0.003)).astype(np.int64)
    wait = np.select(
        [fate == PAID, fate == VOID],
        [rng.integers(2 * HOUR, 6 * DAY, n), rng.integers(5 * DAY, 40 * DAY, n)],
        60 * DAY,
    )
    return Bills(payer, issued, period_end, subtotal, tax, fate, issued + wait)
