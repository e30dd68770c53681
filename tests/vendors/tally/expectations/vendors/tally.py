"""Tally, declared to the second hand from its API's documentation."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from expectations.declaring import Vendor, fields

if TYPE_CHECKING:
    from expectations.recount.documents import Rates, Stated
    from expectations.recount.versions import RawRecords

_STATED: Final = ("account_id", "status", "currency", "net", "issued_at", "period_start_at", "period_end_at")


def _documents(records: RawRecords, _: Rates, wanted: Collection[str] | None) -> Iterator[Stated]:
    """Invoices evenly over their service period, of the accounts wanted."""
    from expectations.recount.billing_words import is_billed_invoice
    from expectations.recount.documents import Stated
    from expectations.recount.ids import customer
    from expectations.recount.versions import Table

    invoices = records.current(Table("tally", "invoices", _STATED, lambda _, row: row[4:], str))
    for key, (account, status, currency, net, issued, start, end) in invoices.items():
        payer = customer(account)
        if is_billed_invoice(status, key) and (wanted is None or payer in wanted):
            yield Stated(f"invoice {key}", payer, currency, float(net), issued, start, end)


VENDOR: Final = Vendor(
    tables={
        "invoices": fields(
            "invoice_id=number account_id=client status=state currency=currency issued_at=issued_at "
            "period_start_at=period.from period_end_at=period.to version_at=updated_at"
        )
    },
    recounted={"invoices": fields("net=net")},
    documents=_documents,
)
