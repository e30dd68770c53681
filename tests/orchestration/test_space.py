"""A full disk is recognised by what each engine says of it, and the message says what is needed where."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration import environment, space

# Every write to it fails as on a full disk. It is reached by a link: Arrow removes what it cannot write.
FULL = "/dev/full"


def by_python(full: Path) -> None:
    full.write_text("…", "utf-8")


def by_duckdb(full: Path) -> None:
    duckdb.sql("select 1 as one").write_csv(str(full))


def by_arrow(full: Path) -> None:
    pq.write_table(pa.table({"one": [1]}), full)


def by_sqlite(_full: Path) -> None:
    with sqlite3.connect(":memory:") as connection:
        connection.execute("pragma max_page_count = 2")
        for table in "abc":
            connection.execute(f"create table {table} (one integer)")


@pytest.mark.parametrize("write", [by_python, by_duckdb, by_arrow, by_sqlite])
def test_the_folder_and_what_is_needed_are_told(state: Path, write: Callable[[Path], None]) -> None:
    home = environment.prepare()
    home.warehouse.write_bytes(b"." * 3_000_000)
    (home.published / "versions" / "1").mkdir(parents=True)
    (home.published / "versions" / "1" / "nps.duckdb").write_bytes(b"." * 5_000_000)
    (home.published / "current").symlink_to("versions/1")
    full = state / "full"
    full.symlink_to(FULL)
    with pytest.raises(Exception) as failure:  # noqa: PT011 - each engine has its own
        write(full)
    told = space.explained(str(failure.value), home)
    assert told.startswith(str(failure.value))
    assert f"the disk of {state} may be full" in told
    assert "MB are free there, and a refresh needs about 211 MB" in told


@pytest.mark.parametrize("message", ["files: a.csv has no column score", "could not read file a.csv"])
def test_other_failures_are_told_as_they_are(state: Path, message: str) -> None:
    assert space.explained(message, environment.prepare()) == message
