"""Stripe, declared to the second hand from its API reference."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from expectations.declaring import Kind, Vendor, fields

if TYPE_CHECKING:
    from expectations.recount.documents import Rates, Stated
    from expectations.recount.versions import RawRecords

_NET: Final = "net=total_excluding_tax|subtotal_excluding_tax|subtotal"  # after discounts and before tax


def _documents(records: RawRecords, rates: Rates, wanted: Collection[str] | None) -> Iterator[Stated]:
    from expectations.vendors.stripe import documents

    return documents.documents(records, rates, wanted)


VENDOR: Final = Vendor(
    tables={
        "customers": fields(
            "customer_id=id email=email name=name account_id=metadata.account_id created_at=created",
            Kind.SECONDS,
        ),
        "subscriptions": fields(
            "subscription_id=id customer_id=customer.id|customer status=status "
            "plan=items.data.0.price.nickname|items.data.0.price.lookup_key currency=currency "
            "started_at=start_date cancelled_at=ended_at|canceled_at",
            Kind.SECONDS,
        ),
        "invoices": fields(
            "invoice_id=id customer_id=customer.id|customer "
            "subscription_id=subscription.id|subscription|parent.subscription_details.subscription "
            "status=status currency=currency total_minor=total "
            "issued_at=status_transitions.finalized_at|created",
            Kind.SECONDS,
        ),
        "credit_notes": fields(
            "credit_note_id=id invoice_id=invoice.id|invoice customer_id=customer.id|customer status=status "
            "currency=currency created_at=created",
            Kind.SECONDS,
        ),
        "refunds": fields(
            "refund_id=id charge_id=charge.id|charge customer_id=charge.customer invoice_id=charge.invoice "
            "status=status currency=currency amount_minor=amount created_at=created",
            Kind.SECONDS,
        ),
    },
    recounted={
        "invoices": fields(f"{_NET} lines=lines.data"),
        "credit_notes": fields(f"{_NET} refund=refund.id|refund refunds=refunds"),
        "refunds": fields(
            "invoice_id=charge.invoice.id|charge.invoice customer_id=charge.customer.id|charge.customer"
        ),
    },
    documents=_documents,
)
