"""All that came with the loads no guard has seen: files and vendors, whole or a share of them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import duckdb

from expectations.collector import without_collection
from expectations.declaring import Names
from expectations.rereading import comparison, payloads
from expectations.rereading.differences import Difference
from expectations.rereading.file_again import FileAgain
from expectations.rereading.file_loads import FileLoad, unseen
from expectations.rereading.mapping import mapping_file
from expectations.vendors import vendor_fields

#: More rows than this in one refresh are read again on a sample.
LARGE = 200_000


@dataclass
class Reread:
    """What was read again: how many files and rows, and by (source, table) where its loader disagrees.
    `seen_through` is the newest load of each source."""

    files: int = 0
    rows: int = 0
    differences: defaultdict[tuple[str, str], list[Difference]] = field(
        default_factory=lambda: defaultdict(list)
    )
    seen_through: dict[str, str] = field(default_factory=dict)


def reread(
    warehouse: Path,
    inbox: Path,
    seen_through: Mapping[str, str],
    names: Names | None = None,
    large: int = LARGE,
    sources: Collection[str] | None = None,
) -> Reread:
    """Read again what came with loads after `seen_through` (source → load id) into the working file.

    `names` are the company's own for the vendors' fields: vendor → setting of its loader → names. `sources`
    are those that are turned on; None: all that have raw tables. A source without them has sent nothing.
    Raises duckdb.Error when the working file cannot be read.
    """
    with duckdb.connect(warehouse, read_only=True) as connection, without_collection():
        connection.execute("set TimeZone = 'UTC'")
        there = {
            (schema, table)
            for schema, table in connection.execute(_TABLES).fetchall()
            if sources is None or schema.removeprefix("raw_") in sources
        }
        fields = {
            (vendor, table): found
            for vendor, tables in vendor_fields(names).items()
            for table, found in tables.items()
            if (f"raw_{vendor}", table) in there
        }
        counts = {
            (vendor, table): payloads.count(connection, vendor, table, seen_through.get(vendor, ""))
            for vendor, table in fields
        }
        files = unseen(connection, seen_through.get("files", "")) if ("raw_files", "intake") in there else []
        rows = sum(counts.values()) + sum(file.received for file in files)
        share = min(1.0, large / rows) if rows else 1.0

        found = Reread(seen_through=_newest_loads(connection, there))
        for table, loads in groupby(files, key=lambda load: load.table):
            folder = inbox / table.replace("_", "/", 1)
            again = []
            for load in loads:
                if why_not := _why_not(folder / load.file, load):
                    found.differences["files", table].append(why_not)
                else:
                    again.append(FileAgain(folder / load.file, load, share))
            if again:
                found.differences["files", table] += comparison.differences(connection, table, again)
            found.files += len(again)
            found.rows += sum(file.rows.num_rows for file in again)
        for (vendor, table), count in counts.items():
            if count:
                since = seen_through.get(vendor, "")
                looked_at, differences = payloads.differences(
                    connection, vendor, table, fields[vendor, table], since, share
                )
                found.rows += looked_at
                found.differences[vendor, table] += differences
        return found


_TABLES = "select table_schema, table_name from information_schema.tables where table_schema like 'raw_%'"


def _newest_loads(connection: duckdb.DuckDBPyConnection, there: set[tuple[str, str]]) -> dict[str, str]:
    newest = {}
    for schema, table in sorted(there):
        if table == "_dlt_loads":
            [[load_id]] = connection.execute(
                f"select max(load_id) from {schema}._dlt_loads where status = 0"
            ).fetchall()
            if load_id is not None:
                newest[schema.removeprefix("raw_")] = str(load_id)
    return newest


def _why_not(path: Path, load: FileLoad) -> Difference | None:
    """Why a file cannot be read again: it is not there, or it is not what was loaded any more."""
    if not path.is_file():
        return Difference(
            load.table,
            str(path),
            f"{load.received} records",
            "nothing: the file is gone; put it back until a refresh has ended well",
        )
    with path.open("rb") as file:
        of_file = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    mapping = mapping_file(path)
    of_mapping = hashlib.blake2b(mapping.read_bytes() if mapping else b"", digest_size=8).hexdigest()
    if load.file_hash != f"{of_file}:{of_mapping}":
        return Difference(
            load.table,
            str(path),
            f"{load.received} records",
            "another file: it or its mapping has changed since it was loaded; refresh again",
        )
    return None
