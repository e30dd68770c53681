"""The billing system's tables: customers, subscriptions, invoices, refunds and credit notes.

Belongs here: versions, states and reductions of what `invoicing.py` drew. Does not belong here: revenue as
the warehouse understands it (`demo.truth`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from demo.company.columns import Column, chosen, constant, every, joined, moments, numbers, picked, untidy
from demo.company.crm import Names
from demo.company.effects import Dirt, Effects
from demo.company.ids import token_ids
from demo.company.invoice_lines import invoice_lines
from demo.company.invoicing import CURRENCIES, PAID, STUCK, VOID, Bills, Payers, draw_bills, draw_payers
from demo.company.people import PLANS, People
from demo.company.size import DAY, END, HOUR, MISSING, START, Ints, Size

_UNUSED: Final = 12
"""Customers created by mistake, never billed, deleted later."""


@dataclass(frozen=True)
class Books:
    """The billing tables."""

    customers: pa.Table
    subscriptions: pa.Table
    invoices: pa.Table
    invoice_lines: pa.Table
    credit_notes: pa.Table
    refunds: pa.Table


def simulate_billing(size: Size, effects: Effects, people: People, churned_at: Ints, names: Names) -> Books:
    """Every billing table; deterministic from the seed."""
    rng = size.stream("billing")
    payers = draw_payers(rng, people, churned_at)
    bills = draw_bills(rng, people, payers)
    customer = token_ids("cus_", len(payers.account) + _UNUSED)
    subscription = token_ids("sub_1", len(payers.account))
    invoice, charge = token_ids("in_1", len(bills.payer)), token_ids("ch_3", len(bills.payer))
    credit_notes, refunds = _reductions(rng, effects, payers, bills, churned_at, (customer, invoice, charge))
    return Books(
        customers=_customers(rng, effects.dirt, payers, names, customer),
        subscriptions=_subscriptions(people, payers, customer, subscription),
        invoices=_invoices(payers, bills, customer, subscription, invoice, charge),
        invoice_lines=invoice_lines(bills, invoice),
        credit_notes=credit_notes,
        refunds=refunds,
    )


def _customers(
    rng: np.random.Generator, dirt: Dirt, payers: Payers, names: Names, customer: Column
) -> pa.Table:
    n = len(payers.account)
    style = np.where(chosen(rng, n, dirt.untidy_ids), rng.integers(1, 4, n), 0)
    style = np.where((style == 0) & every(n, dirt.short_ids), 4, style)
    known = pa.table(
        {
            "customer_id": customer[:n],
            "account_id": untidy(picked(names.account, payers.account), style),
            "email": joined("billing", numbers(payers.billed_as + 1), "@customers.example"),
            "name": picked(names.account_name, payers.billed_as),
            "created_at": moments(payers.started),
            "is_deleted": constant(False, n, pa.bool_()),
            "visible_at": moments(payers.started),
        }
    )
    created = np.sort(rng.integers(START, END - 9 * DAY, _UNUSED))
    mistake = pa.table(
        {
            "customer_id": customer[n:],
            "account_id": pa.nulls(_UNUSED, pa.string()),
            "email": pa.nulls(_UNUSED, pa.string()),
            "name": constant("Test customer", _UNUSED, pa.string()),
            "created_at": moments(created),
            "is_deleted": constant(False, _UNUSED, pa.bool_()),
            "visible_at": moments(created),
        }
    )
    gone = mistake.set_column(5, "is_deleted", constant(True, _UNUSED, pa.bool_()))
    gone = gone.set_column(6, "visible_at", moments(created + 3 * DAY))
    return _in_time(pa.concat_tables([known, mistake, gone]), "customer_id")


def _subscriptions(people: People, payers: Payers, customer: Column, subscription: Column) -> pa.Table:
    n = len(payers.account)
    everyone = np.arange(n, dtype=np.int64)
    plan = people.accounts.plan
    # A payer changes price whenever the account that it pays for changes plan.
    order = np.argsort(plan.account, kind="stable")
    low = np.searchsorted(plan.account[order], payers.billed_as, side="left")
    high = np.searchsorted(plan.account[order], payers.billed_as, side="right")
    changed = np.repeat(everyone, high - low)
    within = np.arange(len(changed)) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    changed_at = plan.at[order[low[changed] + within]]
    ended = everyone[payers.ended < END]
    payer = np.concatenate([everyone, changed, ended])
    at = np.concatenate([payers.started, changed_at, payers.ended[ended]])
    seen = (at <= payers.ended[payer]) & (at < END)
    payer, at = payer[seen], at[seen]
    over = at >= payers.ended[payer]
    table = pa.table(
        {
            "subscription_id": picked(subscription, payer),
            "customer_id": picked(customer, payer),
            "status": picked(["active", "canceled"], over.astype(np.int64)),
            "plan": picked(PLANS, plan.value_at(payers.billed_as[payer], at)),
            "mrr_minor": pa.array(payers.monthly_minor(people, payer, at)),
            "currency": picked(CURRENCIES, payers.currency[payer]),
            "started_at": moments(payers.started[payer]),
            "cancelled_at": moments(np.where(over, payers.ended[payer], MISSING)),
            "visible_at": moments(at),
        }
    )
    return _in_time(table, "subscription_id")


def _invoices(
    payers: Payers, bills: Bills, customer: Column, subscription: Column, invoice: Column, charge: Column
) -> pa.Table:
    """Draft when made, open an hour later, then settled; a few stay drafts for ever."""
    everyone = np.arange(len(bills.payer), dtype=np.int64)
    final = np.array([1, 2, 3, 0])[bills.fate]
    opened = everyone[bills.fate != STUCK]
    which = np.concatenate([everyone, opened, opened])
    state = np.concatenate([np.zeros_like(everyone), np.full_like(opened, 4), final[opened]])
    at = np.concatenate([bills.issued, bills.issued[opened] + HOUR, bills.settled[opened]])
    seen = at < END
    which, state, at = which[seen], state[seen], at[seen]
    payer = bills.payer[which]
    table = pa.table(
        {
            "invoice_id": picked(invoice, which),
            "customer_id": picked(customer, payer),
            "subscription_id": picked(subscription, payer),
            "status": picked(["draft", "paid", "void", "uncollectible", "open"], state),
            "currency": picked(CURRENCIES, payers.currency[payer]),
            "subtotal_minor": pa.array(bills.subtotal[which]),
            "tax_minor": pa.array(bills.tax[which]),
            "total_minor": pa.array((bills.subtotal + bills.tax)[which]),
            "issued_at": moments(bills.issued[which]),
            "charge_id": picked(charge, np.where(state == 1, which, -1)),
            "visible_at": moments(at),
        }
    )
    return _in_time(table, "invoice_id")


def _reductions(
    rng: np.random.Generator,
    effects: Effects,
    payers: Payers,
    bills: Bills,
    churned_at: Ints,
    ids: tuple[Column, Column, Column],
) -> tuple[pa.Table, pa.Table]:
    """Credit notes and refunds. A refund may be the money side of a credit note: one reduction, not two."""
    customer, invoice, charge = ids
    n = len(bills.payer)
    left = churned_at[payers.billed_as[bills.payer]]
    paid = (bills.fate == PAID) & (bills.settled < END - DAY)
    unserved = paid & (left > bills.settled) & (left < bills.period_end) & (payers.months[bills.payer] == 12)
    parted = unserved & (rng.random(n) < effects.churn.refunded_share)
    goodwill = paid & ~parted & (rng.random(n) < 0.02)
    which = np.flatnonzero(parted | goodwill)
    remaining = (bills.period_end - left)[which] / (bills.period_end - bills.issued)[which]
    fraction = np.where(parted[which], remaining, rng.uniform(0.1, 1.0, len(which)))
    at = np.where(
        parted[which], left[which] + 2 * HOUR, bills.settled[which] + rng.integers(DAY, 60 * DAY, len(which))
    )
    seen = at < END
    which, fraction, at = which[seen], fraction[seen], at[seen]
    # With money back only, with a credit note and money back, or with a credit note only; a few fail.
    kind = np.where(parted[which], 1, rng.choice(3, len(which), p=(0.5, 0.3, 0.2)))
    failed = chosen(rng, len(which), 0.06)
    # Whoever credits a void invoice gives nothing back: there was nothing to give back from.
    void = np.flatnonzero((bills.fate == VOID) & (bills.settled < END - 3 * DAY))
    which, fraction = np.concatenate([which, void]), np.concatenate([fraction, np.full(len(void), 0.4)])
    at = np.concatenate([at, bills.settled[void] + 2 * DAY])
    kind = np.concatenate([kind, np.full(len(void), 2)])
    failed = np.concatenate([failed, np.zeros(len(void), dtype=bool)])
    subtotal = np.rint(bills.subtotal[which] * fraction).astype(np.int64)
    amount = subtotal + np.rint(bills.tax[which] * fraction).astype(np.int64)
    paid_back, noted = np.flatnonzero(kind <= 1), np.flatnonzero(kind >= 1)
    refund_of = np.full(len(which), -1, dtype=np.int64)
    refund_of[paid_back] = np.arange(len(paid_back))
    refund = token_ids("re_3", len(paid_back))
    payer = bills.payer[which]
    refunds = pa.table(
        {
            "refund_id": refund,
            "charge_id": picked(charge, which[paid_back]),
            "customer_id": picked(customer, payer[paid_back]),
            "invoice_id": picked(invoice, which[paid_back]),
            "status": picked(["succeeded", "failed"], (failed & (kind == 0))[paid_back].astype(np.int64)),
            "currency": picked(CURRENCIES, payers.currency[payer][paid_back]),
            "amount_minor": pa.array(amount[paid_back]),
            "created_at": moments(at[paid_back]),
            "visible_at": moments(at[paid_back]),
        }
    )
    credit_notes = pa.table(
        {
            "credit_note_id": token_ids("cn_1", len(noted)),
            "invoice_id": picked(invoice, which[noted]),
            "customer_id": picked(customer, payer[noted]),
            "status": picked(["issued", "void"], (failed & (kind == 2))[noted].astype(np.int64)),
            "currency": picked(CURRENCIES, payers.currency[payer][noted]),
            "subtotal_minor": pa.array(subtotal[noted]),
            "total_minor": pa.array(amount[noted]),
            "refund_id": picked(refund, refund_of[noted]),
            "created_at": moments(at[noted]),
            "visible_at": moments(at[noted]),
        }
    )
    refunds = pa.concat_tables([refunds, _refunds_of_other_sales(payers, customer)])
    return _in_time(credit_notes, "credit_note_id"), _in_time(refunds, "refund_id")


def _refunds_of_other_sales(payers: Payers, customer: Column) -> pa.Table:
    """Charges without an invoice that were paid back: every thirty-seventh payer bought something else."""
    payer = np.arange(4, len(payers.account), 37, dtype=np.int64)
    at = np.maximum(payers.started[payer], START) + (100 + payer % 500) * DAY
    payer, at = payer[at < END], at[at < END]
    return pa.table(
        {
            "refund_id": token_ids("re_9", len(payer)),
            "charge_id": token_ids("ch_9", len(payer)),
            "customer_id": picked(customer, payer),
            "invoice_id": pa.nulls(len(payer), pa.string()),
            "status": constant("succeeded", len(payer), pa.string()),
            "currency": picked(CURRENCIES, payers.currency[payer]),
            "amount_minor": constant(750_000, len(payer), pa.int64()),
            "created_at": moments(at),
            "visible_at": moments(at),
        }
    )


def _in_time(table: pa.Table, key: str) -> pa.Table:
    """In the order in which the vendor shows it, ties by id."""
    return table.sort_by([("visible_at", "ascending"), (key, "ascending")])
