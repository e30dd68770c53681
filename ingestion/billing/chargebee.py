"""Chargebee: customers, subscriptions, invoices with their lines, and credit notes.

Endpoints: `GET /api/v2/{customers,subscriptions,invoices,credit_notes}`, the newest record first, paged by
`offset` while a page has a `next_offset`. In this order no record changes its place while pages are read.
Each entry of a page is kept as it comes, `{"invoice": {…}}`.

Cursor: `updated_at[after]`, from the latest change that Chargebee knew of when the load began, less an
overlap: a record may change after its page was read. That change is asked of the subscriptions, which each
renewal changes; every list can be filtered by `updated_at`, but not every one sorted by it. A record without
`updated_at` has not changed since 2016, and comes with the first load.

Deletes: `include_deleted` lists a deleted record once more, with `deleted`.

Limits: 100 records a page; 150, 1,000 or 3,500 requests a minute by plan (429 with `Retry-After`).

Disposition: insert-only. Amounts stay in the currency's minor unit. Refunds are not read: Chargebee writes a
credit note for each refund of an invoice, and any other refund was never revenue.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any, Final

import dlt
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.ahead import PAGES, ahead
from ingestion.arrow import dig
from ingestion.billing.chargebee_tables import TABLES
from ingestion.errors import ConfigurationError
from ingestion.http import VendorClient
from ingestion.landing import Landing, raw_resource, read_through
from ingestion.pages import Page
from ingestion.paging import Following, pages
from ingestion.windows import Window

NAME: Final = "chargebee"
_SITE: Final = re.compile(r"[A-Za-z0-9-]+")
#: By which moment each table is divided for a backfill.
_MADE: Final = {
    "customers": "created_at",
    "subscriptions": "created_at",
    "invoices": "date",
    "credit_notes": "date",
}


class _Chargebee:
    """The API of one site."""

    def __init__(self) -> None:
        site = warehouse.required_setting(NAME, "site")
        if _SITE.fullmatch(site) is None:
            raise ConfigurationError(
                f'sources.chargebee.site is "{site}"; give the name alone, "acme" of acme.chargebee.com'
            )
        key = base64.b64encode(f"{warehouse.required_setting(NAME, 'api_key')}:".encode()).decode()
        headers = {"Authorization": f"Basic {key}"}
        base_url = warehouse.setting(NAME, "base_url", f"https://{site}.chargebee.com")
        self.client = VendorClient(NAME, base_url, lambda: headers)
        self.overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 60)))
        self._limit = int(warehouse.setting(NAME, "page_size", 100))

    @cached_property
    def latest(self) -> datetime | None:
        """The latest change, when it is first asked for."""
        filters = {"limit": 1, "sort_by[desc]": "updated_at"}
        newest = next(self.pages("subscriptions", filters)).records[:1]
        changed = dig(newest[0], "subscription", "updated_at") if newest else None
        return datetime.fromtimestamp(changed, UTC) if type(changed) is int else None

    def pages(self, table: str, filters: Mapping[str, Any]) -> Iterator[Page]:
        """The pages of a list."""
        path = f"/api/v2/{table}"
        query = {"limit": self._limit, "include_deleted": "true", **filters}

        def following(page: Page) -> Following | None:
            offset = page.envelope.get("next_offset")
            if offset is None:
                return None
            if type(offset) is not str or not offset:
                raise self.client.error(path, f"sent {offset!r} as `next_offset`, which leads to no page")
            return Following(offset, path, {**query, "offset": offset})

        return pages(self.client, path, query, "list", following, "check `site`")


@dlt.source(name=NAME)
def chargebee_source() -> DltSource:
    """All Chargebee tables. Settings: `site`, `api_key`; optional `base_url`, `overlap_minutes` (60),
    `page_size` (100)."""
    api = _Chargebee()
    resources: list[DltResource] = [
        raw_resource(TABLES[table], partial(_changes, api, table)) for table in TABLES
    ]
    return resources  # type: ignore[return-value]


@dlt.source(name=NAME)
def chargebee_within(window: Window) -> DltSource:
    """The records that were made in a window."""
    api = _Chargebee()
    span = f"[{int(window.start.timestamp())},{int(window.last_second.timestamp())}]"
    resources: list[DltResource] = [
        raw_resource(TABLES[table], partial(_list, api, table, {f"{made}[between]": span}), window=window)
        for table, made in _MADE.items()
    ]
    return resources  # type: ignore[return-value]


def _changes(api: _Chargebee, table: str, landing: Landing) -> Iterator[Any]:
    """What has changed since the cursor; all where there is none."""
    state: dict[str, str] = dlt.current.resource_state()
    before = state.get("updated_through")
    reached = read_through(api.latest, before)
    since = datetime.fromisoformat(before) - api.overlap if before else None
    filters = {} if since is None else {"updated_at[after]": int(since.timestamp())}
    yield from _list(api, table, filters, landing)
    if reached is not None:
        state["updated_through"] = reached


def _list(api: _Chargebee, table: str, filters: Mapping[str, Any], landing: Landing) -> Iterator[Any]:
    with closing(ahead(api.pages(table, filters), PAGES)) as found:
        for page in found:
            yield from landing.land_page(page, f"/api/v2/{table}")
