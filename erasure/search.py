"""Where texts are still found in files: as they are, and in what packed files and databases hold.

Each text is looked for in the forms in which programs write it: UTF-8 and UTF-16, in lower and upper case,
escaped for JSON, percent-encoded, in hexadecimal and, wherever it begins, in base64. Of a file its bytes are
searched, and what is in it: members of zip and tar, what gzip, zstd and zlib compress, every column of
Parquet, DuckDB and SQLite, because their pages may be compressed. A packed thing may hold another.

What is encrypted or hashed is not found: that is what it is for. Many texts at once take hardly longer than
one (`_Anchors`).

Belongs here: finding. Does not belong here: which texts, or what becomes of what has them (`places.py`).
"""

from __future__ import annotations

import base64
import io
import json
import sqlite3
import tarfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

#: A shorter text would be found by chance.
SHORTEST: Final = 5
_WIDTH: Final = 8
_TRIED: Final = 20
_CHUNK: Final = 8 << 20
_DEEPEST: Final = 4
_MOST_UNPACKED: Final = 4 << 30
_BITS: Final = 22
_TEXTS: Final = (
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary),
)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)


def forms(text: str) -> set[bytes]:
    """The bytes by which a text is looked for."""
    found: set[bytes] = set()
    for cased in {text, text.lower(), text.upper()}:
        plain = cased.encode("utf-8", "surrogatepass")
        escaped = json.dumps(cased)[1:-1].encode()
        found |= {
            plain,
            escaped,
            json.dumps(cased, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass"),
        }
        found |= {json.dumps(escaped.decode())[1:-1].encode()}  # a JSON text in a JSON text
        found |= {cased.encode("utf-16-le", "surrogatepass"), cased.encode("utf-16-be", "surrogatepass")}
        found |= {plain.hex().encode(), plain.hex().upper().encode()}
        found |= {quote(cased, safe="", errors="ignore").encode(), quote(cased, errors="ignore").encode()}
        found |= _in_base64(plain)
    return {form for form in found if len(form) >= SHORTEST}


def _in_base64(plain: bytes) -> set[bytes]:
    """What a base64 text has of it, whatever stands before it: all that its first and last letters share
    with nothing else."""
    found = set()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + plain)
        start, end = (0, 2, 3)[before], len(whole) - (0, 3, 2)[(before + len(plain)) % 3]
        if len(kept := whole[start:end]) >= _WIDTH:
            found |= {kept, kept.translate(bytes.maketrans(b"+/", b"-_"))}
    return found


