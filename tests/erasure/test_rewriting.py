"""A file that is written anew holds the same, and nothing of what was deleted from it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from erasure import rewriting

SECRET = b"ada.lovelace@example.org"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a dropped table, two schemas, and views against the order of their names."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as db:
        db.execute("set force_compression = 'uncompressed'")
        db.execute("create schema raw_files; create schema marts; create schema staging")
        db.execute("create table raw_files.people (id bigint not null, email varchar, moment timestamptz)")
        db.execute(
            "insert into raw_files.people select range, 'p' || range || '@a.org', now() from range(5000)"
        )
        db.execute(
            "create table marts.gone as select ? || range as email from range(5000)", [SECRET.decode()]
        )
        db.execute("checkpoint; create table marts.t as select range as n from range(500000); checkpoint")
        db.execute("create view staging.z as select * from warehouse.raw_files.people")
        db.execute("create view staging.a as select count(*) as n from warehouse.staging.z")
    with duckdb.connect(str(path)) as db:
        db.execute("drop table marts.gone")
    return path


def contents(path: Path) -> dict[str, object]:
    with duckdb.connect(str(path), read_only=True) as db:
        found = db.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
        return {
            name: db.execute(f"select count(*), bit_xor(hash(x)) from {name} as x").fetchall()
            for (name,) in found
        }


def test_what_was_deleted_is_in_the_old_file_and_not_in_the_new_one(file: Path) -> None:
    before = contents(file)
    assert SECRET in file.read_bytes()
    rewriting.rewrite(file)
    assert SECRET not in file.read_bytes()
    assert contents(file) == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_rows_are_exchanged_and_schemas_left_out_on_the_way(file: Path) -> None:
    def rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
        return rewriting.as_they_are(connection, schema, table) + " where id < 10"

    rewriting.rewrite(file, rows, lambda schema: schema == "raw_files")
    assert contents(file).keys() == {"raw_files.people"}
    with duckdb.connect(str(file), read_only=True) as db:
        assert db.execute("select count(*) from raw_files.people").fetchall() == [(10,)]


def test_what_fails_leaves_the_file_and_the_next_begins_anew(file: Path) -> None:
    before = contents(file)

    def fails(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
        return "select no_such_column"

    with pytest.raises(duckdb.Error):
        rewriting.rewrite(file, fails)
    assert contents(file) == before
    rewriting.rewrite(file)
    assert contents(file) == before
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_view_of_what_is_left_out_is_an_error(file: Path) -> None:
    with pytest.raises(duckdb.Error, match="does not exist"):
        rewriting.rewrite(file, only=lambda schema: schema == "staging")
