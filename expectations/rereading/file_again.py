"""One file read again to the end: how many records it has, and those looked at as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.file_tables import FILE_TABLES, Kind, kind_of
from expectations.hidden import hidden
from expectations.rereading.chunks import Chunk, Share
from expectations.rereading.file_loads import FileLoad
from expectations.rereading.mapping import mapping_of
from expectations.rereading.readers import chunks
from expectations.rereading.records import Records, Rereading

_ARROW: Mapping[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.ID: pa.string(),
    Kind.NUMBER: pa.float64(),
    Kind.AMOUNT: pa.decimal128(18, 4),
    Kind.FLAG: pa.bool_(),
    Kind.MOMENT: pa.int64(),
    Kind.DAY: pa.date32(),
}


class FileAgain:
    """A file under its mapping: `count` records, `left_out` rows that are not meant, and `rows`, the records
    looked at (`file`, `row_number`, `place`, `is_unreadable`, `record_id` and the table's columns)."""

    def __init__(self, path: Path, load: FileLoad, share: float) -> None:
        mapping = mapping_of(path)
        self.load = load
        self.share = Share.of(share, path.name)
        self.questions = max(1, len(mapping.questions))
        self.count = self.left_out = 0
        self.chunks: list[Chunk] = []
        self._columns = FILE_TABLES[load.table].columns
        found = [self._unreadable([])]
        again = Rereading(path, mapping, FILE_TABLES[load.table])
        for chunk in chunks(path, mapping, Share() if mapping.rows else self.share):
            if mapping.rows:
                meant, untold = again.meant(chunk)
                self.left_out += len(chunk.numbers) - len(meant) - len(untold)
                chunk = chunk.only(meant, untold, self.share)
            self.count += chunk.count * self.questions
            self.chunks.append(chunk)
            found += [self._table(records) for records in again.records(chunk)]
            found.append(self._unreadable(chunk.broken))
        self.rows = pa.concat_tables(found)

    @property
    def is_counted_alike(self) -> bool:
        """Whether the loader says the same of how many records there are."""
        return (self.count, self.left_out) == (self.load.received, self.load.left_out)

    def _table(self, records: Records) -> pa.Table:
        """Records as a table; an unreadable one has nothing but its number."""
        bad, count = records.unreadable, len(records.numbers)
        columns = {
            "record_id": records.ids,
            **{name: hidden(name, values) for name, values in records.values.items()},
        }
        arrays = {
            name: pa.array(
                [None if at in bad else value for at, value in enumerate(values)] if bad else values,
                _ARROW[kind_in_raw(name)],
            )
            for name, values in columns.items()
        }
        return pa.table(
            {
                "file": pa.repeat(self.load.file, count),
                "row_number": pa.array(records.numbers, pa.int64()),
                "place": pa.array(records.places, pa.int64()),
                "is_unreadable": pa.array([at in bad for at in range(count)], pa.bool_()),
                **{name: arrays[name] for name in ("record_id", *self._columns)},
            }
        )

    def _unreadable(self, numbers: Sequence[int]) -> pa.Table:
        """Records that are no rows."""
        nothing: list[Any] = [None] * len(numbers)
        places = [(number - 1) * self.questions + 1 for number in numbers]
        values = dict.fromkeys(self._columns, nothing)
        return self._table(Records(numbers, places, values, nothing, frozenset(range(len(numbers)))))


def kind_in_raw(column: str) -> Kind:
    """What a column of the raw table holds, its common ones included."""
    return Kind.ID if column == "record_id" else kind_of(column)
