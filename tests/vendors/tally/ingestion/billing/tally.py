"""Tally: invoices over the API v1.

Endpoint: `GET /v1/invoices`, then `next` until there is none. Cursor: `updated_since`. Deletes: an invoice is
never deleted, it becomes `void`.
Disposition: insert-only, because the vendor shows the last version only.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltSource

from ingestion import warehouse
from ingestion.http import VendorClient
from ingestion.landing import Landing, raw_resource, read_through
from ingestion.paging import Following, pages
from ingestion.tables import Column, Kind, TableSpec

NAME: Final = "tally"
INVOICES: Final = TableSpec(
    "invoices",
    ("invoice_id",),
    (
        Column("invoice_id", source="number", required=True),
        Column("account_id", source="client"),
        Column("status", source="state", required=True),
        Column("currency", source="currency", required=True),
        Column("net_amount", Kind.AMOUNT, "net", required=True),  # a decimal written as text
        Column("issued_at", Kind.TIMESTAMP, "issued_at", required=True),
        Column("period_start_at", Kind.TIMESTAMP, "period.from", required=True),
        Column("period_end_at", Kind.TIMESTAMP, "period.to", required=True),
    ),
    Column("version_at", Kind.TIMESTAMP, "updated_at", required=True),
)


@dlt.source(name=NAME)
def tally_source() -> DltSource:
    """Invoices. Settings: `base_url`, `api_key`."""
    headers = {"Authorization": f"Bearer {warehouse.required_setting(NAME, 'api_key')}"}
    client = VendorClient(NAME, warehouse.required_setting(NAME, "base_url"), lambda: headers)
    return [raw_resource(INVOICES, partial(_read, client))]  # type: ignore[return-value]


def _read(client: VendorClient, landing: Landing) -> Iterator[Any]:
    state: dict[str, str] = dlt.current.resource_state()
    path, seen = f"/v1/{landing.spec.name}", state.get("seen_through")
    asked = {"updated_since": seen} if seen else None
    for page in pages(client, path, asked, "data", lambda page: Following.at(page.envelope.get("next"))):
        yield from landing.land_page(page, path)
    if (through := read_through(landing.latest, seen)) is not None:
        state["seen_through"] = through
