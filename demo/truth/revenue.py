"""Recognised revenue by account, and how much of it fell into the year before a moment.

Belongs here: which billing documents count, when, and in euros. Does not belong here: tiers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from demo.company import World
from demo.truth.definition import DAY, EUR_PER_UNIT, MINOR_UNITS, VALUE_WINDOW_DAYS
from demo.truth.known import Ints, Known, current, seconds_of, tidy

Floats = NDArray[np.float64]
_AT_ONCE = 20_000


def euros(minor: float, currency: str) -> float:
    """An amount in minor units of a currency, in euros."""
    return minor / float(10 ** MINOR_UNITS[currency]) * EUR_PER_UNIT[currency]


@dataclass(frozen=True)
class Revenue:
    """Documents sorted by account number: recognised evenly over [since, until), or at once where equal."""

    number: dict[str, int]
    first: Ints
    since: Ints
    until: Ints
    amount: Floats

    def trailing(self, accounts: list[str | None], at: Ints) -> Floats:
        """Revenue of the 365 days before each moment, in EUR; 0 for an account without any."""
        numbers = np.array([self.number.get(account or "", -1) for account in accounts], dtype=np.int64)
        total = np.zeros(len(at))
        for start in range(0, len(at), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            total[part] = self._trailing(numbers[part], at[part])
        return total

    def _trailing(self, numbers: Ints, at: Ints) -> Floats:
        low = np.where(numbers < 0, 0, self.first[numbers])
        count = np.where(numbers < 0, 0, self.first[numbers + 1] - low)
        answer = np.repeat(np.arange(len(at)), count)
        document = np.arange(len(answer)) - np.repeat(np.cumsum(count) - count - low, count)
        since, until, end = self.since[document], self.until[document], at[answer]
        begin = end - VALUE_WINDOW_DAYS * DAY
        overlap = np.maximum(np.minimum(until, end) - np.maximum(since, begin), 0)
        moment = since >= until
        share = overlap / np.where(moment, 1, until - since)
        share = np.where(moment, (begin <= since) & (since < end), share)
        total = np.bincount(answer, weights=self.amount[document] * share, minlength=len(at))
        return total.astype(np.float64)


def recognised(world: World, known: Known) -> Revenue:
    """Every document that counts, as known at the clock."""
    clock = known.clock
    customers = current(world.customers, "customer_id", clock)
    payer = {
        customer: known.account.get(tidy(account) or "")
        for customer, account in zip(
            customers["customer_id"].to_pylist(), customers["account_id"].to_pylist(), strict=True
        )
    }
    documents: list[tuple[str, int, int, float]] = []

    def add(customer: str, since: int, until: int, amount: float) -> None:
        account = payer.get(customer)
        if account is not None:
            documents.append((account, since, until, amount))

    invoices = current(world.invoices, "invoice_id", clock)
    net_share: dict[str, float] = {}
    for row in _rows(invoices, ("issued_at", "period_start", "period_end")):
        net_share[row["invoice_id"]] = (
            row["subtotal_minor"] / row["total_minor"] if row["total_minor"] else 1.0
        )
        if row["status"] not in ("draft", "void"):
            amount = euros(row["subtotal_minor"], row["currency"])
            since, until = row["period_start"], row["period_end"]
            if since >= until:
                since = until = row["issued_at"]
            add(row["customer_id"], since, until, amount)
    in_credit_notes: set[str] = set()
    for row in _rows(current(world.credit_notes, "credit_note_id", clock), ("created_at",)):
        if row["status"] == "issued":
            in_credit_notes.add(row["refund_id"])
            amount = -euros(row["subtotal_minor"], row["currency"])
            add(row["customer_id"], row["created_at"], row["created_at"], amount)
    for row in _rows(current(world.refunds, "refund_id", clock), ("created_at",)):
        if row["status"] == "succeeded" and row["refund_id"] not in in_credit_notes:
            net = row["amount_minor"] * net_share[row["invoice_id"]]
            add(row["customer_id"], row["created_at"], row["created_at"], -euros(net, row["currency"]))
    return _sorted(documents)


def _rows(table: pa.Table, moments: tuple[str, ...]) -> list[dict[str, Any]]:
    for name in moments:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, pa.array(seconds_of(table[name])))
    return table.drop_columns(["visible_at"]).to_pylist()


def _sorted(documents: list[tuple[str, int, int, float]]) -> Revenue:
    documents.sort()
    number: dict[str, int] = {}
    for account, *_ in documents:
        number.setdefault(account, len(number))
    of = np.array([number[account] for account, *_ in documents], dtype=np.int64)
    return Revenue(
        number=number,
        first=np.searchsorted(of, np.arange(len(number) + 1)).astype(np.int64),
        since=np.array([since for _, since, _, _ in documents], dtype=np.int64),
        until=np.array([until for _, _, until, _ in documents], dtype=np.int64),
        amount=np.array([amount for *_, amount in documents], dtype=np.float64),
    )
