"""Revenue documents from Chargebee's own JSON: invoices line by line, and credit notes.

Belongs here: what a record of Chargebee's says about revenue. Does not belong here: sharing out
(`recount.shares`), rates (`recount.documents`).
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
    """What an invoice says; amounts in minor units, when it was issued in microseconds."""

    customer: str | None
    subscription: str | None
    status: str
    currency: str
    total: int
    issued: int
    tax: int | None
    price_type: str | None
    lines: Sequence[Mapping[str, Any]] | None
    is_deleted: bool | None


class _Note(NamedTuple):
    """What a credit note says."""

    invoice: str | None
    customer: str | None
    status: str
    reason: str | None
    currency: str
    created: int
    total: int
    taxes: Sequence[Mapping[str, int]] | None
    is_deleted: bool | None

    @property
    def counts(self) -> bool:
        """Whether it takes revenue back. What is written off was earned."""
        is_issued = self.status.lower() in ("adjusted", "refund_due", "refunded")
        return is_issued and (self.reason or "").lower() != "write_off" and not self.is_deleted


_INVOICE = (
    *("customer_id", "subscription_id", "status", "currency", "total_minor", "issued_at", "tax"),
    *("price_type", "lines", "is_deleted"),
)
_NOTE = (
    *("invoice_id", "customer_id", "status", "reason", "currency", "created_at", "total_minor", "taxes"),
    "is_deleted",
)


def documents(records: RawRecords, rates: Rates, wanted: Collection[str] | None) -> Iterator[Stated]:
    """Invoices evenly over their service periods, net of tax; credit notes when they were made."""
    # A deleted customer's last version may name no account: an older one does.
    accounts = records.current(
        Table("chargebee", "customers", ("account_id",), lambda _, row: customer(row[4]), str)
    )
    of_wanted = [] if wanted is None else [key for key, account in accounts.items() if account in wanted]
    notes = records.current(Table("chargebee", "credit_notes", _NOTE, lambda _, row: _Note(*row[4:]), str))
    invoices = records.current(
        Table("chargebee", "invoices", _INVOICE, lambda _, row: _Invoice(*row[4:]), str),
        among=None if wanted is None else Among("customer_id", map(str.lower, of_wanted), as_identity),
    )
    subscriptions = records.current(
        Table("chargebee", "subscriptions", ("status", "cancelled_at"), lambda _, row: row[4:], str)
    )
    ends = {key: at for key, (status, at) in subscriptions.items() if word(status) in ENDED}
    units = {currency: 10**digits for currency, digits in rates.minor_units.items()}

    def stated(
        document: str, payer: str | None, currency: str, minor: float, at: int, start: int, end: int
    ) -> Stated:
        code = trimmed(currency).upper()
        amount = minor / units.get(code, 1)
        return Stated(document, accounts.get(payer or ""), code, amount, at, start, end)

    billed = {
        key: invoice
        for key, invoice in invoices.items()
        if not invoice.is_deleted and is_billed_invoice(invoice.status, key)
    }
    for key, invoice in billed.items():
        net = invoice.total - (invoice.tax or 0)
        sent = invoice.lines or []
        shared = shared_out(net, invoice.issued // _SECOND, [_line(each, invoice) for each in sent])
        subscriptions_of = [each.get("subscription_id") or invoice.subscription for each in sent]
        for line, subscription in zip(shared, subscriptions_of or [invoice.subscription], strict=True):
            period = (invoice.issued, line.start * _SECOND, line.end * _SECOND)
            found = stated(f"invoice {key}", invoice.customer, invoice.currency, line.net, *period)
            yield found._replace(recurs_until=ends.get(subscription or ""))
    for key, note in notes.items():
        of = billed.get(note.invoice or "")
        if note.counts and of is not None:  # what was never billed cannot be given back
            net = note.total - sum(tax["amount"] for tax in note.taxes or ())
            payer, at = note.customer or of.customer, note.created
            yield stated(f"credit note {key}", payer, note.currency, -net, at, at, at)


def _line(sent: Mapping[str, Any], invoice: _Invoice) -> Line:
    """A line's own amount without tax, and its period, in seconds."""
    off = [sent.get("discount_amount")]
    off += [sent.get("tax_amount")] if invoice.price_type == "tax_inclusive" else []
    return Line(sent["amount"] - sum(filter(None, off)), sent.get("date_from"), sent.get("date_to"))
