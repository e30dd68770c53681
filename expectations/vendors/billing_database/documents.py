"""Revenue documents of a company's own billing database: invoices line by line, credit notes, refunds.

Belongs here: what its rows say about revenue. Does not belong here: how a text is read (the package).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import NamedTuple

from expectations.recount.billing_words import ENDED, is_billed_invoice, word
from expectations.recount.documents import Rates, Stated
from expectations.recount.ids import as_identity, customer, trimmed
from expectations.recount.shares import Line, shared_out
from expectations.recount.versions import Among, RawRecords, Table

_VENDOR = "billing_database"


class _Row(NamedTuple):
    """What invoices, lines, notes and refunds have in common; moments in microseconds."""

    is_deleted: bool | None
    deleted: int | None
    major: Decimal | None
    minor: Decimal | None
    currency: str | None = None
    status: str | None = None
    customer: str | None = None
    invoice: str | None = None
    at: int = 0
    start: int | None = None
    end: int | None = None
    with_tax: Decimal | None = None
    minor_with_tax: Decimal | None = None
    other: str | None = None

    @property
    def is_there(self) -> bool:
        """Whether it is not deleted."""
        return not self.is_deleted and self.deleted is None


_GONE = ("is_deleted", "deleted_at")
_INVOICE: tuple[str, ...] = (
    *_GONE,
    "net_amount",
    "net_minor_amount",
    "currency",
    "status",
    "customer_id",
    "invoice_id",
)
_INVOICE += ("issued_at", "period_start_at", "period_end_at", "total_amount", "total_minor_amount")
_INVOICE += ("subscription_id",)
_LINE: tuple[str, ...] = (
    *_GONE,
    "net_amount",
    "net_minor_amount",
    "none",
    "none",
    "none",
    "invoice_id",
    "none",
)
_LINE += ("period_start_at", "period_end_at")
_NOTE = (*_INVOICE[:8], "created_at")
_REFUND = (*_GONE, "refunded_amount", "refunded_minor_amount", *_NOTE[4:], *["none"] * 4, "credit_note_id")


def documents(records: RawRecords, rates: Rates, wanted: Collection[str] | None) -> Iterator[Stated]:
    """Invoices evenly over their service periods, net of tax; credit notes and refunds when made."""
    # The last version of a deleted customer may name no account: an older one does.
    accounts = records.current(
        Table(_VENDOR, "customers", ("account_id",), lambda _, row: customer(row[4]), str)
    )
    among = None
    if wanted is not None:
        of_wanted = [key for key, account in accounts.items() if account in wanted]
        among = Among("customer_id", map(str.lower, of_wanted), as_identity)

    def rows(table: str, columns: tuple[str, ...], only: Among | None = None) -> dict[str, _Row]:
        read = Table(_VENDOR, table, columns, lambda _, row: _Row(*row[4:]), str)
        return {key: row for key, row in records.current(read, among=only).items() if row.is_there}

    ended = records.current(
        Table(_VENDOR, "subscriptions", ("status", "cancelled_at"), lambda _, row: row[4:], str)
    )
    ends = {key: at for key, (status, at) in ended.items() if word(status) in ENDED}
    units = {currency: 10**digits for currency, digits in rates.minor_units.items()}

    def major(row: _Row, currency: str | None) -> float:
        if row.major is not None:
            return float(row.major)
        return float(row.minor or 0) / float(units.get(trimmed(currency or "").upper(), 1))

    def stated(
        name: str, row: _Row, payer: str | None, amount: float, *period: int, until: int | None = None
    ) -> Stated:
        start, end = period or (row.at, row.at)
        currency = trimmed(row.currency or "").upper()
        return Stated(name, accounts.get(payer or ""), currency, amount, row.at, start, end, until)

    billed = {
        key: row
        for key, row in rows("invoices", _INVOICE, among).items()
        if is_billed_invoice(row.status or "", key)
    }
    lines: dict[str | None, list[_Row]] = defaultdict(list)
    for _, line in sorted(rows("invoice_lines", _LINE).items()):
        lines[line.invoice].append(line)
    for key, row in billed.items():
        net, own = major(row, row.currency), lines.get(key, [])
        until = ends.get(row.other or "")
        sent = [Line(major(line, row.currency), line.start, line.end) for line in own]
        for part in shared_out(net, row.at, sent or [Line(net, row.start, row.end)]):
            yield stated(f"invoice {key}", row, row.customer, part.net, part.start, part.end, until=until)

    notes = {key: note for key, note in rows("credit_notes", _NOTE).items() if word(note.status) == "issued"}
    for key, note in notes.items():
        if (of := billed.get(note.invoice or "")) is not None:  # what was never billed cannot be given back
            amount = -major(note, note.currency)
            yield stated(f"credit note {key}", note, note.customer or of.customer, amount)
    for key, refund in rows("refunds", _REFUND).items():
        paid = billed.get(refund.invoice or "")
        if word(refund.status) != "succeeded" or refund.other in notes or paid is None:
            continue
        amount = -major(refund, refund.currency)
        total = major(paid._replace(major=paid.with_tax, minor=paid.minor_with_tax), paid.currency)
        if total > 0:
            amount = amount * major(paid, paid.currency) / total
        yield stated(f"refund {key}", refund, refund.customer or paid.customer, amount)
