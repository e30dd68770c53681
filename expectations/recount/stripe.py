"""Revenue documents from Stripe's own JSON: invoices line by line, credit notes, refunds.

Belongs here: what an object of Stripe's says about revenue. Does not belong here: files (`billing`), rates
(`documents`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import duckdb
import orjson

from expectations.recount.billing_words import is_billed_invoice
from expectations.recount.documents import Rates, Stated
from expectations.recount.ids import as_identity, customer, trimmed
from expectations.recount.versions import Among, Raw, current

_SECOND = 1_000_000


class _Line(NamedTuple):
    """A line of an invoice of Stripe's: its share of the net in minor units, and its period in seconds."""

    net: float
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
    lines: list[_Line]


def documents(
    connection: duckdb.DuckDBPyConnection, rates: Rates, wanted: Collection[str] | None
) -> Iterator[Stated]:
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

    def stated(document: str, customer: str | None, currency: str, minor: float, *moments: int) -> Stated:
        at, start, end = (moment * _SECOND for moment in moments)
        amount = minor / units.get(currency, 1)
        return Stated(document, accounts.get(customer or ""), currency, amount, at, start, end)

    billed = {key: invoice for key, invoice in invoices.items() if invoice.is_billed}
    for key, invoice in billed.items():
        for net, start, end in invoice.lines:
            yield stated(
                f"invoice {key}", invoice.customer, invoice.currency, net, invoice.issued, start, end
            )
    issued_notes = [note for note in notes.values() if note["status"].lower() == "issued"]
    credited = {refund for note in issued_notes for refund in _refunds_of(note)}
    # What was never billed cannot be given back.
    for note in issued_notes:
        if _id(note.get("invoice")) in billed:
            yield stated(
                f"credit note {note['id']}",
                _id(note.get("customer")),
                _currency(note),
                -_net(note),
                *[note["created"]] * 3,
            )
    for key, refund in refunds.items():
        if refund["status"].lower() != "succeeded" or key in credited:
            continue
        charge = refund.get("charge")
        charge = charge if isinstance(charge, dict) else {}
        paid = billed.get(_id(charge.get("invoice")) or "")
        if paid is None:
            continue
        amount = -float(refund["amount"])
        amount = amount * paid.net / paid.total if paid.total > 0 else amount
        customer = _id(charge.get("customer")) or paid.customer
        yield stated(f"refund {key}", customer, _currency(refund), amount, *[refund["created"]] * 3)


def _invoice(_: str, row: tuple[Any, ...]) -> _Invoice:
    sent = orjson.loads(row[4])
    issued = (sent.get("status_transitions") or {}).get("finalized_at") or sent["created"]
    is_billed = is_billed_invoice(sent["status"], sent["id"])
    customer, currency, net = _id(sent.get("customer")), _currency(sent), _net(sent)
    lines = shared_out(net, issued, (sent.get("lines") or {}).get("data") or [])
    return _Invoice(customer, currency, is_billed, net, sent.get("total") or 0, issued, lines)


def shared_out(net: float, issued: int, sent: Sequence[Mapping[str, Any]]) -> list[_Line]:
    """Each line over its own period, or when it was issued. What they say more or less than the net is shared
    out by their sizes; where none has any, the first has it all."""
    if not sent:
        return [_Line(net, issued, issued)]
    amounts = [
        line["amount"] - sum(each["amount"] for each in line.get("discount_amounts") or ()) for line in sent
    ]
    size, rest = sum(map(abs, amounts)), net - sum(amounts)
    found = []
    for number, (line, amount) in enumerate(zip(sent, amounts, strict=True)):
        period = line.get("period") or {}
        start, end = period.get("start"), period.get("end")
        if start is None or end is None or end <= start:
            start = end = issued
        share = amount + rest * abs(amount) / size if size else (net if number == 0 else 0.0)
        found.append(_Line(share, start, end))
    return found


def _refunds_of(note: Mapping[str, Any]) -> list[str | None]:
    """The refunds that pay a credit note back: one, or in later versions of the API a list."""
    if note.get("refund") is not None:
        return [_id(note["refund"])]
    return [_id(each["refund"]) for each in note.get("refunds") or () if each.get("refund") is not None]


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
