"""Revenue documents from Stripe's own JSON: invoices line by line, credit notes, refunds.

Belongs here: what an object of Stripe's says about revenue. Does not belong here: files
(`recount.billing`), sharing out (`recount.shares`), rates (`recount.documents`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from expectations.recount.billing_words import ENDED, is_billed_invoice, word
from expectations.recount.documents import Rates, Stated
from expectations.recount.ids import as_identity, customer, trimmed
from expectations.recount.shares import Line, shared_out
from expectations.recount.versions import Among, RawRecords, Table

_SECOND = 1_000_000


class _Invoice(NamedTuple):
    """What an invoice of Stripe's says; amounts in minor units, when it was issued in microseconds."""

    customer: str | None
    currency: str
    status: str
    net: float | None
    total: float | None
    issued: int
    subscription: str | None
    lines: Sequence[Mapping[str, Any]] | None


class _Note(NamedTuple):
    """What a credit note says."""

    invoice: str | None
    customer: str | None
    currency: str
    status: str
    net: float | None
    created: int
    refund: str | None
    refunds: Sequence[Mapping[str, Any]] | None


class _Refund(NamedTuple):
    """What a refund says, and the invoice and customer of its charge."""

    invoice: str | None
    customer: str | None
    currency: str
    status: str
    amount: float
    created: int


_INVOICE = (
    "customer_id",
    "currency",
    "status",
    "net",
    "total_minor",
    "issued_at",
    "subscription_id",
    "lines",
)
_NOTE = ("invoice_id", "customer_id", "currency", "status", "net", "created_at", "refund", "refunds")
_REFUND = ("invoice_id", "customer_id", "currency", "status", "amount_minor", "created_at")


def documents(records: RawRecords, rates: Rates, wanted: Collection[str] | None) -> Iterator[Stated]:
    """Invoices evenly over their service period, net of tax; credit notes and refunds when they were made."""
    # The id of a deleted customer's last version names no account: an older version does.
    accounts = records.current(
        Table("stripe", "customers", ("account_id",), lambda _, row: customer(row[4]), str)
    )
    of_wanted = [] if wanted is None else [key for key, account in accounts.items() if account in wanted]
    notes = records.current(Table("stripe", "credit_notes", _NOTE, lambda _, row: _Note(*row[4:]), str))
    refunds = records.current(Table("stripe", "refunds", _REFUND, lambda _, row: _Refund(*row[4:]), str))
    invoices = records.current(
        Table("stripe", "invoices", _INVOICE, lambda _, row: _Invoice(*row[4:]), str),
        among=None if wanted is None else Among("customer_id", map(str.lower, of_wanted), as_identity),
    )
    ended = records.current(
        Table("stripe", "subscriptions", ("status", "cancelled_at"), lambda _, row: row[4:], str)
    )
    ends = {key: at for key, (status, at) in ended.items() if word(status) in ENDED}
    units = {currency: 10**digits for currency, digits in rates.minor_units.items()}

    def stated(
        document: str, payer: str | None, currency: str, minor: float, *moments: int, until: int | None = None
    ) -> Stated:
        at, start, end = moments * 3 if len(moments) == 1 else moments
        currency, account = trimmed(currency).upper(), accounts.get(payer or "")
        return Stated(document, account, currency, minor / units.get(currency, 1), at, start, end, until)

    billed = {key: invoice for key, invoice in invoices.items() if is_billed_invoice(invoice.status, key)}
    for key, invoice in billed.items():
        lines = [line_of(each) for each in invoice.lines or ()]
        for line in shared_out(invoice.net or 0.0, invoice.issued // _SECOND, lines):
            period = (invoice.issued, line.start * _SECOND, line.end * _SECOND)
            until = ends.get(invoice.subscription or "")
            yield stated(f"invoice {key}", invoice.customer, invoice.currency, line.net, *period, until=until)
    issued_notes = {key: note for key, note in notes.items() if note.status.lower() == "issued"}
    credited = {refund for note in issued_notes.values() for refund in _refunds_of(note)}
    # What was never billed cannot be given back.
    for key, note in issued_notes.items():
        if (of := billed.get(note.invoice or "")) is not None:
            payer = note.customer or of.customer
            yield stated(f"credit note {key}", payer, note.currency, -(note.net or 0.0), note.created)
    for key, refund in refunds.items():
        paid = billed.get(refund.invoice or "")
        if refund.status.lower() != "succeeded" or key in credited or paid is None:
            continue
        amount = -float(refund.amount)
        amount = amount * (paid.net or 0.0) / paid.total if paid.total and paid.total > 0 else amount
        payer = refund.customer or paid.customer
        yield stated(f"refund {key}", payer, refund.currency, amount, refund.created)


def line_of(sent: Mapping[str, Any]) -> Line:
    """A line after its own discounts."""
    period = sent.get("period") or {}
    discounts = sum(each["amount"] for each in sent.get("discount_amounts") or ())
    return Line(sent["amount"] - discounts, period.get("start"), period.get("end"))


def _refunds_of(note: _Note) -> list[str | None]:
    """The refunds that pay a credit note back: one, or in later versions of the API a list."""
    if note.refund is not None:
        return [note.refund]
    return [_id(each["refund"]) for each in note.refunds or () if each.get("refund") is not None]


def _id(reference: object) -> str | None:
    """An id, or that of an expanded object."""
    return reference["id"] if isinstance(reference, dict) else reference  # type: ignore[return-value]
