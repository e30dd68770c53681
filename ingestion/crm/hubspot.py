"""HubSpot: companies, their history, contacts, owners, branches and tasks of cases over the CRM API v3.

Endpoints: `GET /crm/v3/objects/<object>` (100 on a page, 50 with history) and `GET /crm/v3/owners`, then
`paging.next.after`; `POST /crm/v3/objects/<object>/search` and `…/batch/read` for what has changed; `GET
/crm/v3/properties/<object>`, because a property that does not exist is not refused but left out. Its options
and `GET /crm/v3/pipelines/<object>` name stages (`hubspot_stages.py`).

Cursor: the search for `hs_lastmodifieddate` (of contacts `lastmodifieddate`) from the last one seen less an
overlap, because the index lags behind. A search has 10,000 results and shifts when a record changes
meanwhile. So none is paged: each asks for the ids that come after the last one, in the order of ids, up to
the moment at which the reading began. What changes later is found next time. A search has no history; it is
read by id.

A cursor belongs to the properties that were asked for: when a company names others, all is read again.

Deletes: a deleted record leaves the lists and the search. `archived=true` lists those of the last 90 days,
with the date of their deletion, and is read in full each time. What was deleted for ever, or restored without
a change, is found when all ids are compared (`comparison.py`). Records that were merged away are known by
`hs_merged_object_ids` of the one that survived.

Limits: 429 with `errorType` RATE_LIMIT: so many requests in ten seconds or a day, and five searches in a
second. HubSpot does not say how long to wait, so that is tried again at growing intervals.

Disposition: insert-only. The API shows the present and the last 20 values of a property.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltSource

from ingestion import warehouse
from ingestion.arrow import dig
from ingestion.counting import counted_page
from ingestion.crm.comparison import Comparison, Listed, now, returned, tombstone
from ingestion.crm.hubspot_records import Sent, changes, merged_ids, sent, with_merged
from ingestion.crm.hubspot_stages import STAGES, Stage, land_new_names
from ingestion.crm.hubspot_tables import MERGED, OWNERS, CrmObject, crm_objects
from ingestion.errors import ConfigurationError, CursorLoopError
from ingestion.http import VendorClient
from ingestion.landing import Landing, raw_resource, read_through
from ingestion.pages import Page, split_page
from ingestion.paging import Following, pages
from ingestion.windows import Window

NAME: Final = "hubspot"
_API: Final = "https://api.hubapi.com"
_LISTED: Final = 100
_WITH_HISTORY: Final = 50
_FOUND: Final = 200
_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


class _HubSpot:
    """The API of one account."""

    def __init__(self) -> None:
        headers = {"Authorization": f"Bearer {warehouse.required_setting(NAME, 'access_token')}"}
        self.client = VendorClient(NAME, warehouse.setting(NAME, "base_url", _API), lambda: headers)
        self.overlap = timedelta(minutes=float(warehouse.setting(NAME, "overlap_minutes", 60)))
        self.page_size = int(warehouse.setting(NAME, "page_size", _FOUND))
        self._known: dict[str, dict[str, bytes]] = {}

    def listed(self, path: str, archived: bool, **params: Any) -> Iterator[Page]:
        """The pages of a list, of what is there or of what is deleted."""
        asked = {"archived": str(archived).lower(), **params}

        def following(page: Page) -> Following | None:
            after = dig(page.envelope, "paging", "next", "after")
            return Following(str(after), path, {**asked, "after": after}) if after else None

        return pages(self.client, path, asked, "results", following)

    def of_object(self, each: CrmObject, archived: bool) -> Iterator[Page]:
        """All records of an object."""
        asked = {"limit": min(self.page_size, _WITH_HISTORY if each.with_history else _LISTED)}
        named = {"properties": each.properties, "propertiesWithHistory": each.with_history}
        joined = {name: ",".join(properties) for name, properties in named.items() if properties}
        return self.listed(_path(each), archived, **asked, **joined)

    def changed(self, each: CrmObject, since: datetime, until: datetime | None = None) -> Iterator[Page]:
        """The records that were modified since a moment, with history where it is asked for."""
        for page in self._found(each, since, until or datetime.now(UTC)):
            ids = [dig(record, "id") for record in page.records]
            if not each.with_history:
                yield page
                continue
            yield from self.by_id(each, ids)

    def by_id(self, each: CrmObject, ids: Sequence[str]) -> Iterator[Page]:
        """The records that have these ids."""
        for start in range(0, len(ids), _WITH_HISTORY):
            body = {
                "inputs": [{"id": found} for found in ids[start : start + _WITH_HISTORY]],
                "properties": each.properties,
                "propertiesWithHistory": each.with_history,
            }
            yield self._posted(f"{_path(each)}/batch/read", body)

    def all_ids(self, each: CrmObject) -> Iterator[Listed]:
        """Every id: of what is there, of the archive, and of what was merged into either."""
        for archived in (False, True):
            for page in self.listed(_path(each), archived, limit=_LISTED, properties=MERGED):
                yield Listed([dig(record, "id") for record in page.records], archived)
                yield Listed([found for record in page.records for found in merged_ids(record)], True)

    def _found(self, each: CrmObject, since: datetime, until: datetime) -> Iterator[Page]:
        path, last = f"{_path(each)}/search", "0"
        while True:
            bounds = [
                (each.modified, "GTE", _milliseconds(since)),
                (each.modified, "LTE", _milliseconds(until)),
            ]
            filters = [
                {"propertyName": name, "operator": operator, "value": value}
                for name, operator, value in (*bounds, ("hs_object_id", "GT", last))
            ]
            if each.having:
                filters.append({"propertyName": each.having, "operator": "HAS_PROPERTY"})
            body = {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": each.properties,
                "limit": min(self.page_size, _FOUND),
            }
            page = self._posted(path, body)
            if not page.lines:
                return
            yield page
            reached = dig(page.record(-1), "id")
            if type(reached) is not str or not reached.isdecimal() or int(reached) <= int(last):
                raise self.client.error(
                    path,
                    f"returned the id {reached!r} a second time, so its pages never end",
                    "report it to the vendor; nothing of this load is kept",
                    CursorLoopError,
                )
            last = reached

    def _posted(self, path: str, body: Mapping[str, Any]) -> Page:
        page: Page | None = self.client.post(path, body, read=lambda text: counted_page(text, "results"))
        if page is None:
            raise self.client.error(path, "sent a response without `results`", "check `base_url`")
        return page

    def refuse_unknown(self, each: CrmObject) -> None:
        """`ConfigurationError` for a property that the object does not have."""
        known = self._properties(each.name)
        unknown = sorted({*each.properties, *each.with_history} - known.keys())
        if unknown and each.having:
            raise ConfigurationError(
                f"{NAME}: {each.name} have no property `{unknown[0]}`; set it up on tasks, or name your own "
                f"as `key_property` under [outbox.{NAME}] in config.toml of the company folder"
            )
        if unknown:
            raise ConfigurationError(
                f'{NAME}: {each.name} have no property `{unknown[0]}`; name your own, or "" for none, under '
                f"[sources.{NAME}.fields.{'branches' if each.table.name == 'branches' else 'accounts'}] in "
                "config.toml of the company folder"
            )

    def _properties(self, name: str) -> dict[str, bytes]:
        """The properties of an object, with their texts; asked for once a load."""
        if name not in self._known:
            listed = self.listed(f"/crm/v3/properties/{name}", archived=False)
            self._known[name] = {
                dig(record, "name"): line
                for page in listed
                for line, record in zip(page.lines, page.records, strict=True)
            }
        return self._known[name]

    def stages(self, companies: CrmObject, of_pipelines: str) -> Iterator[Stage]:
        """The options of the property that holds a company's stage, then the stages of pipelines."""
        held = companies.property_of("lifecycle_stage")
        if held and (options := split_page(self._properties(companies.name)[held], "options")):
            yield from (Stage(f"{companies.name}.{held}", line) for line in options.lines)
        path = f"/crm/v3/pipelines/{of_pipelines}"
        for page in pages(self.client, path, None, "results", lambda _: None) if of_pipelines else ():
            for line, pipeline in zip(page.lines, page.records, strict=True):
                found = split_page(line, "stages")
                for stage in found.lines if found else ():
                    yield Stage(f"{of_pipelines}.{dig(pipeline, 'id')}", stage)


