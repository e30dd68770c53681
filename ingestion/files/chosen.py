"""The rows of a file that its mapping means: `[rows]` leaves out the others, and counts them."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
from ingestion.files.places import error_cell, pointer
from ingestion.files.rows import Reading
from ingestion.files.sql import literal
from ingestion.tables import Reason

_BLANKS = "' \t\r\n\u00a0'"


def chosen(path: Path, reading: Reading, mapping: Mapping) -> Reading:
    """The reading without the rows that `[rows]` leaves out. What is no row at all stays.

    JSON lines that never name a column of `[rows]` are refused when all have been read.
    """
    if not mapping.rows or (
        reading.headers is not None and any(header not in reading.headers for header in mapping.rows)
    ):
        return reading  # a header that is not there is for `check_columns` to say
    return replace(reading, batches=_kept(path, reading, mapping))


def _kept(path: Path, reading: Reading, mapping: Mapping) -> Generator[pa.RecordBatch, None, None]:
    statement = _statement(reading, mapping)
    unseen = list(mapping.rows) if reading.headers is None else []
    with duckdb.connect() as engine:
        for batch in reading.batches:
            engine.register("batch", pa.Table.from_batches([batch]))
            kept = engine.execute(statement).to_arrow_table().cast(batch.schema)
            reading.left_out.count += batch.num_rows - kept.num_rows
            unseen = [header for header in unseen if not _is_named(header, engine)]
            yield from kept.to_batches()
    if unseen and reading.left_out.count:
        columns = ", ".join(f'"{header}"' for header in unseen)
        raise FileNotUnderstoodError(
            path, f"no line has the column {columns}, which [rows] uses", f"correct {mapping.path}"
        )


def _is_named(header: str, engine: duckdb.DuckDBPyConnection) -> bool:
    """Whether a line of the batch has this member."""
    member = literal(pointer(header))
    query = f"select 1 from batch where json_valid(line) and json_exists(line, {member}) limit 1"
    return bool(engine.execute(query).fetchall())


def _statement(reading: Reading, mapping: Mapping) -> str:
    """Keeps a batch's order and columns. A row whose cell holds an error is neither meant nor left out."""
    tests, error, detail = [], [], []
    for header, values in mapping.rows.items():
        cell = _cell(header, reading)
        meant = ", ".join(f"lower({literal(value)})" for value in values)
        tests.append(f"lower(trim(coalesce({cell}, ''), {_BLANKS})) in ({meant})")
        if reading.sheets:
            test, _, sentence = error_cell(cell, f'column "{header}" ([rows])')
            error.append(f"coalesce({test}, false)")
            detail.append(f"when {test} then {sentence}")
    is_error = f"(reason is null and ({' or '.join(error) or 'false'}))"
    explained = f"case {' '.join(detail)} end" if detail else "null"
    return f"""
select
  batch.* replace (
    case when {is_error} then {literal(Reason.ERROR_CELL)} else reason end as reason,
    case when {is_error} then {explained} else detail end as detail,
    case when {is_error} then {_original(reading)} else original_text end as original_text
  )
from batch
where reason is not null or {is_error} or ({" and ".join(tests)})
order by row_number
"""


def _cell(header: str, reading: Reading) -> str:
    if reading.headers is None:
        return f"case when json_valid(line) then json_extract_string(line, {literal(pointer(header))}) end"
    return f"c{reading.headers.index(header)}"


def _original(reading: Reading) -> str:
    if reading.headers is None:
        return "line"
    members = ", ".join(f"{literal(header)}, c{at}" for at, header in enumerate(reading.headers))
    return f"json_object({members})::varchar"