class Searched:
    """Texts that are looked for. `hits` gives those that a place holds, `of_file` those of a file."""

    def __init__(self, texts: Iterable[str]) -> None:
        by_form: dict[bytes, str] = {}
        self.texts = {text for text in texts if len(text) >= SHORTEST}
        for text in self.texts:
            by_form |= dict.fromkeys(forms(text), text)
        self.by_form = by_form
        self._long = _Anchors([form for form in by_form if len(form) >= _WIDTH])
        self._short = [form for form in by_form if len(form) < _WIDTH]
        self._longest = max(map(len, by_form), default=0)

    def hits(self, data: bytes | memoryview) -> set[str]:
        """The texts that these bytes hold."""
        whole = bytes(data)
        found = {self.by_form[form] for form in self._short if form in whole}
        return found | {self.by_form[form] for form in self._long.in_(whole)}

    def places(self, data: bytes) -> list[tuple[int, int]]:
        """Where they are: begin and end, in order; of those that overlap the widest span."""
        spans: list[tuple[int, int]] = []
        for form in {*self._long.in_(data), *(form for form in self._short if form in data)}:
            at = data.find(form)
            while at >= 0:
                spans.append((at, at + len(form)))
                at = data.find(form, at + 1)
        merged: list[tuple[int, int]] = []
        for start, end in sorted(spans):
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return merged

    def of_file(self, path: Path) -> set[str]:
        """The texts that a file holds, packed or not. Raises OSError."""
        with path.open("rb") as file:
            head = file.read(16)
            file.seek(0)
            found = self._stream(file)
        return found | self._within(path, head)

    def _stream(self, file: Any) -> set[str]:
        found: set[str] = set()
        rest, read = b"", 0
        while chunk := file.read(_CHUNK):
            data = rest + chunk
            found |= self.hits(data)
            rest = data[-self._longest :] if self._longest else b""
            read += len(chunk)
            if read > _MOST_UNPACKED:
                raise OSError("it unpacks to more than 4 GiB, which is not searched")
        return found

    def _within(self, path: Path, head: bytes) -> set[str]:
        if head[8:12] == b"DUCK":
            return self._duckdb(path)
        if head.startswith(b"SQLite format 3"):
            return self._sqlite(path)
        if head.startswith(b"PAR1"):
            return self._parquet(path)
        if _is_packed(head):
            with path.open("rb") as file:
                return self._unpacked(file.read(), _DEEPEST)
        if path.suffix == ".tar" or head[:2] == b"\x78\x9c":
            with path.open("rb") as file:
                return self._unpacked(file.read(), _DEEPEST)
        return set()

    def _unpacked(self, data: bytes, deeper: int) -> set[str]:
        """Of bytes that may be packed: what is in them, and in that."""
        found: set[str] = set()
        if deeper:
            for inner in _members(data):
                found |= self._stream(io.BytesIO(inner)) | self._unpacked(inner, deeper - 1)
        return found

    def _duckdb(self, path: Path) -> set[str]:
        found: set[str] = set()
        with duckdb.connect(config={"threads": 2}) as connection:
            connection.execute(f"attach '{str(path).replace(chr(39), 2 * chr(39))}' as searched (read_only)")
            for schema, table in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'searched'"
            ).fetchall():
                found |= self.table(connection, f'searched."{schema}"."{table}"')
            for (sql,) in connection.execute(
                "select sql from duckdb_views() where database_name = 'searched' and not internal"
            ).fetchall():
                found |= self.hits(sql.encode())
        return found

    def table(self, connection: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
        """The texts in the columns of a relation that may hold texts."""
        kinds = connection.execute(f"describe {relation}").fetchall()
        texts = [name for name, kind, *_ in kinds if kind in ("VARCHAR", "BLOB") or not kind.isalnum()]
        texts = [name for name, kind, *_ in kinds if name in texts and not kind.startswith("DECIMAL")]
        if not texts:
            return set()
        columns = ", ".join(f'cast("{name}" as varchar) as "{name}"' for name in texts)
        found: set[str] = set()
        for batch in connection.execute(f"select {columns} from {relation}").to_arrow_reader(100_000):
            found |= self._columns(batch)
        return found

    def _parquet(self, path: Path) -> set[str]:
        found: set[str] = set()
        try:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(65_536):
                    found |= self._columns(batch)
        except (pa.ArrowException, OSError):
            return set()  # cut off: its bytes were searched
        return found

    def _columns(self, batch: pa.RecordBatch) -> set[str]:
        found: set[str] = set()
        for column in batch.columns:
            for text in _flat(column):
                found |= self.hits(text)
        return found

    def _sqlite(self, path: Path) -> set[str]:
        found: set[str] = set()
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
                connection.text_factory = bytes
                tables = connection.execute("select name from sqlite_master where type = 'table'").fetchall()
                for (name,) in tables:
                    for row in connection.execute(f'select * from "{name.decode()}"'):
                        for value in row:
                            if isinstance(value, bytes):
                                found |= self.hits(value)
                                found |= self._unpacked(value, _DEEPEST)
        except sqlite3.DatabaseError:
            return found  # cut off: its bytes were searched
        return found


class _Anchors:
    """Which of many forms, each of eight bytes or more, are in a text: every eight bytes of the text are
    looked up in a table of eight bytes of each form, and only where that says yes it is compared. Of a form
    those are taken that fewest other forms have: "@company" is in too many texts to say anything."""

    def __init__(self, forms: Collection[bytes]) -> None:
        often = Counter(window for form in forms for window, _ in _windows(form))
        self._at: dict[bytes, list[tuple[int, bytes]]] = {}
        for form in forms:
            middle = len(form) // 2
            window, place = min(_windows(form), key=lambda each: (often[each[0]], abs(each[1] - middle)))
            self._at.setdefault(window, []).append((place, form))
        starts = np.frombuffer(b"".join(self._at), np.uint64)
        self._table = np.zeros(1 << _BITS, bool)
        self._table[_slots(starts)] = True

    def in_(self, data: bytes) -> set[bytes]:
        """The forms that these bytes hold."""
        found: set[bytes] = set()
        if not self._at:
            return found
        for offset in range(min(_WIDTH, len(data) - _WIDTH + 1)):
            words = np.frombuffer(data, np.uint64, (len(data) - offset) // _WIDTH, offset)
            for at in np.flatnonzero(self._table[_slots(words)]).tolist():
                place = offset + at * _WIDTH
                for before, form in self._at.get(data[place : place + _WIDTH], ()):
                    if form not in found and place >= before and data.startswith(form, place - before):
                        found.add(form)
        return found


def _windows(form: bytes) -> Iterator[tuple[bytes, int]]:
    """Eight bytes of a form from some of its places on, spread over it."""
    places = len(form) - _WIDTH + 1
    return ((form[at : at + _WIDTH], at) for at in range(0, places, places // _TRIED + 1))


def _slots(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    return (words * _SPREAD) >> np.uint64(64 - _BITS)


def _flat(column: Any) -> Iterator[bytes]:
    """The values of a column of texts, one after another."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        yield from _flat(column.dictionary)
    elif pa.types.is_struct(kind) or pa.types.is_list(kind):
        parts = column.flatten()
        for part in parts if pa.types.is_struct(kind) else [parts]:
            yield from _flat(part)
    elif any(is_one(kind) for is_one in _TEXTS):
        is_large = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
        _, offsets, data = column.buffers()
        if len(column) and data is not None:
            ends = np.frombuffer(offsets, np.int64 if is_large else np.int32)
            yield data[int(ends[column.offset]) : int(ends[column.offset + len(column)])].to_pybytes()


def _is_packed(head: bytes) -> bool:
    return head.startswith(
        (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"\x78\x9c", b"\x78\x01", b"\x78\xda")
    )


def _members(data: bytes) -> Iterator[bytes]:
    """What packed bytes hold; nothing where they are none."""
    try:
        if data.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for name in archive.namelist():
                    yield archive.read(name)
        elif data.startswith(b"\x1f\x8b"):
            yield pa.input_stream(io.BytesIO(data), compression="gzip").read()
        elif data.startswith(b"\x28\xb5\x2f\xfd"):
            yield pa.input_stream(io.BytesIO(data), compression="zstd").read()
        elif data[:1] == b"\x78":
            yield zlib.decompressobj().decompress(data, _MOST_UNPACKED)
        elif data[257:262] == b"ustar":
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                for member in tar:
                    if (file := tar.extractfile(member)) is not None:
                        yield file.read()
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, zlib.error, RuntimeError):
        return