def _path(each: CrmObject) -> str:
    return f"/crm/v3/objects/{each.name}"


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


@dlt.source(name=NAME)
def hubspot_source() -> DltSource:
    """All HubSpot tables. Settings: `access_token` (of a private app); optional `base_url`, `fields`,
    `objects` and `further_fields` (the company's own, see `crm_objects`), `overlap_minutes` (60) and
    `page_size` (200)."""
    api, objects = _HubSpot(), _objects()
    resources = [raw_resource(each.table, partial(_read, api, each, None)) for each in objects]
    resources.append(raw_resource(OWNERS, partial(_owners, api)))
    # Last, so that a stage that companies came to meanwhile has a name already.
    of_pipelines = str(warehouse.setting(NAME, "objects", {}).get("stages", ""))
    resources.append(raw_resource(STAGES, partial(_stages, api, objects[0], of_pipelines)))
    return resources  # type: ignore[return-value]


@dlt.source(name=NAME)
def hubspot_within(window: Window) -> DltSource:
    """The records that were last modified in a window. A search finds nothing that is deleted."""
    api = _HubSpot()
    return [  # type: ignore[return-value]
        raw_resource(each.table, partial(_read, api, each, window), window=window) for each in _objects()
    ]


def _objects() -> tuple[CrmObject, ...]:
    further = warehouse.setting(NAME, "further_fields", [])  # in the environment, separated by commas
    return crm_objects(
        warehouse.setting(NAME, "fields", {}),
        warehouse.setting(NAME, "objects", {}),
        further.split(",") if isinstance(further, str) else further,
        warehouse.case_key_field(NAME, "nps_case_key"),
    )


