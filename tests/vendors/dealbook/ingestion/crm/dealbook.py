"""Dealbook: accounts and their changes, contacts and offices over the API v1.

Endpoints: `GET /v1/<table>`, then `next` until there is none. Cursor: `updated_since`. Deletes: a deleted
account is a new version with `deleted`.
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

NAME: Final = "dealbook"
MODIFIED: Final = Column("version_at", Kind.TIMESTAMP, "updated_at", required=True)
TABLES: Final = (
    TableSpec(
        "accounts",
        ("account_id",),
        (
            Column("account_id", source="id", required=True),
            Column("merged_into_id", source="merged_into"),
            Column("name", source="name"),
            Column("plan", source="tier"),
            Column("lifecycle_stage", source="stage"),
            Column("branch_id", source="office"),
            Column("is_deleted", Kind.BOOLEAN, "deleted"),
            Column("created_at", Kind.TIMESTAMP, "created_at"),
        ),
        MODIFIED,
    ),
    TableSpec(
        "account_history",
        ("change_id",),
        (
            Column("change_id", source="id", required=True),
            Column("account_id", source="account", required=True),
            Column("field", source="field", required=True),
            Column("old_value", source="from"),
            Column("new_value", source="to"),
            Column("changed_at", Kind.TIMESTAMP, "at", required=True),
        ),
        MODIFIED,
    ),
    TableSpec(
        "contacts",
        ("contact_id",),
        (
            Column("contact_id", source="id", required=True),
            Column("account_id", source="account"),
            Column("email", source="email"),
            Column("created_at", Kind.TIMESTAMP, "created_at"),
        ),
        MODIFIED,
    ),
    TableSpec(
        "branches",
        ("branch_id",),
        (
            Column("branch_id", source="id", required=True),
            Column("name", source="name"),
            Column("region", source="region"),
        ),
        MODIFIED,
    ),
)


@dlt.source(name=NAME)
def dealbook_source() -> DltSource:
    """All tables. Settings: `base_url`, `api_key`."""
    headers = {"Authorization": f"Bearer {warehouse.required_setting(NAME, 'api_key')}"}
    client = VendorClient(NAME, warehouse.required_setting(NAME, "base_url"), lambda: headers)
    return [raw_resource(table, partial(_read, client)) for table in TABLES]  # type: ignore[return-value]


def _read(client: VendorClient, landing: Landing) -> Iterator[Any]:
    state: dict[str, str] = dlt.current.resource_state()
    path, seen = f"/v1/{landing.spec.name}", state.get("seen_through")
    asked = {"updated_since": seen} if seen else None
    for page in pages(client, path, asked, "data", lambda page: Following.at(page.envelope.get("next"))):
        yield from landing.land_page(page, path)
    if (through := read_through(landing.latest, seen)) is not None:
        state["seen_through"] = through
