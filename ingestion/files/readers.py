"""Files to batches of text: which reader a file has, and those of JSON lines and Parquet."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from ingestion.files.chosen import chosen
from ingestion.files.delimited import BLOCK_BYTES, read_csv
from ingestion.files.documents import refuse_one_document
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import Mapping
from ingestion.files.rows import (
    BATCH_ROWS,
    Reading,
    bad_rows,
    good_rows,
    repeated_headers,
    row_schema,
    text_schema,
    unique_headers,
)
from ingestion.files.sheets import read_xlsx
from ingestion.files.text import MARKERS, Utf8Stream, shown
from ingestion.tables import Reason

_ALL_DIGITS = 1e15  # more than 15 of them are not all known, in a spreadsheet for one


def open_reading(path: Path, mapping: Mapping) -> Reading:
    """Opens a file by its suffix; its rows are those that the mapping means.

    Raises `FileNotUnderstoodError` where it cannot be understood at all.
    """
    reader = _READERS[path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()]
    return chosen(path, reader(path, mapping), mapping)


def _read_jsonl(path: Path, mapping: Mapping) -> Reading:
    with Utf8Stream(path, mapping.encoding) as stream:
        refuse_one_document(path, stream.read(BLOCK_BYTES).decode("utf-8", "ignore"), mapping)
    schema = text_schema("line")
    return Reading(None, schema, _jsonl_batches(path, mapping, schema))


def _jsonl_batches(path: Path, mapping: Mapping, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    number = 0
    with Utf8Stream(path, mapping.encoding) as stream, io.BufferedReader(stream, BLOCK_BYTES) as lines:
        while block := lines.readlines(BLOCK_BYTES):
            texts = [line.rstrip(b"\r\n") for line in block]
            numbered = [(number + at, text) for at, text in enumerate(texts, start=1) if text.strip()]
            number += len(texts)
            numbers = pa.array([at for at, _ in numbered], pa.int64())
            rows = good_rows(schema, numbers, [pa.array([text for _, text in numbered], pa.string())])
            if stream.marked:
                marked = pc.match_substring_regex(rows.column("line"), MARKERS)
                bad = rows.filter(marked).to_pylist()
                rows = rows.filter(pc.invert(marked))
                if bad:
                    detail = f"the line holds bytes that are not text in {mapping.encoding}"
                    yield bad_rows(
                        schema,
                        [(row["row_number"], Reason.UNDECODABLE, detail, shown(row["line"])) for row in bad],
                    )
            yield rows


def _read_parquet(path: Path, mapping: Mapping) -> Reading:
    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise FileNotUnderstoodError(
            path, f"this is not a Parquet file ({error})", "deliver it again"
        ) from error
    found = file.schema_arrow.names
    headers = unique_headers(found)
    for name, field in zip(headers, file.schema_arrow, strict=True):
        if pa.types.is_nested(field.type):
            raise FileNotUnderstoodError(
                path,
                f'column "{name}" holds {field.type}, not one value per row',
                "write it out flat, or as JSON text",
            )
    schema = row_schema(len(headers))
    return Reading(headers, schema, _parquet_batches(path, file, schema), repeated_headers(found))


def _parquet_batches(path: Path, file: Any, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    number = 0
    with file:
        try:
            for batch in file.iter_batches(BATCH_ROWS):
                numbers = pa.array(np.arange(number + 1, number + batch.num_rows + 1))
                number += batch.num_rows
                yield good_rows(schema, numbers, [_as_text(column) for column in batch.columns])
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
            raise FileNotUnderstoodError(
                path, f"its rows cannot be read as text ({error})", "deliver it again"
            ) from error


def _as_text(column: Any) -> Any:
    """Values as a person would write them into a CSV: moments in ISO 8601, with a zone if they have one."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        whole = column.cast(pa.timestamp("us", kind.tz), safe=False)
        if kind.tz is None:
            return whole.cast(pa.string())
        return pc.binary_join_element_wise(
            whole.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us")).cast(pa.string()), "Z", ""
        )
    return _whole_as_text(column) if pa.types.is_float64(kind) else column.cast(pa.string())


def _whole_as_text(column: Any) -> Any:
    """Whole numbers without a fraction, as far as all their digits are known."""
    is_whole = pc.and_(pc.less(pc.abs(column), pa.scalar(_ALL_DIGITS)), pc.equal(pc.floor(column), column))
    whole = pc.if_else(is_whole, column, pa.scalar(None, column.type))
    return pc.coalesce(whole.cast(pa.int64()).cast(pa.string()), column.cast(pa.string()))


_READERS: dict[str, Callable[[Path, Mapping], Reading]] = {
    "csv": read_csv,
    "tsv": read_csv,
    "jsonl": _read_jsonl,
    "parquet": _read_parquet,
    "xlsx": read_xlsx,
}