def _read(api: _HubSpot, each: CrmObject, window: Window | None, landing: Landing) -> Iterator[Any]:
    if not each.name:
        return
    api.refuse_unknown(each)
    state: dict[str, Any] = dlt.current.resource_state()
    landing.spec = replace(each.table, reading=_reading_of(each, state))
    if window is not None:
        for page in api.changed(each, window.start, window.last_millisecond):
            yield from _land(each, sent(page.lines), landing)
        return
    seen: str | None = state.get("seen_through")
    since = None if seen is None else datetime.fromisoformat(seen) - api.overlap
    if each.having and since is None:
        since = _EVER  # a list cannot be limited to them
    latest: datetime | None = None
    for page in api.of_object(each, archived=False) if since is None else api.changed(each, since):
        found = sent(page.lines)
        yield from _land(each, found, landing)
        latest = max(
            filter(None, [latest, *(modified_at(each, record) for _, record in found)]), default=None
        )
    if (through := read_through(latest, seen)) is not None:
        state["seen_through"] = through
    for page in api.of_object(each, archived=True) if each.has_archive else ():
        yield from _land(each, sent(page.lines), landing)
    if each.is_compared:
        yield from _land_missing(api, each, landing, Comparison(api.client, each.table.name, state))


def _land_missing(api: _HubSpot, each: CrmObject, landing: Landing, comparison: Comparison) -> Iterator[Any]:
    """Tombstones of records that are listed nowhere, and those that are there again."""
    if not comparison.is_due():
        return
    compared, found = comparison.with_all(api.all_ids(each), _path(each)), now()
    lines = [tombstone(text, found) for text in compared.missing.values()]
    for page in api.by_id(each, compared.returned):
        lines += [returned(line, found) for line in page.lines]
    yield from landing.land(landing.batch(lines, f"{_path(each)}#ids"))


def _land(each: CrmObject, found: list[Sent], landing: Landing) -> Iterator[Any]:
    if each.with_history:
        lines = list(changes(found, each.with_history))
        yield from landing.land(landing.batch(lines, f"{_path(each)}#history"))
        return
    whole = list(with_merged(found))
    lines, given = [line for line, _ in whole], [record for _, record in whole]
    yield from landing.land(landing.batch(lines, _path(each), given=given))


def modified_at(each: CrmObject, record: Any) -> datetime | None:
    """When a record was modified; nothing where it does not say so in a moment."""
    try:
        moment = datetime.fromisoformat(dig(record, "properties", each.modified))
    except (TypeError, ValueError):
        return None  # the record is quarantined
    return moment if moment.tzinfo else None  # so is this one


def _owners(api: _HubSpot, landing: Landing) -> Iterator[Any]:
    for archived in (False, True):
        for page in api.listed("/crm/v3/owners", archived, limit=min(api.page_size, _LISTED)):
            yield from landing.land_page(page, "/crm/v3/owners")


def _stages(api: _HubSpot, companies: CrmObject, of_pipelines: str, landing: Landing) -> Iterator[Any]:
    api.refuse_unknown(companies)
    yield from land_new_names(api.stages(companies, of_pipelines), landing)


def _reading_of(each: CrmObject, state: dict[str, Any]) -> int:
    """How often it was changed what is asked for; after a change, the cursor is gone."""
    named = [f"{c.name}={c.source}" for c in each.table.columns if isinstance(c.source, tuple)]
    asked = [each.name, *named, *each.properties, *each.with_history]
    readings: list[list[str]] = state.setdefault("asked", [asked])
    if readings[-1] != asked:
        readings.append(asked)
        state.pop("seen_through", None)
    return len(readings) - 1
