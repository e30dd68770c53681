"""CSV and TSV by Python's `csv`: a plain pass over the bytes counts the records and cuts them apart, and
those that are looked at are taken apart into cells."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, cast

from expectations.rereading.chunks import Chunk, Share, unique_headers
from expectations.rereading.mapping import Mapping

_BYTES = 4 << 20
_FIRST_ROWS = 100
_UNREADABLE = "nps-unreadable"

# A half character, which UTF-8 has no form for: decoding it again fails where the record is taken apart.
codecs.register_error(_UNREADABLE, lambda error: ("\udcff", cast(UnicodeDecodeError, error).end))


def read(path: Path, mapping: Mapping, share: Share) -> Iterator[Chunk]:
    """The file's records; numbers count from 1, the first after the header."""
    delimiter = delimiter_of(path, mapping)
    groups = records(path, mapping)
    first: list[bytes] = []
    while len(first) <= _FIRST_ROWS and (group := next(groups, None)) is not None:
        first += group
    head, *rest = first
    [found] = cells([head], delimiter, mapping.quotes)
    headers = _as_wide_as_its_rows(found or [], cells(rest[:_FIRST_ROWS], delimiter, mapping.quotes))
    names = unique_headers(headers)
    last = 0
    for group in chain([rest], groups):
        numbers = share.chosen(range(last + 1, last + len(group) + 1)).tolist()
        rows = cells([group[number - last - 1] for number in numbers], delimiter, mapping.quotes)
        whole = [at for at, row in enumerate(rows) if row is not None and len(row) == len(names)]
        broken: list[int] = []
        if len(whole) < len(rows):
            kept = set(whole)
            broken = [number for at, number in enumerate(numbers) if at not in kept]
            numbers, rows = [numbers[at] for at in whole], [rows[at] for at in whole]
        columns = list(zip(*cast(list[list[str]], rows), strict=True)) or [()] * len(names)
        yield Chunk(len(group), numbers, dict(zip(names, columns, strict=True)), broken)
        last += len(group)


def records(path: Path, mapping: Mapping) -> Iterator[list[bytes]]:
    """The records of a file in UTF-8, some thousands at a time, from the header on; empty lines are none."""
    above, opened, pending = mapping.header_row - 1, b"", b""
    whole = _whole_record(delimiter_of(path, mapping).encode())
    for text in chain(utf8(path, mapping.encoding), [None]):
        data = pending + (text or b"")
        last = len(data) - 1
        cut = data.rfind(b"\n") + 1 or data.rfind(b"\r", 0, last) + 1 if text is not None else last + 1
        data, pending = data[:cut], data[cut:]
        if above:
            lines = data.splitlines(keepends=True)
            data, above = b"".join(lines[above:]), max(0, above - len(lines))
        if mapping.quotes and (opened or b'"' in data):
            found, opened = _joined(opened, data.splitlines(keepends=True), whole)
        else:
            found = data.splitlines()
        if text is None and opened:
            found.append(opened)
        yield [record for record in found if record] if b"" in found else found


def delimiter_of(path: Path, mapping: Mapping) -> str:
    """What stands between cells."""
    return mapping.delimiter or ("\t" if ".tsv" in path.name.lower() else ",")


def _whole_record(delimiter: bytes) -> re.Pattern[bytes]:
    """What matches a record to its end: a quotation mark opens a cell only where the cell begins."""
    mark = re.escape(delimiter)
    rest = b"[^" + mark + b"\\r\\n]*+"
    cell = b'(?>"(?>[^"]++|"")*+"' + rest + b'|(?!")' + rest + b")"
    return re.compile(b"(?>" + cell + mark + b")*+" + cell + b"[\\r\\n]*+")


def _joined(opened: bytes, lines: Sequence[bytes], whole: re.Pattern[bytes]) -> tuple[list[bytes], bytes]:
    """The records of some lines, and what is left of one whose quotation mark is still open."""
    found = []
    for line in lines:
        opened += line
        if b'"' not in opened or whole.fullmatch(opened):
            found.append(opened.rstrip(b"\r\n"))
            opened = b""
    return found, opened


def cells(group: Sequence[bytes], delimiter: str, quotes: bool) -> list[list[str] | None]:
    """The cells of each record; none where it is not text, or cannot be taken apart."""
    csv.field_size_limit(sys.maxsize)
    try:
        texts = list(map(bytes.decode, group))
        rows: list[list[str] | None] = list(_rows(texts, delimiter, quotes))
        if len(rows) == len(group):
            return rows
    except (UnicodeDecodeError, csv.Error):
        if len(group) == 1:
            return [None]
    if len(group) == 1:
        return [None]
    middle = len(group) // 2
    return [
        *cells(group[:middle], delimiter, quotes),
        *cells(group[middle:], delimiter, quotes),
    ]


def _rows(texts: Sequence[str], delimiter: str, quotes: bool) -> Iterator[list[str]]:
    if quotes:
        return iter(csv.reader(texts, delimiter=delimiter))
    return iter(csv.reader(texts, delimiter=delimiter, quoting=csv.QUOTE_NONE))


def _as_wide_as_its_rows(found: list[str], rows: Sequence[list[str] | None]) -> list[str]:
    """The header; a delimiter that ends each row and not the header, or the header alone, is no column."""
    whole = [row for row in islice(rows, _FIRST_ROWS) if row]
    if whole and all(len(row) == len(found) + 1 and not row[-1] for row in whole):
        return [*found, ""]
    if whole and found and not found[-1] and all(len(row) == len(found) - 1 for row in whole):
        return found[:-1]
    return found


def utf8(path: Path, encoding: str) -> Iterator[bytes]:
    """The bytes of a file in UTF-8, without a byte-order mark."""
    plain = codecs.lookup(encoding).name in ("utf-8", "utf-8-sig")
    decoder = codecs.getincrementaldecoder(encoding)(errors=_UNREADABLE)
    is_first = True
    with cast(BinaryIO, gzip.open(path) if path.suffix == ".gz" else path.open("rb")) as file:
        while chunk := file.read(_BYTES):
            data = chunk if plain else decoder.decode(chunk).encode("utf-8", "surrogatepass")
            yield data.removeprefix(codecs.BOM_UTF8) if is_first and plain else data
            is_first = False
    if not plain:
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
