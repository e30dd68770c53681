"""Chargebee, declared to the second hand from its API reference."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from expectations.declaring import Kind, Vendor, fields

if TYPE_CHECKING:
    from expectations.recount.documents import Rates, Stated
    from expectations.recount.versions import RawRecords


def _documents(records: RawRecords, rates: Rates, wanted: Collection[str] | None) -> Iterator[Stated]:
    from expectations.vendors.chargebee import documents

    return documents.documents(records, rates, wanted)


VENDOR: Final = Vendor(
    tables={
        "customers": fields(
            "customer_id=customer.id email=customer.email name=customer.company "
            "account_id=customer.cf_account_id|customer.meta_data.account_id created_at=customer.created_at",
            Kind.SECONDS,
        ),
        "subscriptions": fields(
            "subscription_id=subscription.id customer_id=subscription.customer_id status=subscription.status "
            "plan=subscription.plan_id|subscription.subscription_items.0.item_price_id "
            "currency=subscription.currency_code started_at=subscription.started_at "
            "cancelled_at=subscription.cancelled_at",
            Kind.SECONDS,
        ),
        "invoices": fields(
            "invoice_id=invoice.id customer_id=invoice.customer_id subscription_id=invoice.subscription_id "
            "status=invoice.status currency=invoice.currency_code total_minor=invoice.total "
            "issued_at=invoice.date",
            Kind.SECONDS,
        ),
        "credit_notes": fields(
            "credit_note_id=credit_note.id invoice_id=credit_note.reference_invoice_id "
            "customer_id=credit_note.customer_id status=credit_note.status reason=credit_note.reason_code "
            "currency=credit_note.currency_code total_minor=credit_note.total created_at=credit_note.date",
            Kind.SECONDS,
        ),
    },
    recounted={
        "invoices": fields(
            "tax=invoice.tax price_type=invoice.price_type lines=invoice.line_items "
            "is_deleted=invoice.deleted"
        ),
        "credit_notes": fields("taxes=credit_note.taxes is_deleted=credit_note.deleted"),
    },
    documents=_documents,
)
