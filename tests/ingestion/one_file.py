"""One file to rows and quarantine rows, without a warehouse: what the tests of files share."""

import io
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet

from ingestion.files.headers import check_columns
from ingestion.files.mapping import mapping_path
from ingestion.files.mapping_checks import read_mapping
from ingestion.files.readers import open_reading
from ingestion.files.tables import FILE_TABLES, FileTable
from ingestion.files.versions import Delivery

TABLES = {table.name: table for table in FILE_TABLES}
RESPONSES = TABLES["surveys_responses"]
HEADER = "response_id,score,responded_at\n"
Rows = list[dict[str, Any]]


def load(
    folder: Path,
    content: bytes | str,
    mapping: str = "",
    name: str = "answers.csv",
    table: FileTable = RESPONSES,
) -> tuple[Rows, Rows]:
    """The rows and the quarantine rows of one file, without a warehouse."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if mapping:
        (folder / "mapping.toml").write_text(mapping)
    understood = read_mapping(mapping_path(path), table)
    reading = open_reading(path, understood)
    check_columns(path, reading, understood, table)
    with Delivery(table, folder / "scratch", "load") as delivery:
        delivery.add(path, reading, understood)
        held = delivery.versions(folder / "none.duckdb", "raw_files")
        rows = pyarrow.parquet.read_table(held.path).to_pylist()
        rejects = [row for part in delivery.rejects() for row in part.to_pylist()]
    return sorted(rows, key=lambda row: row["position"]), sorted(rejects, key=lambda row: row["position"])


def sheet_bytes(*rows: list[Any], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
