"""Stripe: customers, subscriptions, invoices, credit notes and refunds.

Endpoints: `GET /v1/{customers,subscriptions?status=all,invoices,credit_notes,refunds}` and `GET
/v1/events`, all newest first, paged by `starting_after` while `has_more`. The API version is pinned,
because an account's own version decides where fields are; objects of events come in the account's all the
same. An invoice shows its first lines; the others are read from `/v1/invoices/<id>/lines` and put in their
place in its payload. `invoice.upcoming` previews an invoice that does not exist, and is left out.

Cursor: lists cannot be filtered by change, so the first load reads the lists and, for what has left them,
all events there are; later loads read the events since the newest one seen, less an overlap. An event
holds the whole object as it was then, with `created` as `version_at`. Events reach back 30 days. Whether
the cursor is older is not a question of clocks: when the event it stands at is no longer listed, changes
may have been missed, and the lists are read in full again. Those versions then carry the newest event's
time, so that they come after the ones they replace; a first load's carry none.

Refunds come from their list, because an event does not expand the charge that names the invoice; those
made in the 35 days before the newest one are read again, as a refund's status settles within that time.

Deletes: a deleted customer leaves the lists and is seen through `customer.deleted`. One deleted more than
30 days before the first load stays unseen.

Limits: 100 objects a page, 100 requests a second (429).

Disposition: insert-only. Objects mutate (a draft invoice most of all), so each version seen is kept.
Amounts stay in the currency's minor unit.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import dlt
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.ahead import PAGES, ahead
from ingestion.arrow import dig
from ingestion.billing.stripe_tables import TABLES, UNSHOWN
from ingestion.errors import RefusedError
from ingestion.http import VendorClient, parsed
from ingestion.landing import Landing, raw_resource
from ingestion.pages import Page, decoded, encoded, member_text
from ingestion.paging import Following, pages
from ingestion.windows import Window

NAME: Final = "stripe"
_HAS_MORE: Final = re.compile(rb'"has_more"\s*:\s*true')
_UNKNOWN: Final = (400, 404)
API_VERSION: Final = "2024-06-20"


#: The lists of objects that change, and what each is asked for beside its page.
_LISTS: Final[dict[str, dict[str, Any]]] = {
    "customers": {},
    "subscriptions": {"status": "all"},
    "invoices": {},
    "credit_notes": {},
}
_WITH_CHARGE: Final[dict[str, Any]] = {"expand[]": "data.charge"}


class _Event(NamedTuple):
    id: str
    created: int
    kind: str
    noun: str
    record: Any
    text: str


class _Stripe:
    """The API: its lists, and its events, read once a load."""

    def __init__(self) -> None:
        key = warehouse.required_setting(NAME, "api_key")
        base_url = warehouse.setting(NAME, "base_url", "https://api.stripe.com")
        headers = {"Authorization": f"Bearer {key}", "Stripe-Version": API_VERSION}
        self.client = VendorClient(NAME, base_url, lambda: headers)
        self.overlap = int(60 * float(warehouse.setting(NAME, "overlap_minutes", 60)))
        self.reread = timedelta(days=float(warehouse.setting(NAME, "refund_days", 35)))
        self._limit = int(warehouse.setting(NAME, "page_size", 100))
        self._events: dict[int | None, list[_Event]] = {}

    def pages(self, path: str, **params: Any) -> Iterator[Page]:
        """The pages of a list, newest object first."""
        query = {**params, "limit": self._limit}

        def following(page: Page) -> Following | None:
            if not page.envelope.get("has_more"):
                return None
            last = dig(page.record(-1), "id") if page.lines else None
            if type(last) is not str:
                raise self.client.error(
                    path, "says that there are more objects but does not give the last one's id"
                )
            return Following(last, path, {**query, "starting_after": last})

        return pages(self.client, path, query, "data", following)

    def completed(self, text: str) -> str | None:
        """An invoice's text with all its lines. A draft's are still to change, and are nothing yet. None if
        there are others that nobody can ask for: Stripe does not know the invoice, or it names no line."""
        invoice = parsed(text)
        if dig(invoice, "lines", "has_more") is not True or dig(invoice, "status") == "draft":
            return text
        shown, own = dig(invoice, "lines", "data"), dig(invoice, "id")
        last = dig(shown[-1], "id") if type(shown) is list and shown else None
        if type(own) is not str or type(last) is not str:
            return None
        path = f"/v1/invoices/{quote(own, safe='')}/lines"
        try:
            others = [line for page in self.pages(path, starting_after=last) for line in page.lines]
        except RefusedError as failure:
            if failure.status not in _UNKNOWN:
                raise
            return None
        lines = member_text(text, "lines") or ""
        data = member_text(lines, "data") or ""
        whole = data.rstrip()[:-1] + "".join(f",{decoded(line)}" for line in others) + "]"
        return text.replace(lines, lines.replace(data, whole, 1), 1)

    def events(self, since: int | None) -> list[_Event]:
        """The events created at that second or later, oldest first."""
        if since not in self._events:
            params = {} if since is None else {"created[gte]": since}
            pages = list(self.pages("/v1/events", **params))
            self._events[since] = [
                self._event(record, decoded(line))
                for page in reversed(pages)
                for record, line in zip(reversed(page.records), reversed(page.lines), strict=True)
            ]
        return self._events[since]

    def _event(self, record: Any, text: str) -> _Event:
        about = dig(record, "data", "object")
        noun = dig(about, "object")
        facts = (dig(record, "id"), dig(record, "created"), dig(record, "type"))
        if (
            [type(fact) for fact in facts] != [str, int, str]
            or type(about) is not dict
            or type(noun) is not str
        ):
            raise self.client.error("/v1/events", f"sent an event that is not understood: {text[:200]}")
        return _Event(*facts, noun, about, member_text(text, "data", "object") or "")


@dlt.source(name=NAME)
def stripe_source() -> DltSource:
    """All Stripe tables. Settings: `api_key`; optional `base_url`, `overlap_minutes` (60), `refund_days`
    (35), `page_size` (100)."""
    api = _Stripe()
    resources: list[DltResource] = [
        raw_resource(TABLES[table], partial(_changes, api, filters, table.removesuffix("s")))
        for table, filters in _LISTS.items()
    ]
    resources.append(raw_resource(TABLES["refunds"], partial(_refunds, api)))
    return resources  # type: ignore[return-value]


@dlt.source(name=NAME)
def stripe_within(window: Window) -> DltSource:
    """The objects that were created in a window and that raw lacks: those it has are followed by events, and
    a list does not tell when an object became what it is."""
    api = _Stripe()
    created = {
        "created[gte]": int(window.start.timestamp()),
        "created[lt]": int(window.end.timestamp()),
    }
    resources: list[DltResource] = [
        raw_resource(
            TABLES[table], partial(_listed, api, filters | created), window=window, key=("record_id",)
        )
        for table, filters in _LISTS.items()
    ]
    refunds = partial(_list, api, _WITH_CHARGE | created, version_at=None)
    resources.append(raw_resource(TABLES["refunds"], refunds, window=window))
    return resources  # type: ignore[return-value]


def _listed(api: _Stripe, filters: dict[str, Any], landing: Landing) -> Iterator[Any]:
    reading, _ = _reading(dlt.current.resource_state())
    landing.spec = replace(landing.spec, reading=reading)
    yield from _list(api, filters, landing, None)


def _changes(api: _Stripe, filters: dict[str, str], noun: str, landing: Landing) -> Iterator[Any]:
    """Events since the cursor; the whole list too when there is no cursor or its event is gone."""
    state: dict[str, Any] = dlt.current.resource_state()
    reading, is_read_again = _reading(state)
    landing.spec = replace(landing.spec, reading=reading)
    known: str | None = None if is_read_again else state.get("event_id")
    since: int | None = state.get("event_created")
    events = api.events(None if since is None else since - api.overlap)
    newest = events[-1] if events else None
    if known is None or all(event.id != known for event in events):
        read_before = "listed" in state
        version_at = (newest.created if newest else since) if read_before else None
        yield from _list(api, filters, landing, version_at)
    state["listed"] = True
    if newest is not None:
        state.update(event_id=newest.id, event_created=newest.created)
    own = [event for event in events if event.noun == noun and event.kind != "invoice.upcoming"]
    whole = [
        api.completed(event.text)
        if noun == "invoice" and _HAS_MORE.search(event.text.encode())
        else event.text
        for event in own
    ]
    records = [
        _as_of_event(event) if text is event.text else _read(text, event.text)
        for event, text in zip(own, whole, strict=True)
    ]
    texts = [text or event.text for event, text in zip(own, whole, strict=True)]
    batch = landing.batch(list(map(encoded, texts)), f"/v1/events {noun}", given=records)
    yield from landing.land(batch, version_at=[event.created for event in own])


def _reading(state: dict[str, Any]) -> tuple[int, bool]:
    """How often it was changed what is read of an object, and whether that was just now: loads before there
    was such a number did not read an invoice's lines, so all is read again."""
    is_read_again = "listed" in state and "reading" not in state
    return state.setdefault("reading", int(is_read_again)), is_read_again


