"""Merges as both CRMs tell them: in chains, before the survivor is known, undone."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from demo.company.world import World
from demo.server import VendorServers, serve
from demo.vendors import hubspot
from demo.vendors.hubspot_objects import with_ids_of_hubspot
from expectations.recount import crm as recounted
from expectations.recount.ids import customer
from expectations.recount.versions import RawRecords
from ingestion import warehouse
from ingestion.load import load_source

MARCH, APRIL, MAY = (datetime(2025, month, 1, tzinfo=UTC) for month in (3, 4, 5))
#: Who is merged into whom when; `None`: the merge is undone. Nobody has heard of `late` before May.
MERGES = [("a", "b", MARCH), ("b", "c", MAY), ("u", "v", MARCH), ("u", None, MAY), ("x", "late", MARCH)]


def merged(rows: list[dict[str, Any]], ids: dict[str, str], merges: Iterable[Any]) -> list[dict[str, Any]]:
    """Versions of accounts, where these merges were made."""
    last = {row["account_id"]: row for row in rows if row["visible_at"] < MARCH}
    gone = {ids[name] for name, _, _ in merges}
    kept = [row for row in rows if row["account_id"] not in gone or row["visible_at"] < MARCH]
    kept = [
        row | {"visible_at": max(row["visible_at"], MAY)} if row["account_id"] == ids["late"] else row
        for row in kept
    ]
    return kept + [
        last[ids[name]]
        | {"is_deleted": into is not None, "merged_into_id": into and ids[into], "visible_at": moment}
        for name, into, moment in merges
    ]


@pytest.fixture(params=["salesforce", "hubspot"])
def crm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def company(
    crm: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[VendorServers, dict[str, str]]]:
    """A company whose accounts were merged, and their ids by name."""
    tables = dict(world.tables() if crm == "salesforce" else with_ids_of_hubspot(world.tables()))
    rows = tables["accounts"].to_pylist()
    ended = {row["account_id"] for row in rows if row["is_deleted"]}
    alive = sorted({row["account_id"] for row in rows if row["visible_at"] < MARCH} - ended)
    ids = dict(zip(["a", "b", "c", "u", "v", "x", "late"], alive, strict=False))
    told = merged(rows, ids, MERGES)
    tables["accounts"] = pa.Table.from_pylist(told, schema=tables["accounts"].schema)
    with serve(tables, APRIL.replace(tzinfo=None)) as servers:
        for name, value in (servers.environment() | hubspot.settings(servers.base_url)).items():
            monkeypatch.setenv(name, value)
        yield servers, ids


def survivors(ids: dict[str, str]) -> dict[str, str]:
    """Whom each name has become, as far as anything is known of it."""
    with duckdb.connect(str(warehouse.working_file()), read_only=True) as connection:
        found = recounted.read(RawRecords(connection)).survivors
    names = {customer(written): name for name, written in ids.items()}
    return {names[key]: names[survivor] for key, survivor in found.items() if key in names}


def test_whom_records_became_is_known_whatever_came_first(
    crm: str, company: tuple[VendorServers, dict[str, str]], query: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    servers, ids = company
    load_source(crm)
    alone = {"c": "c", "v": "v"}
    early = {"a": "b", "b": "b", "u": "v"}
    # Salesforce tells it of the record that is gone, HubSpot of the survivor, which is not there yet.
    before = {"x": "x"} if crm == "salesforce" else {}
    assert survivors(ids) == alone | early | before
    servers.clock.move_to(MAY.replace(tzinfo=None))
    load_source(crm)
    assert survivors(ids) == alone | {
        **{"a": "c", "b": "c"},
        **{"u": "u", "x": "late", "late": "late"},
    }
    [(again,)] = query(f"select count(*) from raw_{crm}.quarantine")
    assert again == 0
