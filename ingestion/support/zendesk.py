"""Zendesk: tickets with their metrics, the changes of their status, requesters and organisations.

Endpoints: the incremental exports `GET /api/v2/incremental/tickets/cursor` (with `include=metric_sets`) and
`…/users/cursor`, by cursor; `…/ticket_events` and `…/organizations`, by time. `end_of_stream` says that
nothing more has changed.

Cursor: Zendesk's own `after_cursor`, or its `end_time`, which includes what was read last. Both are Zendesk's
clock: an export leaves out the last minute, and no moment of ours is sent but the first, 1970.

Deletes: a deleted ticket is exported once more, with the status `deleted`. Users and organisations that are
deleted stay in raw.

Limits: ten incremental exports in a minute; 429 says in `Retry-After` how long to wait.

Disposition: insert-only. Satisfaction ratings come with the tickets and stay in the payload: a rating of a
case is no NPS answer.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

import dlt
import orjson
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.arrow import dig
from ingestion.http import VendorClient
from ingestion.landing import Landing, raw_resource
from ingestion.pages import Page
from ingestion.paging import Following, pages
from ingestion.support.zendesk_tables import ORGANIZATIONS, REQUESTERS, TICKET_EVENTS, TICKETS
from ingestion.tables import TableSpec

NAME: Final = "zendesk"
_LARGEST_PAGE: Final = 1_000
#: Where the first export begins; every later one begins where the last one ended.
_BEGINNING: Final = {"start_time": 0}


class _Zendesk:
    """The API of one account."""

    def __init__(self) -> None:
        headers = {"Authorization": f"Bearer {warehouse.required_setting(NAME, 'access_token')}"}
        self.client = VendorClient(NAME, warehouse.required_setting(NAME, "base_url"), lambda: headers)
        self._page_size = int(warehouse.setting(NAME, "page_size", _LARGEST_PAGE))

    def by_cursor(self, path: str, records: str, state: dict[str, Any], **params: Any) -> Iterator[Page]:
        """The pages since the cursor that the state has, which moves on with each."""

        def following(page: Page) -> Following | None:
            after = page.envelope.get("after_cursor")
            state["after_cursor"] = after or state.get("after_cursor")
            if self._is_last(path, page):
                return None
            if type(after) is not str or not after:
                raise self.client.error(
                    path, "says that there is more, but not where: `after_cursor` is empty"
                )
            return Following(after, path, {**asked, "cursor": after})

        asked = {"per_page": self._page_size, **params}
        since = {"cursor": state["after_cursor"]} if state.get("after_cursor") else _BEGINNING
        yield from pages(self.client, path, {**asked, **since}, records, following)

    def by_time(self, path: str, records: str, state: dict[str, Any]) -> Iterator[Page]:
        """The pages since the moment that the state has, which moves on with each."""

        def following(page: Page) -> Following | None:
            end = page.envelope.get("end_time")
            state["end_time"] = end or state.get("end_time")
            if self._is_last(path, page):
                return None
            if type(end) is not int:
                raise self.client.error(
                    path, "says that there is more, but not since when: `end_time` is empty"
                )
            return Following(str(end), path, {**asked, "start_time": end})

        asked = {"per_page": self._page_size}
        since = {"start_time": state["end_time"]} if state.get("end_time") else _BEGINNING
        yield from pages(self.client, path, {**asked, **since}, records, following)

    def _is_last(self, path: str, page: Page) -> bool:
        is_last = page.envelope.get("end_of_stream")
        if type(is_last) is not bool:
            raise self.client.error(path, "sent a page without `end_of_stream`", "check `base_url`")
        return is_last


@dlt.source(name=NAME)
def zendesk_source() -> DltSource:
    """All Zendesk tables. Settings: `base_url` (https://<subdomain>.zendesk.com) and `access_token` (OAuth,
    with the scope `read`); optional `page_size` (1000)."""
    api = _Zendesk()
    resources: list[DltResource] = [
        raw_resource(TICKETS, partial(_tickets, api)),
        raw_resource(REQUESTERS, partial(_requesters, api)),
        raw_resource(ORGANIZATIONS, partial(_by_time, api, ORGANIZATIONS)),
        raw_resource(TICKET_EVENTS, partial(_by_time, api, TICKET_EVENTS)),
    ]
    return resources  # type: ignore[return-value]


def _tickets(api: _Zendesk, landing: Landing) -> Iterator[Any]:
    path = "/api/v2/incremental/tickets/cursor"
    state = dlt.current.resource_state()
    for page in api.by_cursor(path, "tickets", state, include="metric_sets"):
        yield from landing.land(landing.batch(with_metrics(page), path))


def with_metrics(page: Page) -> list[bytes]:
    """The tickets, each with its `metric_set`, which some accounts are sent beside the tickets."""
    beside: list[Mapping[str, Any]] = page.envelope.get("metric_sets") or []
    of_ticket = {dig(each, "ticket_id"): each for each in beside}
    if not of_ticket:
        return list(page.lines)
    return [
        _joined(line, of_ticket.get(dig(record, "id")))
        for line, record in zip(page.lines, page.records, strict=True)
    ]


def _joined(ticket: bytes, metrics: Mapping[str, Any] | None) -> bytes:
    if metrics is None or not ticket.endswith(b"}"):
        return ticket
    return b'%b,"metric_set":%b}' % (ticket[:-1], orjson.dumps(metrics))


def _requesters(api: _Zendesk, landing: Landing) -> Iterator[Any]:
    path = "/api/v2/incremental/users/cursor"
    for page in api.by_cursor(path, "users", dlt.current.resource_state()):
        yield from landing.land_page(page, path)


def _by_time(api: _Zendesk, table: TableSpec, landing: Landing) -> Iterator[Any]:
    path = f"/api/v2/incremental/{table.name}"
    for page in api.by_time(path, table.name, dlt.current.resource_state()):
        yield from landing.land_page(page, path)
