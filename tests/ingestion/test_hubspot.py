"""HubSpot: every record and each change once, past the cap of a search, through merges and deletions."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import orjson
import pyarrow as pa
import pytest

from demo.company.world import World
from demo.server import VendorServers, serve
from demo.vendors import hubspot, scripts
from demo.vendors.hubspot_objects import OBJECTS, with_ids_of_hubspot
from demo.vendors.limits import Limits
from ingestion.crm.hubspot import modified_at
from ingestion.crm.hubspot_records import changes, sent, with_merged
from ingestion.crm.hubspot_tables import crm_objects
from ingestion.errors import ConfigurationError, LoadError
from ingestion.load import load_source

from .conftest import NOW

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Query = Callable[[str], list[tuple[Any, ...]]]
Tables = dict[str, pa.Table]
EARLIER, MARCH = datetime(2024, 6, 1), datetime(2025, 3, 1, tzinfo=UTC)
OURS = {recorded: name for name, recorded in OBJECTS["companies"].history.items()}


def ended(table: pa.Table, key: str, merged_into: dict[str, str | None]) -> pa.Table:
    """The table, where these records were merged into others, or deleted, in March 2025."""
    rows = [row for row in table.to_pylist() if row[key] not in merged_into or row["visible_at"] < MARCH]
    last = {row[key]: row for row in rows}
    rows += [
        last[gone] | {"is_deleted": True, "visible_at": MARCH, "merged_into_id": survivor}
        for gone, survivor in merged_into.items()
    ]
    return pa.Table.from_pylist(rows, schema=table.schema)


@pytest.fixture(scope="module")
def tables(world: World) -> Tables:
    """The company, where between two loads three accounts were merged into one another and contacts went."""
    numbered = with_ids_of_hubspot(world.tables())
    gone, middle, survivor = sorted(current(numbered, "accounts", "account_id", EARLIER))[:3]
    numbered["accounts"] = ended(numbered["accounts"], "account_id", {gone: middle, middle: survivor})
    contact = min(current(numbered, "contacts", "contact_id", EARLIER))
    numbered["contacts"] = ended(numbered["contacts"], "contact_id", {contact: None})
    return numbered


@pytest.fixture
def company(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Iterator[VendorServers]:
    """Its HubSpot, which finds no more than twenty records in a search."""
    monkeypatch.setenv("SOURCES__HUBSPOT__PAGE_SIZE", "15")
    with serve(tables, NOW, limits=Limits(hubspot_results=20)) as servers:
        for name, value in hubspot.settings(servers.base_url).items():
            monkeypatch.setenv(name, value)
        yield servers


def recorded(tables: Tables, until: datetime) -> set[tuple[Any, ...]]:
    """The changes of accounts that were made until then."""
    return {
        (row["account_id"], OURS[row["field"]], row["old_value"], row["new_value"], row["visible_at"])
        for row in tables["account_history"].to_pylist()
        if row["visible_at"].replace(tzinfo=None) <= until
    }


def current(tables: Tables, name: str, key: str, at: datetime = NOW) -> dict[str, dict[str, Any]]:
    """The last version of each record."""
    rows = [row for row in tables[name].to_pylist() if row["visible_at"].replace(tzinfo=None) <= at]
    return {row[key]: row for row in sorted(rows, key=lambda row: row["visible_at"])}


LAST = """
    select {columns} from raw_hubspot.{table}
    qualify row_number() over (partition by record_id order by version_at desc, _dlt_load_id desc) = 1
