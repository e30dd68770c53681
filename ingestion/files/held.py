"""Rows on disk, as Parquet under a raw table's schema: a file that dlt takes over as it is.

Written once and read by engines only. Does not belong here: what a row means, or whether it is loaded.
"""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet

from ingestion.tables import GROUP_ROWS

_LOAD_ID = pa.field("_dlt_load_id", pa.string(), False)


class HeldRows:
    """A Parquet file of rows under `schema` and the load's id. Use as a context manager, which closes it.

    Nullability is part of the file: dlt writes a file anew whose columns may be null where its own may not.
    """

    def __init__(self, path: Path, schema: pa.Schema, load_id: str, repetitive: Sequence[str]) -> None:
        self.path = path
        self.count = 0
        self._load_id = load_id
        self._gathered: list[pa.Table] = []
        self._schema = schema.append(_LOAD_ID)
        # Ids, hashes and payloads differ from row to row: to look for repetitions in them is lost time.
        self._writer = pyarrow.parquet.ParquetWriter(
            path,
            self._schema,
            compression="none",  # read once, and soon
            use_dictionary=[*repetitive, _LOAD_ID.name],  # type: ignore[arg-type]
            write_statistics=["position"],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, columns: dict[str, Any], count: int) -> None:
        """Adds `count` rows: for each column of the schema its values, or the one value of all these rows."""
        given = {**columns, _LOAD_ID.name: self._load_id}
        arrays = [_array(given[column.name], column.type, count) for column in self._schema]
        self._gathered.append(pa.table(arrays, schema=self._schema))
        self.count += count
        self._write(GROUP_ROWS)

    def close(self) -> None:
        """Writes what is gathered and the file's end; more than once does nothing."""
        self._write(1)
        self._writer.close()

    def _write(self, least: int) -> None:
        """Writes what is gathered by row groups, until there is less than `least`."""
        rows = pa.concat_tables([self._schema.empty_table(), *self._gathered])
        while rows.num_rows >= least:
            self._writer.write_table(rows.slice(0, GROUP_ROWS), GROUP_ROWS)
            rows = rows.slice(GROUP_ROWS)
        self._gathered = [rows] if rows.num_rows else []


def _array(values: Any, kind: Any, count: int) -> Any:
    if isinstance(values, pa.ChunkedArray):
        return values.cast(kind)
    return pa.nulls(count, kind) if values is None else pa.repeat(pa.scalar(values, kind), count)
