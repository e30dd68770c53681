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
    received: int | None = None,
    landed: int | None = None,
) -> list[Difference]:
    """Where the guard's reading differs from the loader's, after `change` (SQL) was done to raw.

    The loader is taken to have counted `received` records, and `landed` rows, else those that there are.
    """
    rows, rejects = load(folder, content, mapping, name, table)
    with duckdb.connect() as raw:
        raw.execute("set TimeZone = 'UTC'; create schema raw_files")
        with_load = table.spec.schema.append(pa.field("_dlt_load_id", pa.string()))
        raw.register("delivered", pa.Table.from_pylist(rows, with_load))
        raw.execute(f"create table raw_files.{table.name} as from delivered")
        raw.register("refused", pa.Table.from_pylist(rejects, QUARANTINE_SCHEMA))
        raw.execute("create table raw_files.quarantine as select *, 'load' as _dlt_load_id from refused")
        raw.execute(change or "select 1")
        received = len(rows) + len(rejects) if received is None else received
        landed = len(rows) if landed is None else landed
        known = len(rows) - landed
        said = FileLoad(table.name, name, "", received, landed, known, 0, len(rejects), 0, 0, "load")
        return comparison.differences(raw, table.name, [FileAgain(folder / name, said, share)])
