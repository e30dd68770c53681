"""Records that a CRM does not show any more: purged, hidden, and back again."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from demo.company.world import World
from demo.server import VendorServers, serve
from demo.vendors import hubspot
from demo.vendors.hubspot_objects import with_ids_of_hubspot
from demo.vendors.limits import Limits
from ingestion.errors import LoadError
from ingestion.load import load_source

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Query = Callable[[str], list[tuple[Any, ...]]]
BEFORE, DELETED, AFTER = datetime(2025, 6, 1), datetime(2025, 6, 3, 10), datetime(2025, 6, 5)
OBJECTS = {"salesforce": "Contact", "hubspot": "contacts"}
COLUMNS = "contact_id, is_deleted, account_id, email"


def without(table: pa.Table, key: str, gone: set[str]) -> pa.Table:
    """The table, where these records are deleted."""
    rows = table.to_pylist()
    last = {row[key]: row for row in rows if row["visible_at"].replace(tzinfo=None) <= BEFORE}
    zone = rows[0]["visible_at"].tzinfo
    rows = [row for row in rows if row[key] not in gone or row["visible_at"] <= DELETED.replace(tzinfo=zone)]
    moment = DELETED.replace(tzinfo=zone)
    rows += [last[each] | {"is_deleted": True, "visible_at": moment} for each in gone]
    return pa.Table.from_pylist(rows, schema=table.schema)


@pytest.fixture(params=OBJECTS)
def crm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def company(crm: str, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[VendorServers, str]]:
    """A company that deletes a contact, and whose CRM never shows what was deleted; and that contact."""
    tables = world.tables() if crm == "salesforce" else with_ids_of_hubspot(world.tables())
    alive = {
        row["contact_id"]
        for row in tables["contacts"].to_pylist()
        if row["visible_at"].replace(tzinfo=None) <= BEFORE and not row["merged_into_id"]
    }
    gone = min(alive)
    tables = {**tables, "contacts": without(tables["contacts"], "contact_id", {gone})}
    with serve(tables, BEFORE, limits=Limits(salesforce_bin_days=0, hubspot_archive_days=0)) as servers:
        for name, value in (servers.environment() | hubspot.settings(servers.base_url)).items():
            monkeypatch.setenv(name, value)
        yield servers, gone


def last(crm: str, query: Query) -> dict[str, tuple[Any, ...]]:
    """Contact → its current version."""
    found = query(
        f"select {COLUMNS} from raw_{crm}.contacts qualify row_number() over (partition by record_id"
        " order by version_at desc, _dlt_load_id desc, position desc) = 1"
    )
    return {contact: tuple(rest) for contact, *rest in found}


def compare_now(monkeypatch: pytest.MonkeyPatch, crm: str) -> None:
    """From here on each load compares all ids."""
    monkeypatch.setenv(f"SOURCES__{crm.upper()}__FULL_COMPARISON_DAYS", "0.0000000001")


def test_what_nobody_lists_is_deleted_as_it_was_last_and_returns_when_it_is_listed_again(
    crm: str, company: tuple[VendorServers, str], query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers, gone = company
    load_source(crm)
    before = last(crm, query)
    compare_now(monkeypatch, crm)
    for moment, is_deleted in ((AFTER, True), (BEFORE, False), (AFTER, True)):
        servers.clock.move_to(moment)
        load_source(crm)
        assert last(crm, query)[gone] == (is_deleted, *before[gone][1:])
    versions = f"select count(*), count(*) filter (payload like '{{\"foundAt\"%') from raw_{crm}.contacts"
    assert query(f"{versions} where contact_id = '{gone}'") == [(4, 3)]
    [(quarantined,)] = query(f"select count(*) from raw_{crm}.quarantine")
    assert quarantined == 0


@pytest.mark.parametrize("crm", ["salesforce"], indirect=True)
def test_a_listing_that_lacks_most_records_deletes_none(
    crm: str, company: tuple[VendorServers, str], query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers, _ = company
    load_source(crm)
    before = last(crm, query)
    compare_now(monkeypatch, crm)
    servers.clock.move_to(datetime(2023, 6, 1))
    with pytest.raises(LoadError, match=r"no longer lists \d+ of the \d+ .*`missing_percent` \(5\)"):
        load_source(crm)
    assert last(crm, query) == before


def test_a_purge_that_the_delete_log_still_names_is_dated_as_it_says(
    monkeypatch: pytest.MonkeyPatch, world: World, query: Query
) -> None:
    class SimulatedTime(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "SimulatedTime":
            return cls.fromisoformat(AFTER.replace(tzinfo=UTC).isoformat())

    monkeypatch.setattr("ingestion.crm.salesforce.datetime", SimulatedTime)
    tables = world.tables()
    gone = min(row["account_id"] for row in tables["accounts"].to_pylist())
    tables = {**tables, "accounts": without(tables["accounts"], "account_id", {gone})}
    with serve(tables, BEFORE, limits=Limits(salesforce_bin_days=0)) as servers:
        for name, value in servers.environment().items():
            monkeypatch.setenv(name, value)
        load_source("salesforce")
        servers.clock.move_to(AFTER)
        load_source("salesforce")
        again = load_source("salesforce")
    found = "select account_id, version_at from raw_salesforce.accounts where is_deleted"
    assert query(f"{found} and payload like '%isMissing%'") == [(gone, DELETED.replace(tzinfo=UTC))]
    assert again.rows["accounts"] == 0
