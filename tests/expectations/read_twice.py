"""One file, loaded by the loader and read again by the guard: what the tests of the second reading share."""

from pathlib import Path

import duckdb
import pyarrow as pa

from expectations.rereading import comparison
from expectations.rereading.differences import Difference
from expectations.rereading.file_again import FileAgain
from expectations.rereading.file_loads import FileLoad
from ingestion.files.tables import FileTable
from ingestion.tables import QUARANTINE_SCHEMA
from tests.ingestion.one_file import RESPONSES, load


def read_twice(
    folder: Path,
    content: bytes | str,
    mapping: str = "",
    name: str = "answers.csv",
    table: FileTable = RESPONSES,
    change: str = "",
    share: float = 1,
) -> list[Difference]:
    """Where the guard's reading differs from the loader's, after `change` (SQL) was done to raw."""
    rows, rejects = load(folder, content, mapping, name, table)
    with duckdb.connect() as raw:
        raw.execute("set TimeZone = 'UTC'; create schema raw_files")
        landed = pa.Table.from_pylist(rows, table.spec.schema.append(pa.field("_dlt_load_id", pa.string())))
        raw.register("rows_of_the_file", landed)
        raw.execute(f"create table raw_files.{table.name} as from rows_of_the_file")
        raw.register("rejects_of_the_file", pa.Table.from_pylist(rejects, QUARANTINE_SCHEMA))
        raw.execute(
            "create table raw_files.quarantine as select *, 'load' as _dlt_load_id from rejects_of_the_file"
        )
        count = FileAgain(folder / name, _said(table, name, 0, 0, 0), share).count
        raw.execute(change or "select 1")
        said = _said(table, name, count, len(rows), len(rejects))
        return comparison.differences(raw, table.name, [FileAgain(folder / name, said, share)])


def _said(table: FileTable, name: str, received: int, landed: int, quarantined: int) -> FileLoad:
    return FileLoad(table.name, name, "", received, landed, 0, 0, quarantined, 0, 0, "load")
