"""Salesforce: accounts, their history, contacts, users, branches and tasks, by REST or, if many, Bulk API.

Endpoints: `POST /services/oauth2/token` (OAuth2 client credentials) for a token and the instance's host;
`GET /services/data/<version>/queryAll?q=SOQL`, then `nextRecordsUrl` until `done`. A query of
`bulk_from_records` and more, as its first page says, is a job of the Bulk API instead (`salesforce_bulk.py`).

Cursor: `SystemModstamp >= last seen - overlap`, ordered by it (`CreatedDate` for field history, whose rows
never change). Equal and slightly older moments are read again, because a long transaction shows its rows
late; what is known already is not inserted twice.

A cursor belongs to the fields that were asked for: when a company names others, everything is read again.

Deletes: `queryAll` shows deleted and merged records (`IsDeleted`, `MasterRecordId`) as a new version until
the recycle bin is emptied, by hand or after 15 days. `GET …/sobjects/<object>/deleted/` names those of the
last 15 days also where the bin is empty. What both missed is found when all ids are compared
(`comparison.py`). Where a purged record was merged into another one, only its deletion is known.

Limits: 2,000 records a page; a daily number of calls (403 `REQUEST_LIMIT_EXCEEDED` is not tried again). A
token that has expired is renewed once a request. An answer is complete only with `totalSize` records.

Disposition: insert-only. The API shows the present only, so each version seen is kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.ahead import ahead
from ingestion.arrow import dig
from ingestion.crm.comparison import Comparison, Listed, now, returned, tombstone
from ingestion.crm.salesforce_bulk import Bulk
from ingestion.crm.salesforce_tables import SObject, sobjects
from ingestion.http import VendorClient
from ingestion.landing import Landing, raw_resource, read_through
from ingestion.pages import Page, split_page
from ingestion.paging import Following, pages
from ingestion.windows import Window

NAME: Final = "salesforce"
_TOKEN_PATH: Final = "/services/oauth2/token"
_IDS_IN_A_QUERY: Final = 200
_MANY: Final = 100_000
_DELETE_LOG: Final = timedelta(days=15)
_MOMENT: Final = "%Y-%m-%dT%H:%M:%S.000Z"


@dataclass(frozen=True)
class _Query:
    """What is asked of an object. A job has no order, which would keep Salesforce from dividing it."""

    name: str
    fields: Sequence[str]
    conditions: Sequence[str] = ()
    order: str = "Id"

    @property
    def soql(self) -> str:
        return f"{self.unordered} ORDER BY {self.order}"

    @property
    def unordered(self) -> str:
        where = f" WHERE {' AND '.join(self.conditions)}" if self.conditions else ""
        return f"SELECT {', '.join(self.fields)} FROM {self.name}{where}"


class _Salesforce:
    """The API behind a token, which is fetched when it is first needed."""

    def __init__(self) -> None:
        login_url = warehouse.required_setting(NAME, "base_url")
        self._form = {
            "grant_type": "client_credentials",
            "client_id": warehouse.required_setting(NAME, "client_id"),
            "client_secret": warehouse.required_setting(NAME, "client_secret"),
        }
        self._version = warehouse.setting(NAME, "api_version", "v62.0")
        self._bulk_from = float(warehouse.setting(NAME, "bulk_from_records", _MANY))
        self._login = VendorClient(NAME, login_url, dict)
        self._token: str | None = None
        self._instance: VendorClient | None = None

    def query(self, asked: _Query) -> Iterator[Page]:
        """The pages of a query, deleted records included, and complete. The token is asked for at once."""
        return self._pages(self.client, asked)

    def by_id(self, each: SObject, ids: Sequence[str]) -> Iterator[Page]:
        """The records that have these ids, deleted ones included."""
        for start in range(0, len(ids), _IDS_IN_A_QUERY):
            names = ", ".join(f"'{found}'" for found in ids[start : start + _IDS_IN_A_QUERY])
            yield from self.query(_Query(each.name, each.fields, [f"Id IN ({names})"]))

    def deleted(self, each: SObject, since: datetime) -> dict[str, str]:
        """Id → when it was deleted, of those of the last 15 days; purged ones included."""
        now = datetime.now(UTC)
        start = max(since.astimezone(UTC), now - _DELETE_LOG)
        path = f"/services/data/{self._version}/sobjects/{each.name}/deleted/"
        asked = {"start": f"{start:{_MOMENT}}", "end": f"{now:{_MOMENT}}"}
        page = self.client.get(path, asked, lambda body: split_page(body, "deletedRecords"))
        if page is None:
            raise self.client.error(path, "sent a response without `deletedRecords`", "check `api_version`")
        return {dig(record, "id"): dig(record, "deletedDate") for record in page.records}

    def _pages(self, client: VendorClient, asked: _Query) -> Iterator[Page]:
        path = f"/services/data/{self._version}/queryAll"
        received = announced = 0
        for page in pages(client, path, {"q": asked.soql}, "records", _following, "check `api_version`"):
            announced = page.envelope.get("totalSize", 0)
            if not received and announced >= self._bulk_from:
                bulk = Bulk(client, self._version)
                if (written := bulk.written(asked.name, asked.fields)) is not None:
                    yield from bulk.pages(asked.name, asked.unordered, written)
                    return
            received += len(page.lines)
            yield page
        if received < announced:
            raise client.error(path, f"announced {announced} records but sent {received}")

    @property
    def client(self) -> VendorClient:
        """The client of the instance, for which a token is asked first."""
        if self._instance is None:
            self._renew()
        assert self._instance is not None
        return self._instance

    def _renew(self) -> None:
        answer = self._login.post(_TOKEN_PATH, form=self._form)
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise self._login.error(
                _TOKEN_PATH, "gave no `access_token`", "check the connected app's client id"
            )
        self._token = answer["access_token"]
        if self._instance is None:
            host = answer.get("instance_url") or self._login.base_url
            self._instance = VendorClient(NAME, host, self._headers, self._renew)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


def _following(page: Page) -> Following | None:
    return None if page.envelope.get("done") else Following.at(page.envelope.get("nextRecordsUrl"))


@dlt.source(name=NAME)
def salesforce_source() -> DltSource:
    """All Salesforce tables. Settings: `base_url`, `client_id`, `client_secret`; optional `api_version`,
    `overlap_minutes` (60), `bulk_from_records` (100,000; `inf`: never), `fields`, `objects` and
    `further_fields` (the company's own, see `sobjects`)."""
    return _resources()  # type: ignore[return-value]


@dlt.source(name=NAME)
def salesforce_within(window: Window) -> DltSource:
    """The records whose last change was in a window."""
    return _resources(window)  # type: ignore[return-value]


def _resources(window: Window | None = None) -> list[DltResource]:
    api = _Salesforce()
    overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 60)))
    further = warehouse.setting(NAME, "further_fields", [])  # in the environment, separated by commas
    asked = sobjects(
        warehouse.setting(NAME, "fields", {}),
        warehouse.setting(NAME, "objects", {}),
        further.split(",") if isinstance(further, str) else further,
        warehouse.case_key_field(NAME, "NPS_Case_Key__c"),
    )
    return [
        raw_resource(each.table, partial(_read, api, overlap, each, window), window=window) for each in asked
    ]


