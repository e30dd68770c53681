"""Chargebee's raw tables: where each value is in an entry of a list of API v2, with either product catalogue.

Belongs here: fields, net amounts, lines as text. Does not belong here: lists and cursors (`chargebee.py`).
"""

from datetime import datetime, timedelta
from typing import Any, Final

from ingestion.arrow import MISPLACED, dig
from ingestion.tables import Column, Kind, Reader, Source, TableSpec

#: No amount is as large, and so many of them can still be added.
_LARGEST: Final = 10**15
_EPOCH: Final = datetime(1970, 1, 1)
#: What divides lines and their parts, and how an id that holds it is written.
_ESCAPED: Final = {ord("%"): "%25", ord(" "): "%20", ord("/"): "%2F"}


def _table(name: str, of: str, *columns: Column) -> TableSpec:
    def is_deleted(entry: Any) -> Any:
        return False if (said := dig(entry, of, "deleted")) is None else said

    return TableSpec(
        name,
        (columns[0].name,),
        (*columns, Column("is_deleted", Kind.BOOLEAN, is_deleted, required=True)),
        Column("version_at", Kind.EPOCH, f"{of}.updated_at"),
    )


def _first(*paths: str) -> Reader:
    """The first of several fields that is there."""
    places = [[int(step) if step.isdecimal() else step for step in path.split(".")] for path in paths]

    def read(entry: Any) -> Any:
        return next((value for path in places if (value := dig(entry, *path)) is not None), None)

    return read


def _amount(name: str, source: Source) -> Column:
    return Column(name, Kind.INTEGER, source, required=True)


def _moment(name: str, source: Source, required: bool = False) -> Column:
    return Column(name, Kind.EPOCH, source, required)


def _net_of_invoice(entry: Any) -> Any:
    """The total is after discounts and with tax, whether prices contain it or not."""
    return _less(dig(entry, "invoice", "total"), dig(entry, "invoice", "tax"))


def _net_of_note(entry: Any) -> Any:
    taxes = dig(entry, "credit_note", "taxes")
    amounts = [] if taxes is None else [tax["amount"] for tax in taxes]
    return _less(dig(entry, "credit_note", "total"), *amounts)


def _less(amount: Any, *others: Any) -> Any:
    """An amount less others, of which those that are not there are nothing."""
    if amount is None:
        return None
    parts = [amount, *(each for each in others if each is not None)]
    if set(map(type, parts)) - {int} or max(map(abs, parts)) > _LARGEST:
        return MISPLACED
    return amount - sum(parts[1:])


def _lines(entry: Any) -> Any:
    """An invoice's lines as text, one space between them: `amount/start/end/subscription` of each, in minor
    units after the line's discounts and without tax, ISO moments in UTC without the zone."""
    invoice = entry["invoice"]
    lines = invoice.get("line_items")
    if lines is None:
        return None
    written = []
    for line in lines:
        tax = line.get("tax_amount") if invoice.get("price_type") == "tax_inclusive" else None
        amount = _less(line["amount"], line.get("discount_amount"), tax)
        moments = [line.get("date_from"), line.get("date_to")]
        if type(amount) is not int or {*map(type, moments)} - {int, type(None)}:
            return MISPLACED
        shown = [
            "" if moment is None else (_EPOCH + timedelta(seconds=moment)).isoformat() for moment in moments
        ]
        subscription = (line.get("subscription_id") or "").translate(_ESCAPED)
        written.append("/".join([str(amount), *shown, subscription]))
    return " ".join(written) or None


TABLES: Final[dict[str, TableSpec]] = {
    "customers": _table(
        "customers",
        "customer",
        Column("customer_id", source="customer.id", required=True),
        Column("email", source="customer.email"),
        Column("name", source="customer.company"),
        Column("account_id", source=_first("customer.cf_account_id", "customer.meta_data.account_id")),
        _moment("created_at", "customer.created_at"),
    ),
    "subscriptions": _table(
        "subscriptions",
        "subscription",
        Column("subscription_id", source="subscription.id", required=True),
        Column("customer_id", source="subscription.customer_id", required=True),
        Column("status", source="subscription.status", required=True),
        Column(
            "plan", source=_first("subscription.plan_id", "subscription.subscription_items.0.item_price_id")
        ),
        Column("currency", source="subscription.currency_code"),
        _moment("started_at", "subscription.started_at"),
        _moment("cancelled_at", "subscription.cancelled_at"),
    ),
    "invoices": _table(
        "invoices",
        "invoice",
        Column("invoice_id", source="invoice.id", required=True),
        Column("customer_id", source="invoice.customer_id", required=True),
        Column("subscription_id", source="invoice.subscription_id"),
        Column("status", source="invoice.status", required=True),
        Column("currency", source="invoice.currency_code", required=True),
        _amount("net_minor", _net_of_invoice),
        _amount("total_minor", "invoice.total"),
        _moment("issued_at", "invoice.date", required=True),
        # Each has a service period of its own, and on a consolidated invoice a subscription.
        Column("lines", source=_lines),
    ),
    "credit_notes": _table(
        "credit_notes",
        "credit_note",
        Column("credit_note_id", source="credit_note.id", required=True),
        Column("invoice_id", source="credit_note.reference_invoice_id"),
        Column("customer_id", source="credit_note.customer_id", required=True),
        Column("status", source="credit_note.status", required=True),
        Column("reason", source="credit_note.reason_code"),
        Column("currency", source="credit_note.currency_code", required=True),
        _amount("net_minor", _net_of_note),
        _amount("total_minor", "credit_note.total"),
        _moment("created_at", "credit_note.date", required=True),
    ),
}
