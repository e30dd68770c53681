"""A text is found however it is written and packed, and no other is."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from erasure.search import Searched, forms


def in_base64(before: int, text: str) -> bytes:
    return base64.b64encode(b"x" * before + text.encode() + b"yz")


TEXT = "Ada Lovelace+1@engine.example"
WRITTEN: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "lower": lambda text: text.lower().encode(),
    "upper": lambda text: text.upper().encode(),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: text.encode("utf-16-be"),
    "json": lambda text: json.dumps({"said": f'"{text}"\n'}).encode(),
    "json in json": lambda text: json.dumps(json.dumps({"said": text})).encode(),
    "percent": lambda text: quote(text, safe="").encode(),
    "hex": lambda text: text.encode().hex().encode(),
    **{f"base64 after {before}": partial(in_base64, before) for before in range(3)},
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(b"??>" + text.encode()),
}


def zipped(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.bin", data)
    return made.getvalue()


def tarred(data: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        member = tarfile.TarInfo("inner.bin")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    return made.getvalue()


def zstandard(data: bytes) -> bytes:
    made = pa.BufferOutputStream()
    with pa.CompressedOutputStream(made, "zstd") as stream:
        stream.write(data)
    return made.getvalue().to_pybytes()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zip": zipped,
    "zstd": zstandard,
    "gzip of tar": lambda data: gzip.compress(tarred(data)),
    "zip of gzip of zip": lambda data: zipped(gzip.compress(zipped(data))),
}


@pytest.mark.parametrize("form", WRITTEN)
def test_every_form_is_found(form: str) -> None:
    written = WRITTEN[form](TEXT)
    assert Searched([TEXT]).hits(b"before" + written + b"after") == {TEXT}
    assert Searched(["Grace Hopper@navy.example"]).hits(written) == set()


@pytest.mark.parametrize("form", PACKED)
def test_what_is_packed_is_found(form: str, tmp_path: Path) -> None:
    file = tmp_path / "packed"
    around = " ".join(str(number * number) for number in range(5000)).encode()
    file.write_bytes(PACKED[form](around + TEXT.encode() + around))
    assert TEXT.encode() not in file.read_bytes()
    assert Searched([TEXT]).of_file(file) == {TEXT}
    file.write_bytes(PACKED[form](b"nobody" * 1000))
    assert Searched([TEXT]).of_file(file) == set()


def test_every_column_of_a_database_is_looked_into(tmp_path: Path) -> None:
    rows = f"select [{{'name': '{TEXT}' || range}}] as nested, 1 as n from range(3000)"
    with duckdb.connect(str(tmp_path / "some.db")) as db:
        db.execute(f"create table t as {rows}")
        db.execute(f"create view v as select '{TEXT}' as constant")
    pq.write_table(
        pa.table({"n": [1] * 3000, "a": [TEXT] * 3000}), tmp_path / "some.parquet", compression="zstd"
    )
    with sqlite3.connect(tmp_path / "some.sqlite") as lite:
        lite.execute("create table t (a blob)")
        lite.execute("insert into t values (?)", [zlib.compress(TEXT.encode() * 9)])
    for name in ("some.db", "some.parquet", "some.sqlite"):
        assert Searched([TEXT]).of_file(tmp_path / name) == {TEXT}, name
        assert Searched(["Grace Hopper@navy.example"]).of_file(tmp_path / name) == set(), name


def test_a_text_across_two_portions_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("erasure.search._CHUNK", 64)
    for before in range(56, 72):
        (tmp_path / "file").write_bytes(b"." * before + TEXT.encode())
        assert Searched([TEXT]).of_file(tmp_path / "file") == {TEXT}


def test_many_texts_are_looked_for_at_once() -> None:
    many = [f"person{number}@company{number % 7}.example" for number in range(500)]
    data = "; ".join(many[::100]).encode()
    assert Searched(many).hits(data) == {*many[::100]}


def test_places_cover_the_whole_text_and_nothing_else() -> None:
    data = b"<" + TEXT.encode() + b"|" + TEXT.encode().hex().encode() + b">"
    spans = Searched([TEXT]).places(data)
    assert [data[start:end] for start, end in spans] == [TEXT.encode(), TEXT.encode().hex().encode()]


def test_a_short_text_proves_nothing() -> None:
    assert Searched(["ok"]).by_form == {}
    assert all(len(form) >= 5 for form in forms("short"))