def _read(
    api: _Salesforce, overlap: timedelta, each: SObject, window: Window | None, landing: Landing
) -> Iterator[Any]:
    if not each.name:
        return
    state: dict[str, Any] = dlt.current.resource_state()
    landing.spec = replace(each.table, reading=_reading_of(each, state))
    seen: str | None = state.get("seen_through")
    since = None if seen is None else datetime.fromisoformat(seen) - overlap
    conditions = [each.condition] if each.condition else []
    if window is not None:
        conditions += [_compared(each, ">=", window.start), _compared(each, "<", window.end)]
    elif since is not None:
        conditions.append(_compared(each, ">=", since))
    asked = _Query(each.name, each.fields, conditions, f"{each.cursor}, Id")
    with closing(ahead(api.query(asked))) as pages:
        for page in pages:
            yield from landing.land_page(page, f"queryAll {each.name}")
    if window is not None:
        return
    if (through := read_through(landing.latest, seen)) is not None:
        state["seen_through"] = through
    if each.can_be_purged:
        yield from _land_purged(api, each, landing, state, since)


def _land_purged(
    api: _Salesforce, each: SObject, landing: Landing, state: dict[str, Any], since: datetime | None
) -> Iterator[Any]:
    """Tombstones of records that no query shows any more, and those that came back after one."""
    comparison, origin = Comparison(api.client, each.table.name, state), f"queryAll {each.name}#ids"
    if comparison.is_due():
        compared, found = comparison.with_all(_all_ids(api, each), origin), now()
        lines = [tombstone(text, found) for text in compared.missing.values()]
        for page in api.by_id(each, compared.returned):
            lines += [returned(line, found) for line in page.lines]
    elif since is not None:
        deleted = api.deleted(each, since)
        alive = comparison.alive(deleted) if deleted else {}
        shown = {dig(record, "Id") for page in api.by_id(each, list(alive)) for record in page.records}
        lines = [tombstone(text, deleted[each_id]) for each_id, text in alive.items() if each_id not in shown]
    else:
        return
    yield from landing.land(landing.batch(lines, origin))


def _all_ids(api: _Salesforce, each: SObject) -> Iterator[Listed]:
    """Every id, the recycle bin's too: what is there was not purged."""
    for page in api.query(_Query(each.name, ["Id", "IsDeleted"])):
        for is_deleted in (False, True):
            ids = [dig(record, "Id") for record in page.records if dig(record, "IsDeleted") is is_deleted]
            yield Listed(ids, is_deleted)


def _compared(each: SObject, operator: str, moment: datetime) -> str:
    return f"{each.cursor} {operator} {moment.astimezone(UTC):{_MOMENT}}"


def _reading_of(each: SObject, state: dict[str, Any]) -> int:
    """How often it was changed what a table's columns are read from; after a change, the cursor is gone.

    A load of an earlier version asked for other fields, and did not note which: that is a reading too.
    """
    named = [f"{column}={field}" for column, field in each.sources.items()]
    asked = [each.name, each.condition, *named, *each.further]
    readings: list[list[str]] = state.setdefault("asked", [[]] if "seen_through" in state else [asked])
    if readings[-1] != asked:
        readings.append(asked)
        state.pop("seen_through", None)
    return len(readings) - 1