"""


def test_later_loads_bring_what_was_changed_merged_or_deleted_past_the_cap_of_a_search(
    company: VendorServers, tables: Tables, query: Query
) -> None:
    company.clock.move_to(EARLIER)
    before = load_source("hubspot")
    company.clock.move_to(NOW)
    after, idle = load_source("hubspot"), load_source("hubspot")
    assert min(before.rows["accounts"], after.rows["accounts"]) > 20
    assert set(idle.rows.values()) == {0}
    assert idle.received["accounts"] < after.received["accounts"] / 2, "the cursor was not used"
    assert sum(idle.quarantined.values()) == 0
    columns = ("plan", "lifecycle_stage", "owner_id", "branch_id", "status", "acquired_by_referral", "name")
    found = query(LAST.format(columns=", ".join(["account_id", *columns]), table="accounts"))
    there = current(tables, "accounts", "account_id")
    alive = {key: row for key, row in there.items() if not row["is_deleted"]}
    assert {row for row in found if row[0] in alive} == {
        (key, *(row[column] for column in columns)) for key, row in alive.items()
    }
    listed = "select account_id, field, old_value, new_value, changed_at from raw_hubspot.account_history"
    merged = there.keys() - alive.keys()
    expected = recorded(tables, NOW)
    assert {row for row in query(listed) if row[0] not in merged} == {
        row for row in expected if row[0] not in merged
    }
    assert query("select count(*) = count(distinct record_id) from raw_hubspot.account_history") == [(True,)]

    found = query(LAST.format(columns="account_id, merged_into_id, is_deleted", table="accounts"))
    [survivor] = {row[1] for row in found if row[1]}
    assert survivor in alive
    assert {row for row in found if row[2]} == {(gone, survivor, True) for gone in merged}
    [contact] = [key for key, row in current(tables, "contacts", "contact_id").items() if row["is_deleted"]]
    found = query(LAST.format(columns="contact_id, is_deleted, version_at", table="contacts"))
    assert [row for row in found if row[1]] == [(contact, True, MARCH)]


def version(day: int, value: str) -> dict[str, str]:
    return {"value": value, "timestamp": f"2025-01-{day:02d}T00:00:00.000Z", "sourceType": "API"}


def told(*versions: dict[str, str]) -> list[tuple[Any, ...]]:
    """Day, old and new value of what a company tells of its plan, which was created on the second."""
    company = {
        "id": "1",
        "createdAt": version(2, "")["timestamp"],
        "propertiesWithHistory": {"plan": list(versions)},
    }
    found = [orjson.loads(line) for line in changes(sent([orjson.dumps(company)]), ("plan", "status"))]
    assert {(each["id"], each["property"]) for each in found} <= {("1", "plan")}
    return [
        (
            int(each["version"]["timestamp"][8:10]),
            (each["previous"] or {}).get("value"),
            each["version"]["value"],
        )
        for each in found
    ]


def test_a_change_lies_between_two_versions() -> None:
    assert told() == []
    assert told(version(2, "Basic")) == []
    assert told(version(9, "Pro"), version(5, ""), version(2, "Basic")) == [(5, "Basic", ""), (9, "", "Pro")]
    assert told(version(2, "Basic"), version(5, ""), version(9, "Pro")) == [(5, "Basic", ""), (9, "", "Pro")]


def test_a_property_that_was_set_later_was_empty_before_unless_its_history_is_cut() -> None:
    assert told(version(3, "Basic")) == [(3, None, "Basic")]
    newest = [version(day, f"p{day}") for day in range(25, 3, -1)]
    assert told(*newest[:19])[0] == (7, None, "p7")
    assert told(*newest[:20])[0] == (7, "p6", "p7")


def test_a_change_without_its_moment_is_quarantined(company: VendorServers, query: Query) -> None:
    places = count()

    # of a few: a field that most records lack stops the load
    def without(record: dict[str, Any]) -> None:
        if next(places) % 3 == 0:
            for versions in record.get("propertiesWithHistory", {}).values():
                for each in versions[:-1]:
                    del each["timestamp"]

    company.faults.script(scripts.changed_records("/objects/companies$", without))
    report = load_source("hubspot")
    assert report.quarantined["account_history"] > 0
    assert (
        query("select distinct reason from raw_hubspot.quarantine where table_name = 'account_history'") != []
    )


def test_a_property_that_does_not_exist_is_refused_and_one_that_is_renamed_is_read_again(
    company: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = load_source("hubspot").rows["accounts"]
    monkeypatch.setenv("SOURCES__HUBSPOT__FIELDS", '{"accounts": {"plan": "tier"}}')
    with pytest.raises(LoadError, match="companies have no property `tier`"):
        load_source("hubspot")
    monkeypatch.setenv("SOURCES__HUBSPOT__FIELDS", '{"accounts": {"plan": "industry", "region": ""}}')
    again = load_source("hubspot")
    assert again.rows["accounts"] == records
    assert query(
        "select count(*) from raw_hubspot.accounts"
        " where plan is not distinct from industry and region is null and version_id like '%@1'"
    ) == [(records,)]
    assert load_source("hubspot").rows["accounts"] == 0
    monkeypatch.setenv("SOURCES__HUBSPOT__OBJECTS", "{}")
    assert load_source("hubspot").rows["branches"] == 0


@pytest.mark.parametrize(
    ("fields", "further", "problem"),
    [
        ({"contacts": {"email": "x"}}, [], "it can name accounts, branches"),
        ({"accounts": {"merged_into_id": "x"}}, [], "names merged_into_id"),
        ({}, ["Line 1"], "'Line 1', which is no property"),
    ],
)
def test_what_cannot_be_named_is_refused(fields: dict[str, Any], further: list[str], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        crm_objects(fields, {}, further)


def test_a_search_that_goes_in_a_circle_is_noticed_and_one_that_finds_what_is_gone_goes_on(
    company: VendorServers, query: Query
) -> None:
    company.clock.move_to(EARLIER)
    load_source("hubspot")
    company.clock.move_to(EARLIER + timedelta(days=300))
    company.faults.script(scripts.changed_records("/contacts/search$", lambda record: record.update(id="5")))
    with pytest.raises(LoadError, match="a second time"):
        load_source("hubspot")
    company.faults.scripts.clear()
    company.faults.script(
        scripts.changed_records("/companies/search$", lambda record: record.update(id=record["id"] + "0"))
    )
    assert load_source("hubspot").rows["account_history"] == 0


def test_texts_of_no_record_and_of_half_a_pair_are_kept() -> None:
    """A company that is none has no changes, and a merged id that UTF-8 cannot hold is written as it came."""
    history = {"industry": [{"value": "a", "timestamp": "2026-01-01T00:00:00Z"}] * 20}
    lines = [b"7", orjson.dumps({"id": None, "propertiesWithHistory": history})]
    found = sent([*lines, b'{"id":"1","properties":{"hs_merged_object_ids":"2;\\ud800"}}'])
    assert len(list(changes(found[:2], ["industry"]))) == 19
    assert [json.loads(line)["id"] for line, _ in with_merged(found[2:])] == ["1", "2", "\ud800"]


@pytest.mark.parametrize("modified", ["2026-01-01", "2026-01-01T00:00:00", "soon", None, 7])
def test_a_modification_without_a_zone_moves_no_cursor(modified: object) -> None:
    contacts = next(each for each in crm_objects({}, {}, []) if each.table.name == "contacts")
    assert modified_at(contacts, {"properties": {contacts.modified: modified}}) is None


def test_every_name_of_a_stage_is_kept_with_the_moment_it_was_seen(
    company: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renamed(record: dict[str, Any]) -> None:
        for option in record.get("options", []):
            if option["value"] == "adoption":
                option["label"] = "In use"
        record["options"] = [each for each in record.get("options", []) if each["value"] != "support"]
        record["stages"] = [each for each in record.get("stages", []) if each["id"] != "148293002"]

    monkeypatch.setenv("SOURCES__HUBSPOT__OBJECTS", '{"stages": "deals"}')
    names = "select stage_id, list(stage_name order by version_at) from raw_hubspot.stages group by 1"
    load_source("hubspot")
    before: dict[str, list[str]] = dict(query(names))
    assert before["148293001"] == ["Adoption"]
    assert before["support"] == ["Support"]
    company.faults.script(scripts.changed_records("/crm/v3/p", renamed))
    assert load_source("hubspot").rows["stages"] == 1
    company.faults.scripts.clear()
    assert load_source("hubspot").rows["stages"] == 1, "a name that came back is in force again"
    assert dict(query(names)) == before | {"adoption": ["Adoption", "In use", "Adoption"]}
    assert load_source("hubspot").rows["stages"] == 0
