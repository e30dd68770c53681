"""How much of a file is read: all of it, or for a large file the beginning and blocks from all its parts.

A sample is a small file of complete rows under the same header, so that the same code reads it.
"""

import codecs
import csv
import gzip
import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.parquet

from look.form import Form

WHOLE_BYTES = 12 << 20
_HEAD = 1 << 20
_BLOCK = 128 << 10
_BLOCKS = 24
_PROBE = 32 << 10
_ATTEMPTS = 60
_PARQUET_ROWS = 60_000


@dataclass(frozen=True)
class Portion:
    """The file that is read instead; `share` is its part of the bytes (of the rows, for Parquet)."""

    path: Path
    share: float = 1.0

    @property
    def is_sample(self) -> bool:
        return self.share < 1


def probes(path: Path) -> list[bytes]:
    """The beginning of a text file and, if it is not compressed, some later parts."""
    with _opened(path) as file:
        found = [file.read(_HEAD)]
        if path.suffix != ".gz":
            found += [_at(file, offset, _PROBE) for offset in _offsets(path.stat().st_size)]
    return found


def text_portion(path: Path, form: Form | None, scratch: Path, everything: bool) -> Portion:
    """The file, or a sample of it in `scratch`. Without a form, each line is a row (JSON lines)."""
    size = _text_bytes(path)
    if everything or size <= WHOLE_BYTES:
        return Portion(path)
    sample = scratch / path.name.removesuffix(".gz")
    taken = 0
    with _opened(path) as file, sample.open("wb") as out:
        head = _at(file, 0, _HEAD)
        codec = _codec(head, form)
        taken += out.write(_whole_rows(head, form, codec, is_head=True))
        for offset in _offsets(size):
            taken += out.write(_whole_rows(_at(file, offset, _BLOCK), form, codec, is_head=False))
    return Portion(sample, taken / size)


def parquet_portion(path: Path, scratch: Path, everything: bool) -> Portion:
    """The file, or batches spread evenly over its row groups."""
    with pyarrow.parquet.ParquetFile(path) as file:
        rows = file.metadata.num_rows
        if everything or rows <= 4 * _PARQUET_ROWS:
            return Portion(path)
        groups = sorted({at * file.num_row_groups // _BLOCKS for at in range(_BLOCKS)})
        inside = sum(file.metadata.row_group(group).num_rows for group in groups)
        batch = max(1, _PARQUET_ROWS // 60)
        every = max(1, inside // _PARQUET_ROWS)
        kept = [
            part for at, part in enumerate(file.iter_batches(batch, row_groups=groups)) if at % every == 0
        ]
        sample = scratch / path.name
        pyarrow.parquet.write_table(pa.Table.from_batches(kept), sample)
    return Portion(sample, sum(part.num_rows for part in kept) / rows)


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path) if path.suffix == ".gz" else path.open("rb"))


def _text_bytes(path: Path) -> int:
    """The size of the text; a compressed file stores it at its end (below 4 GB)."""
    size = path.stat().st_size
    if path.suffix != ".gz" or size < 18:
        return size
    with path.open("rb") as file:
        file.seek(-4, io.SEEK_END)
        return int(struct.unpack("<I", file.read(4))[0])


def _offsets(size: int) -> Iterator[int]:
    """Offsets after the head, evenly spaced and even (UTF-16 uses two bytes per character)."""
    step = (size - _HEAD) // _BLOCKS
    if step > _BLOCK:
        yield from (_HEAD + number * step & ~1 for number in range(1, _BLOCKS))
        yield size - _BLOCK & ~1


def _at(file: BinaryIO, offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


def _codec(head: bytes, form: Form | None) -> str:
    """The encoding of a block without a byte-order mark, which only the head has."""
    encoding = form.encoding if form else "utf-8"
    if encoding == "utf-16":
        return "utf-16-be" if head.startswith(codecs.BOM_UTF16_BE) else "utf-16-le"
    return encoding


def _whole_rows(block: bytes, form: Form | None, encoding: str, is_head: bool) -> bytes:
    """The complete rows in a block of bytes; none if rows cannot be separated."""
    errors = "replace" if encoding.startswith("utf-16") else "surrogateescape"
    text = block.decode(encoding, errors)
    end = form.line_end if form else "\n"
    start = 0 if is_head else _first_row(text, form, end)
    if start is None:
        return b""
    last = text.rfind(end)
    if form and form.quotes:
        while last > start and text.count('"', start, last) % 2:
            last = text.rfind(end, 0, last)
    return text[start : last + 1].encode(encoding, errors) if last > start else b""


def _first_row(text: str, form: Form | None, end: str) -> int | None:
    """Where a row begins: after a line end from which the rows have the expected number of cells."""
    start = text.find(end) + 1
    for _ in range(_ATTEMPTS):
        if not start:
            return None
        if form is None or all(len(row) == form.width for row in _rows_from(text, start, form)):
            return start
        start = text.find(end, start) + 1
    return None


def _rows_from(text: str, start: int, form: Form) -> list[list[str]]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if form.quotes else csv.QUOTE_NONE
    lines = io.StringIO(text[start : start + _PROBE], newline="")
    return list(islice(filter(None, csv.reader(lines, delimiter=form.delimiter, quoting=quoting)), 5))
