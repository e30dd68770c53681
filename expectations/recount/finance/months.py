"""Accounts month by month: invoiced, recognised, deferred, and what they pay a month.

Amounts are whole millionths of the reporting currency, moments microseconds UTC, months counted from year 0.

Belongs here: adding documents up. Does not belong here: what a line is worth a month (`recurring`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

from expectations.recount.billing import Documents
from expectations.recount.documents import DAY
from expectations.recount.finance.recurring import half_away, monthly

_EPOCH = date(1970, 1, 1)
_MILLION = 1_000_000
UNASSIGNED = "Unassigned"


class Entry(NamedTuple):
    """A document of an account; a moment where start = end. `invoiced_at` None: no invoice says it.
    `stated`: what it says it is worth a month; None where its period does."""

    invoiced_at: int | None
    start: int
    end: int
    recurs_until: int
    amount: int
    stated: int | None = None

    @property
    def worth(self) -> int:
        """What it is worth a month."""
        return monthly(self.amount, self.start, self.end) if self.stated is None else self.stated

    def until(self, moment: int) -> int:
        """How much of it has been recognised before a moment."""
        if moment <= self.start:
            return 0
        if self.end <= moment:
            return self.amount
        return half_away(self.amount / _MILLION * (moment - self.start) / (self.end - self.start) * _MILLION)


#: Account → its documents; whether the CRM knows the account.
Ledger: TypeAlias = Mapping[tuple[str, bool], Sequence[Entry]]


class Month(NamedTuple):
    """An account in a month in which anything is or was."""

    account: str
    month: date
    invoiced: int
    recognised: int
    deferred: int
    opening: int
    new: int
    reactivation: int
    expansion: int
    contraction: int
    churned: int
    mrr: int


class Balance(NamedTuple):
    """What an account was billed altogether, and how much of it is recognised and deferred."""

    account: str
    documents: int
    billed: int
    recognised: int
    deferred: int


def ledger_of(found: Documents, survivors: Mapping[str, str]) -> Ledger:
    """Documents by the surviving account, else the account as billing names it, else nobody's."""
    accounts: dict[tuple[str, bool], list[Entry]] = defaultdict(list)
    columns = (found.converted, found.start, found.end, found.recurs_until, found.amount, found.is_invoiced)
    for account, stated, converted, start, end, recurs_until, amount, is_invoiced in zip(
        found.account, found.monthly, *(column.tolist() for column in columns), strict=True
    ):
        survivor = survivors.get(account or "")
        entry = Entry(converted if is_invoiced else None, start, end, recurs_until, amount, stated)
        accounts[survivor or account or UNASSIGNED, survivor is not None].append(entry)
    return accounts


def months(ledger: Ledger, as_of: int) -> list[Month]:
    """Every account's months up to as-of."""
    return [month for (account, _), entries in ledger.items() for month in _months(account, entries, as_of)]


def balances(ledger: Ledger, as_of: int) -> list[Balance]:
    """Every account's balance at as-of."""
    return [
        Balance(
            account,
            len(entries),
            sum(entry.amount for entry in entries),
            sum(entry.until(as_of) for entry in entries),
            sum(entry.amount - entry.until(as_of) for entry in entries),
        )
        for (account, _), entries in ledger.items()
    ]


def pays_at(entries: Sequence[Entry], moment: int) -> int:
    """What an account pays a month at a moment: lines that began before it and go on up to it at least."""
    return max(
        0,
        sum(
            entry.worth
            for entry in entries
            if entry.start < moment <= entry.recurs_until and entry.start < entry.end
        ),
    )


def _months(account: str, entries: Sequence[Entry], as_of: int) -> list[Month]:
    invoiced: dict[int, int] = defaultdict(int)
    recognised: dict[int, int] = defaultdict(int)
    pays: dict[int, int] = defaultdict(int)
    last = _month_of(as_of - 1)
    for entry in entries:
        if entry.invoiced_at is not None and entry.invoiced_at < as_of:
            invoiced[_month_of(entry.invoiced_at // DAY * DAY)] += entry.amount
        if entry.start >= as_of:
            continue
        worth = entry.worth if entry.start < entry.end else 0
        month, before = _month_of(entry.start), 0
        while month <= last and (month == _month_of(entry.start) or _begins(month) < entry.end):
            end = min(_begins(month + 1), as_of)
            after = entry.until(end)
            recognised[month] += after - before
            if entry.invoiced_at is None:
                invoiced[month] += after - before
            if entry.start < end <= entry.recurs_until:
                pays[month] += worth
            month, before = month + 1, after
    found, deferred, opening, highest = [], 0, 0, 0
    for month in range(min({*invoiced, *recognised}, default=last + 1), last + 1):
        mrr = max(0, pays[month])
        deferred += invoiced[month] - recognised[month]
        if invoiced[month] or recognised[month] or deferred or mrr or opening:
            found.append(
                Month(
                    account,
                    _EPOCH + timedelta(microseconds=_begins(month)),
                    invoiced[month],
                    recognised[month],
                    deferred,
                    opening,
                    mrr if not opening and not highest else 0,
                    mrr if not opening and highest else 0,
                    mrr - opening if opening and mrr > opening else 0,
                    mrr - opening if 0 < mrr < opening else 0,
                    0 if mrr else -opening,
                    mrr,
                )
            )
        opening, highest = mrr, max(highest, mrr)
    return found


def _month_of(moment: int) -> int:
    day = _EPOCH + timedelta(microseconds=moment)
    return day.year * 12 + day.month - 1


def _begins(month: int) -> int:
    return (date(month // 12, month % 12 + 1, 1) - _EPOCH).days * DAY


def built_months(some: str) -> str:
    """A query of the mart's rows as `Month`; `some` is its condition."""
    amounts = {
        **{name: f"{name}_amount" for name in ("invoiced", "recognised", "deferred")},
        **{
            name: f"{name}_mrr"
            for name in ("opening", "new", "reactivation", "expansion", "contraction", "churned")
        },
        "mrr": "mrr",
    }
    return (
        f"select account_key as account, month_start as month, {_in_millionths(amounts)}"
        f" from marts.fct_account_months{some}"
    )


def built_balances(some: str) -> str:
    """A query of the audit's rows as `Balance`; `some` is its condition."""
    amounts = {name: f"{name}_amount" for name in ("billed", "recognised", "deferred")}
    return (
        f"select account_key as account, documents, {_in_millionths(amounts)}"
        f" from marts.audit_revenue_reconciliation{some}"
    )


def _in_millionths(columns: Mapping[str, str]) -> str:
    return ", ".join(
        f"cast(cast({column} as decimal(38, 6)) * 1000000 as bigint) as {name}"
        for name, column in columns.items()
    )
