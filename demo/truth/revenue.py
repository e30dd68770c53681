"""Recognised revenue by account, and how much of it fell into the year before a moment.

Belongs here: which billing documents count, when, and in euros. Does not belong here: tiers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from demo.company import World
from demo.truth.definition import DAY, EUR_PER_UNIT, MINOR_UNITS, VALUE_WINDOW_DAYS
from demo.truth.known import Floats, Ints, Known, current, seconds_of
from demo.truth.rules import recognised_share

_AT_ONCE = 20_000


def millionths(amount: Floats) -> Floats:
    """Whole millionths, half away from zero: fixed before every sum, so that its order cannot matter."""
    return np.copysign(np.floor(np.abs(amount) * 1e6 + 0.5), amount)


def euros(minor: float, currency: str) -> float:
    """An amount in minor units of a currency, in euros; the amount and what it is worth to the millionth."""
    own = millionths(np.array(minor / float(10 ** MINOR_UNITS[currency]))) / 1e6
    return float(millionths(own * EUR_PER_UNIT[currency]) / 1e6)


def shared_out(net: int, lines: list[dict[str, Any]]) -> list[float]:
    """What each line of an invoice earns: its own amount less its own discount.

    What is left over or missing to the invoice's net (a coupon on the whole) is shared by their sizes.
    """
    amounts = [line["amount_minor"] - line["discount_minor"] for line in lines]
    size = sum(abs(amount) for amount in amounts)
    rest = net - sum(amounts)
    return [amount + (rest * abs(amount) / size if size else 0.0) for amount in amounts]


@dataclass(frozen=True)
class Revenue:
    """Documents sorted by account number: recognised evenly over [since, until), or at once where equal.

    Those of account `a` are the entries from `first[a]` up to `first[a + 1]`; amounts in EUR.
    """

    first: Ints
    since: Ints
    until: Ints
    amount: Floats

    def trailing(self, account: Ints, at: Ints) -> Floats:
        """Revenue of the 365 days before each moment, in EUR; 0 for an account without any, and for -1."""
        total = np.zeros(len(at))
        for start in range(0, len(at), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            total[part] = self._trailing(account[part], at[part])
        return total

    def _trailing(self, account: Ints, at: Ints) -> Floats:
        low = np.where(account < 0, 0, self.first[account])
        count = np.where(account < 0, 0, self.first[account + 1] - low)
        moment = np.repeat(np.arange(len(at)), count)
        document = np.arange(len(moment)) - np.repeat(np.cumsum(count) - count - low, count)
        end = at[moment]
        begin = end - VALUE_WINDOW_DAYS * DAY
        share = recognised_share(self.since[document], self.until[document], begin, end)
        parts = millionths(self.amount[document] * share)
        total = np.bincount(moment, weights=parts, minlength=len(at))
        return np.copysign(np.floor(np.abs(total) / 100 + 0.5), total) / 1e4


def recognised(world: World, known: Known) -> Revenue:
    """Every document that counts, as known at the clock."""
    clock = known.clock
    customers = current(world.customers, "customer_id", clock)
    payer = {
        customer: known.account.get(known.customer(account))
        for customer, account in zip(
            customers["customer_id"].to_pylist(), customers["account_id"].to_pylist(), strict=True
        )
    }
    documents: list[tuple[int, int, int, float]] = []

    def add(customer: str, since: int, until: int, amount: float) -> None:
        account = payer.get(customer)
        if account is not None:
            documents.append((known.account_number[account], since, until, amount))

    lines: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in _rows(current(world.invoice_lines, "line_id", clock), ("period_start", "period_end")):
        lines[line["invoice_id"]].append(line)
    net_share: dict[str, float] = {}
    for row in _rows(current(world.invoices, "invoice_id", clock), ("issued_at",)):
        if row["status"] in ("draft", "void"):
            continue
        net_share[row["invoice_id"]] = (
            row["subtotal_minor"] / row["total_minor"] if row["total_minor"] else 1.0
        )
        of_invoice = lines[row["invoice_id"]]
        for line, minor in zip(of_invoice, shared_out(row["subtotal_minor"], of_invoice), strict=True):
            since, until = line["period_start"], line["period_end"]
            if since >= until:
                since = until = row["issued_at"]
            add(row["customer_id"], since, until, euros(minor, row["currency"]))
    in_credit_notes: set[str] = set()
    for row in _rows(current(world.credit_notes, "credit_note_id", clock), ("created_at",)):
        if row["status"] == "issued":
            in_credit_notes.add(row["refund_id"])
        # What was never billed cannot be given back.
        if row["status"] == "issued" and row["invoice_id"] in net_share:
            amount = -euros(row["subtotal_minor"], row["currency"])
            add(row["customer_id"], row["created_at"], row["created_at"], amount)
    for row in _rows(current(world.refunds, "refund_id", clock), ("created_at",)):
        is_own = row["status"] == "succeeded" and row["refund_id"] not in in_credit_notes
        if is_own and row["invoice_id"] in net_share:
            net = row["amount_minor"] * net_share[row["invoice_id"]]
            add(row["customer_id"], row["created_at"], row["created_at"], -euros(net, row["currency"]))
    documents.sort()
    of = np.array([account for account, *_ in documents], dtype=np.int64)
    return Revenue(
        first=np.searchsorted(of, np.arange(len(known.account_number) + 1)),
        since=np.array([since for _, since, _, _ in documents], dtype=np.int64),
        until=np.array([until for _, _, until, _ in documents], dtype=np.int64),
        amount=np.array([amount for *_, amount in documents], dtype=np.float64),
    )


def _rows(table: pa.Table, moments: tuple[str, ...]) -> list[dict[str, Any]]:
    for name in moments:
        place = table.schema.get_field_index(name)
        table = table.set_column(place, name, pa.array(seconds_of(table[name])))
    return table.drop_columns(["visible_at"]).to_pylist()
