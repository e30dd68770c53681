"""Stripe's raw tables: where each value is in the objects of API version 2024-06-20, and in those of events.

An event's object is written in the account's own version, whatever is asked for; 2025-03-31.basil has moved
an invoice's subscription and a credit note's refunds.

Belongs here: fields, minor units, a price's monthly amount. Does not belong here: lists and events
(`stripe.py`).
"""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from ingestion.arrow import MISPLACED, dig, steps
from ingestion.tables import Column, Kind, Reader, Source, TableSpec

#: No invoice is as large, and so many of them can still be added.
_LARGEST: Final = 10**15
_EPOCH: Final = datetime(1970, 1, 1)
#: The member of an invoice of which there are lines that nobody can ask for.
UNSHOWN: Final = "linesUnshown"
_MONTHS: Final = {
    "day": Fraction(12, 365),
    "week": Fraction(84, 365),
    "month": Fraction(1),
    "year": Fraction(12),
}


class _FirstOnly:
    """Stands for lines of which only the first are known; fits no column."""

    def __repr__(self) -> str:
        return "the first lines only, and Stripe refuses the others"


_FIRST_ONLY: Final = _FirstOnly()


def _table(name: str, *columns: Column) -> TableSpec:
    # An object does not say when it changed; the event it came with does.
    return TableSpec(
        name,
        (columns[0].name,),
        columns,
        Column("version_at", Kind.EPOCH),
        versioned_by_payload=False,
        reads=("nickname", "lookup_key"),
    )


def _id(name: str) -> Column:
    return Column(name, source="id", required=True)


def _amount(name: str, source: Source, required: bool = True) -> Column:
    return Column(name, Kind.INTEGER, source, required)


def _moment(name: str, source: Source, required: bool = False) -> Column:
    return Column(name, Kind.EPOCH, source, required)


def _first(*paths: str) -> Reader:
    """The first of several fields that is there."""
    places = [steps(path) for path in paths]

    def read(record: Any) -> Any:
        for path in places:
            if (value := dig(record, *path)) is not None:
                return value
        return None

    return read


def _reference(*paths: str) -> Reader:
    """The id of a referenced object, expanded or not, at the first of several paths that is there."""
    first = _first(*paths)
    return lambda record: _own_id(first(record))


def _own_id(value: Any) -> Any:
    return dig(value, "id") if type(value) is dict else value


def _of_charge(field: str) -> Reader:
    """A field of the expanded charge; a charge that is not expanded tells nothing."""

    def read(record: Any) -> Any:
        charge = record.get("charge")
        return charge.get(field) if type(charge) is dict else None

    return read


def _tax(record: Any) -> Any:
    """`tax`, or the total less what is net of it."""
    if (tax := record.get("tax")) is not None:
        return tax
    net = record.get("total_excluding_tax")
    return record["total"] - net if net is not None else 0


def _lines(invoice: Any) -> Any:
    """An invoice's lines as text, one space between them: `amount/start/end` of each, in minor units after
    the line's own discounts, and ISO moments in UTC without the zone."""
    lines = dig(invoice, "lines", "data")
    if invoice.get(UNSHOWN):
        return _FIRST_ONLY
    if lines is None:
        return None
    written = []
    for line in lines:
        period = line.get("period") or {}
        moments = [period.get("start"), period.get("end")]
        amounts = [line["amount"], *(each["amount"] for each in line.get("discount_amounts") or ())]
        if {*map(type, amounts), *map(type, moments)} - {int, type(None)} or None in amounts:
            return MISPLACED
        if max(map(abs, amounts)) > _LARGEST:
            return MISPLACED
        shown = [
            "" if moment is None else (_EPOCH + timedelta(seconds=moment)).isoformat() for moment in moments
        ]
        written.append("/".join([str(amounts[0] - sum(amounts[1:])), *shown]))
    return " ".join(written) or None


def _refunds_of(note: Any) -> Any:
    """The ids of a credit note's refunds, one space between them."""
    refund, refunds = note.get("refund"), note.get("refunds")
    ids = [_own_id(refund)] if refund is not None else [_own_id(each["refund"]) for each in refunds or ()]
    found = [each for each in ids if each is not None]
    return MISPLACED if set(map(type, found)) - {str} else " ".join(found) or None


def monthly_amount(subscription: Any) -> Any:
    """What a subscription's items cost a month, in minor units, rounded half to even.

    An item without a unit amount (tiered or metered) counts as nothing, because its price is not known
    before use.
    """
    items = dig(subscription, "items", "data")
    if items is None:
        return None
    total = Fraction(0)
    for item in items:
        price = item["price"]
        recurring = price.get("recurring")
        if recurring is None or price.get("unit_amount") is None:
            continue
        months = _MONTHS[recurring["interval"]] * recurring.get("interval_count", 1)
        amount = price["unit_amount"] * item.get("quantity", 1)
        if type(amount) is not int:
            return MISPLACED
        total += amount / months
    return round(total)


TABLES: Final[dict[str, TableSpec]] = {
    "customers": _table(
        "customers",
        _id("customer_id"),
        Column("email", source="email"),
        Column("name", source="name"),
        Column("account_id", source="metadata.account_id"),
        _moment("created_at", "created", required=True),
        Column("is_deleted", Kind.BOOLEAN, lambda customer: customer.get("deleted", False), required=True),
    ),
    "subscriptions": _table(
        "subscriptions",
        _id("subscription_id"),
        Column("customer_id", source=_reference("customer"), required=True),
        Column("status", source="status", required=True),
        Column("plan", source=_first("items.data.0.price.nickname", "items.data.0.price.lookup_key")),
        _amount("mrr_minor", monthly_amount, required=False),
        Column("currency", source="currency", required=True),
        _moment("started_at", "start_date"),
        _moment("cancelled_at", _first("ended_at", "canceled_at")),
    ),
    "invoices": _table(
        "invoices",
        _id("invoice_id"),
        Column("customer_id", source=_reference("customer")),
        Column(
            "subscription_id",
            source=_reference("subscription", "parent.subscription_details.subscription"),
        ),
        Column("status", source="status", required=True),
        Column("currency", source="currency", required=True),
        # After discounts and before tax: what is earned.
        _amount("subtotal_minor", _first("total_excluding_tax", "subtotal_excluding_tax", "subtotal")),
        _amount("tax_minor", _tax),
        _amount("total_minor", "total"),
        _moment("issued_at", _first("status_transitions.finalized_at", "created"), required=True),
        # Each has a service period of its own.
        Column("lines", source=_lines),
    ),
    "credit_notes": _table(
        "credit_notes",
        _id("credit_note_id"),
        Column("invoice_id", source=_reference("invoice"), required=True),
        Column("customer_id", source=_reference("customer")),
        Column("status", source="status", required=True),
        Column("currency", source="currency", required=True),
        _amount("subtotal_minor", _first("total_excluding_tax", "subtotal_excluding_tax", "subtotal")),
        Column("refund_ids", source=_refunds_of),
        _moment("created_at", "created", required=True),
    ),
    "refunds": _table(
        "refunds",
        _id("refund_id"),
        Column("charge_id", source=_reference("charge")),
        Column("customer_id", source=_of_charge("customer")),
        Column("invoice_id", source=_of_charge("invoice")),
        Column("status", source="status", required=True),
        Column("currency", source="currency", required=True),
        _amount("amount_minor", "amount"),
        _moment("created_at", "created", required=True),
    ),
}