def _as_of_event(event: _Event) -> Any:
    """The object; the event of a deletion holds it as it was before, so the deletion is noted here."""
    return {**event.record, "deleted": True} if event.kind == "customer.deleted" else event.record


def _list(
    api: _Stripe, filters: Mapping[str, Any], landing: Landing, version_at: int | None
) -> Iterator[Any]:
    path = f"/v1/{landing.spec.name}"
    with closing(ahead(api.pages(path, **filters), PAGES)) as pages:
        for page in pages:
            if landing.spec.name != "invoices" or not any(map(_HAS_MORE.search, page.lines)):
                yield from landing.land_page(page, path, version_at=version_at)
                continue
            whole = [_whole(api, line) for line in page.lines]
            pairs = list(zip(whole, map(decoded, page.lines), strict=True))
            lines = [encoded(text or shown) for text, shown in pairs]
            marked = [_read(*pair) for pair in pairs] if None in whole else None
            yield from landing.land(landing.batch(lines, path, given=marked), version_at=version_at)


def _whole(api: _Stripe, invoice: bytes) -> str | None:
    """An invoice's text with all its lines; most show them all."""
    return api.completed(decoded(invoice)) if _HAS_MORE.search(invoice) else decoded(invoice)


def _read(whole: str | None, shown: str) -> Any:
    """An invoice; one whose other lines nobody can ask for is marked, and quarantined by that."""
    return {**parsed(shown), UNSHOWN: True} if whole is None else parsed(whole)


def _refunds(api: _Stripe, landing: Landing) -> Iterator[Any]:
    state: dict[str, int] = dlt.current.resource_state()
    seen = state.get("created_through")
    filters = dict(_WITH_CHARGE)
    if seen is not None:
        filters["created[gte]"] = seen - int(api.reread.total_seconds())
    newest = seen
    with closing(ahead(api.pages("/v1/refunds", **filters), PAGES)) as pages:
        for page in pages:
            yield from landing.land_page(page, "/v1/refunds")
            created = [dig(record, "created") for record in page.records]
            newest = max([value for value in (newest, *created) if type(value) is int], default=None)
    if newest is not None:
        state["created_through"] = newest
