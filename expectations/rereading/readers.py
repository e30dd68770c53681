"""Which reader a file has, and its rows as records: what the guard reads of one file, without the loader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from expectations.rereading import csv_files, json_lines, parquet, sheets
from expectations.rereading.chunks import Chunk, Share
from expectations.rereading.mapping import Mapping as FileMapping

_READERS: Mapping[str, Callable[[Path, FileMapping, Share], Iterator[Chunk]]] = {
    "csv": csv_files.read,
    "tsv": csv_files.read,
    "jsonl": json_lines.read,
    "parquet": parquet.read,
    "xlsx": sheets.read,
}


def chunks(path: Path, mapping: FileMapping, share: Share) -> Iterator[Chunk]:
    """The records of a file by its suffix."""
    suffix = path.name.removesuffix(".gz").rsplit(".", 1)[-1].lower()
    return _READERS[suffix](path, mapping, share)
