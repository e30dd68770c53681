"""What the fast lane needs of a refresh, in a file of its own: the working file is its writer's.

The models between the answers of files and `fct_follow_up_answers`, as dbt compiled them, in their order;
what they read besides, as tables; raw answers; what comments mention; how far loads had taken what was
received.

Belongs here: what is kept. Does not belong here: running it (`lane.py`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb

from ingestion.files.intake import DELIVERY_TABLES
from ingestion.tables import QUARANTINE
from orchestration.environment import Home
from receiver.segments import Segments

SENDER: Final = "answers"
RAW: Final = "surveys_responses"
SCHEMA: Final = "raw_files"
END: Final = "fct_follow_up_answers"
#: By what a load knows the rows that it has read, what `mentions` has read, and what tasks say besides.
_BESIDE: Final = (
    *((SCHEMA, name) for name in (RAW, "_dlt_loads", QUARANTINE, *DELIVERY_TABLES)),
    *(("topics", name) for name in ("readings", "mentions", "labelled")),
    *(("marts", "dim_accounts"), ("marts", "dim_contacts"), ("definition", "branch_calendars")),
)


@dataclass(frozen=True)
class Model:
    """A model as dbt built it; `relation` is its place in the working file."""

    name: str
    relation: str
    materialized: str
    sql: str


def file(home: Home) -> Path:
    """Where the snapshot of the last refresh is."""
    return home.path / "fast" / "last.duckdb"


def write(home: Home, target: Path, as_of: date) -> int:
    """Keep what the last refresh built, in place of what was kept before; how many models.

    `target` is dbt's folder. Without a model of cases nothing is kept.
    """
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    chain = [*_models(manifest, _compiled(target))]
    kept = file(home)
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    half = kept.with_suffix(".tmp")
    half.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{_quoted(home.warehouse)}' as warehouse (read_only)")
        connection.execute(f"attach '{_quoted(half)}' as kept")
        there = set(
            connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse'"
            ).fetchall()
        )
        beside = {place for place in _BESIDE if place in there}
        for schema, name in sorted({*_read_besides(manifest, chain), *beside}):
            connection.execute(f'create schema if not exists kept."{schema}"')
            connection.execute(f'create table kept."{schema}"."{name}" as from warehouse."{schema}"."{name}"')
        connection.execute("create schema kept.fast")
        connection.execute(
            "create table kept.fast.models"
            " (position integer, name varchar, relation varchar, materialized varchar, sql varchar)"
        )
        connection.executemany(
            "insert into kept.fast.models values (?, ?, ?, ?, ?)",
            [(at, each.name, each.relation, each.materialized, each.sql) for at, each in enumerate(chain)],
        )
        connection.execute("create table kept.fast.taken (segment varchar, size bigint)")
        if extents := _taken(home):
            connection.executemany("insert into kept.fast.taken values (?, ?)", [*extents.items()])
        connection.execute("create table kept.fast.made (as_of date)")
        connection.execute("insert into kept.fast.made values (?)", [as_of])
    half.replace(kept)
    return len(chain)


def _taken(home: Home) -> dict[str, int]:
    """Bytes of each segment that loads have taken; during a refresh nobody takes more."""
    segments = Segments(home.received / SENDER)
    waiting = segments.unsettled()
    return {name: extent.size for name, extent in segments.extents().items() if name not in waiting}


def _models(manifest: Mapping[str, Any], compiled: Mapping[str, str]) -> Iterator[Model]:
    """The models that depend on raw answers and that the end depends on, each after those it reads."""
    for name in _order(manifest):
        node = manifest["nodes"][name]
        yield Model(
            node["name"],
            node["relation_name"],
            node["config"]["materialized"],
            compiled[name],
        )


def _order(manifest: Mapping[str, Any]) -> list[str]:
    nodes, order, seen = manifest["nodes"], [], {}
    [raw] = [
        name
        for name, source in manifest["sources"].items()
        if (source["schema"], source["name"]) == (SCHEMA, RAW)
    ]

    def depends(name: str) -> bool:
        """Whether it depends on raw answers; notes those that do after those that they read."""
        if name not in seen:
            parents = nodes.get(name, {}).get("depends_on", {}).get("nodes", [])
            below = [depends(parent) for parent in parents]  # each of them, not only the first that does
            seen[name] = name == raw or any(below)
            if seen[name] and name != raw:
                order.append(name)
        return seen[name]

    [end] = [name for name, node in nodes.items() if node["name"] == END and node["resource_type"] == "model"]
    depends(end)
    return order


def _read_besides(manifest: Mapping[str, Any], chain: list[Model]) -> set[tuple[str, str]]:
    """What the models read that is none of them, by schema and name."""
    everything = {**manifest["nodes"], **manifest["sources"]}
    own = {each.relation for each in chain}
    read = {
        parent
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["relation_name"] in own
        for parent in node["depends_on"]["nodes"]
    }
    return {
        (each["schema"], each.get("alias") or each["identifier"])
        for each in map(everything.__getitem__, read)
        if each["relation_name"] not in own
    }


def _compiled(target: Path) -> dict[str, str]:
    """The SQL of each model, as it was run last."""
    from orchestration import records  # with it comes the guard, which only a refresh needs

    found: dict[str, str] = {}
    for build in records.BUILDS:
        if folder := records.newest(target, build):
            results = json.loads((folder / "run_results.json").read_text("utf-8"))["results"]
            found |= {each["unique_id"]: each["compiled_code"] for each in results if each["compiled_code"]}
    return found


def dbt_target(home: Home) -> Path:
    """Where dbt has left what it compiled."""
    return Path(os.environ.get("DBT_TARGET_PATH", home.dbt_target))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
