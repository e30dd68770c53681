"""Salesforce: accounts, their field history, contacts, users and branches over the REST query API.

Endpoints: `POST /services/oauth2/token` (OAuth2 client credentials) for a token and the instance's host;
`GET /services/data/<version>/queryAll?q=SOQL`, then `nextRecordsUrl` until `done`.

Cursor: `SystemModstamp >= last seen - overlap`, ordered by it (`CreatedDate` for field history, whose rows
never change). Equal and slightly older moments are read again, because a long transaction shows its rows
late; what is known already is not inserted twice.

Deletes: `queryAll` shows deleted and merged records (`IsDeleted`, `MasterRecordId`) as a new version until
the recycle bin is emptied, some 15 days. A purge between two loads further apart than that stays unseen.

Limits: 2,000 records a page; a daily number of calls (403 `REQUEST_LIMIT_EXCEEDED` is not tried again). A
token that has expired is renewed once a request. An answer is complete only with `totalSize` records.

Disposition: insert-only. The API shows the present only, so each version seen is kept.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltResource, DltSource

from ingestion import warehouse
from ingestion.ahead import ahead
from ingestion.counting import counted_page
from ingestion.http import CursorGuard, VendorClient
from ingestion.landing import Landing, raw_resource, read_through
from ingestion.pages import Page
from ingestion.tables import Column, Kind, TableSpec

NAME: Final = "salesforce"
_TOKEN_PATH: Final = "/services/oauth2/token"


@dataclass(frozen=True)
class _Object:
    name: str
    table: TableSpec

    @property
    def cursor(self) -> str:
        """The field that orders the object's versions."""
        assert self.table.version_at is not None
        return str(self.table.version_at.source)

    @property
    def fields(self) -> list[str]:
        """The fields to select, each once."""
        return list(dict.fromkeys([*(str(column.source) for column in self.table.columns), self.cursor]))


def _table(name: str, *columns: Column, modified: str = "SystemModstamp") -> TableSpec:
    version_at = Column("version_at", Kind.TIMESTAMP, modified, required=True)
    return TableSpec(name, (columns[0].name,), columns, version_at)


def _id(name: str) -> Column:
    return Column(name, source="Id", required=True)


def _flag(name: str, source: str) -> Column:
    return Column(name, Kind.BOOLEAN, source, required=True)


OBJECTS: Final = (
    _Object(
        "Account",
        _table(
            "accounts",
            _id("account_id"),
            Column("name", source="Name"),
            Column("parent_account_id", source="ParentId"),
            Column("branch_id", source="Branch__c"),
            Column("owner_id", source="OwnerId"),
            Column("plan", source="Plan__c"),
            Column("industry", source="Industry"),
            Column("lifecycle_stage", source="Lifecycle_Stage__c"),
            Column("status", source="Status__c"),
            Column("acquired_by_referral", Kind.BOOLEAN, "Acquired_By_Referral__c"),
            Column("created_at", Kind.TIMESTAMP, "CreatedDate", required=True),
            _flag("is_deleted", "IsDeleted"),
            Column("merged_into_id", source="MasterRecordId"),
        ),
    ),
    _Object(
        "AccountHistory",
        _table(
            "account_history",
            _id("history_id"),
            Column("account_id", source="AccountId", required=True),
            Column("field", source="Field", required=True),
            Column("old_value", source="OldValue"),
            Column("new_value", source="NewValue"),
            Column("changed_at", Kind.TIMESTAMP, "CreatedDate", required=True),
            modified="CreatedDate",
        ),
    ),
    _Object(
        "Contact",
        _table(
            "contacts",
            _id("contact_id"),
            Column("account_id", source="AccountId"),
            Column("email", source="Email"),
            Column("created_at", Kind.TIMESTAMP, "CreatedDate", required=True),
            _flag("is_deleted", "IsDeleted"),
            Column("merged_into_id", source="MasterRecordId"),
        ),
    ),
    _Object(
        "User",
        _table(
            "users",
            _id("user_id"),
            Column("name", source="Name"),
            Column("email", source="Email"),
            _flag("is_active", "IsActive"),
            Column("branch_id", source="Branch__c"),
        ),
    ),
    _Object(
        "Branch__c",
        _table(
            "branches",
            _id("branch_id"),
            Column("name", source="Name"),
            Column("region", source="Region__c"),
            Column("owner_id", source="OwnerId"),
            Column("opened_on", Kind.DATE, "Opened_On__c"),
            Column("closed_on", Kind.DATE, "Closed_On__c"),
        ),
    ),
)


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
        self._login = VendorClient(NAME, login_url, dict)
        self._token: str | None = None
        self._instance: VendorClient | None = None

    def query(self, soql: str) -> Iterator[Page]:
        """The pages of a query, deleted records included, and complete. The token is asked for at once."""
        return self._pages(self._client(), soql)

    def _pages(self, client: VendorClient, soql: str) -> Iterator[Page]:
        path = f"/services/data/{self._version}/queryAll"
        following, guard = path, CursorGuard(client)
        params: dict[str, str] | None = {"q": soql}
        received = 0
        while True:
            page = client.get(following, params, lambda body: counted_page(body, "records"))
            if page is None:
                raise client.error(following, "gave an answer without `records`", "check `api_version`")
            received += len(page.lines)
            yield page
            following, params = page.envelope.get("nextRecordsUrl") or "", None
            if page.envelope.get("done") or not following:
                break
            guard.follow(path, following)
        if received < page.envelope.get("totalSize", 0):
            raise client.error(path, f"announced {page.envelope['totalSize']} records and gave {received}")

    def _client(self) -> VendorClient:
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


@dlt.source(name=NAME)
def salesforce_source() -> DltSource:
    """All Salesforce tables. Settings: `base_url`, `client_id`, `client_secret`; optional `api_version`,
    `overlap_minutes` (60)."""
    api = _Salesforce()
    overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 60)))
    return [_resource(api, overlap, each) for each in OBJECTS]  # type: ignore[return-value]


def _resource(api: _Salesforce, overlap: timedelta, each: _Object) -> DltResource:
    return raw_resource(each.table, partial(_read, api, overlap, each))


def _read(api: _Salesforce, overlap: timedelta, each: _Object, landing: Landing) -> Iterator[Any]:
    state: dict[str, str] = dlt.current.resource_state()
    seen = state.get("seen_through")
    soql = f"SELECT {', '.join(each.fields)} FROM {each.name}"
    if seen is not None:
        since = datetime.fromisoformat(seen) - overlap
        soql += f" WHERE {each.cursor} >= {since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    soql += f" ORDER BY {each.cursor}, Id"
    with closing(ahead(api.query(soql))) as pages:
        for page in pages:
            yield from landing.land_page(page, f"queryAll {each.name}")
    if (through := read_through(landing.latest, seen)) is not None:
        state["seen_through"] = through
