"""A copy in a real PostgreSQL: the same rows, described, current at once, and never half of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from publication import content
from serving.postgresql import CopyError, Reader, Target, copy
from tests.serving.postgresql import BOARD, LYON, NORTH, Server, publication

pytestmark = pytest.mark.xdist_group("postgresql")

SWAPS = 20


@pytest.fixture
def database(postgresql: Server, request: pytest.FixtureRequest) -> str:
    return postgresql.database(f"d{abs(hash(request.node.nodeid))}")


def test_every_published_row_is_there_and_described(
    postgresql: Server, database: str, tmp_path: Path
) -> None:
    folder = publication(tmp_path / "1", 7)
    copy(folder, postgresql.target(database))
    with duckdb.connect(folder / content.DATABASE_NAME, read_only=True) as published:
        tables = [name for (name,) in published.execute("select table_name from duckdb_tables()").fetchall()]
        assert len(tables) == 7
        for name in tables:
            rows = published.execute(f"select * from {name} order by all").fetchall()
            found = postgresql.ask(database, BOARD, f"select * from nps.{name}")
            assert sorted(found, key=repr) == sorted(rows, key=repr), name
    [row] = postgresql.ask(database, BOARD, "select * from nps.publication")
    assert row == ("v7", 7, datetime(2026, 1, 2, tzinfo=UTC), date(2026, 1, 1), "2026.1", f"{7:064d}")
    [(table, column)] = postgresql.ask(
        database,
        BOARD,
        "select obj_description('nps.nps_scores'::regclass), col_description(attrelid, attnum)"
        " from pg_attribute where attrelid = 'nps.nps_scores'::regclass and attname = 'nps'",
    )
    assert (table, column) == ("The governed score", "It's −100..100")
    indexes = postgresql.ask(
        database, BOARD, "select indexdef from pg_indexes where tablename = 'nps_scores'"
    )
    assert "(publication_sequence, segment, measure, period_grain, survey_type)" in str(indexes)


def test_the_last_versions_stay(postgresql: Server, database: str, tmp_path: Path) -> None:
    target = postgresql.target(database, keep=3)
    kept = [copy(publication(tmp_path / str(n), n), target).kept for n in range(1, 6)]
    assert kept == [1, 2, 3, 3, 3]
    versions = "select distinct publication_sequence from nps_kept.nps_scores order by 1"
    assert postgresql.ask(database, BOARD, versions) == [(3,), (4,), (5,)]
    assert postgresql.ask(database, BOARD, "select distinct promoters from nps.nps_scores") == [(5,)]
    again = copy(tmp_path / "5", target)
    assert (again.version, again.kept) == ("v5", 3)
    assert postgresql.ask(database, BOARD, "select count(*) from nps.nps_responses") == [(9,)]


def test_a_failed_copy_leaves_the_old_one_and_says_so(
    postgresql: Server, database: str, tmp_path: Path
) -> None:
    target = postgresql.target(database)
    copy(publication(tmp_path / "1", 1), target)
    broken = publication(tmp_path / "2", 2, "insert into metric_definitions values ('a' || chr(0), null, '')")
    with pytest.raises(CopyError) as failed:
        copy(broken, target)
    message = str(failed.value)
    assert "publication v2 was not copied to PostgreSQL" in message
    assert f"{database}, schema nps" in message
    assert "its readers keep v1" in message
    assert "0x00" in message
    assert "\n" not in message
    assert postgresql.ask(database, BOARD, "select distinct promoters from nps.nps_scores") == [(1,)]
    assert postgresql.ask(database, BOARD, "select count(*) from nps_kept.publications") == [(1,)]


def test_a_server_that_is_not_there_is_named_without_the_password(tmp_path: Path) -> None:
    target = Target(f"host={tmp_path} dbname=nps user=a", "hunter2")
    with pytest.raises(CopyError, match=r"schema nps.*nothing has changed there") as failed:
        copy(publication(tmp_path / "1", 1), target)
    assert "hunter2" not in str(failed.value)


def test_a_type_that_postgresql_has_not_is_named(postgresql: Server, database: str, tmp_path: Path) -> None:
    folder = publication(tmp_path / "1", 1, "create table odd as select {'a': 1} as both_of_them")
    with pytest.raises(CopyError, match=r"odd.both_of_them is STRUCT\(a INTEGER\), which has no equal"):
        copy(folder, postgresql.target(database))


def test_a_publication_with_another_column_is_shown_with_it(
    postgresql: Server, database: str, tmp_path: Path
) -> None:
    target = postgresql.target(database)
    copy(publication(tmp_path / "1", 1), target)
    wider = "alter table nps_scores add column product_line text default 'Tea'"
    copy(publication(tmp_path / "2", 2, wider), target)
    assert postgresql.ask(database, LYON, "select distinct product_line from nps.nps_scores") == [("Tea",)]
    kept = "select distinct publication_sequence, product_line from nps_kept.nps_scores order by 1"
    assert postgresql.ask(database, BOARD, kept) == [(1, None), (2, "Tea")]
    copy(publication(tmp_path / "3", 3), target)
    with pytest.raises(psycopg.errors.UndefinedColumn):
        postgresql.ask(database, BOARD, "select product_line from nps.nps_scores")
    assert len(postgresql.ask(database, LYON, "select * from nps.nps_scores")) == 3


def test_fifty_readers_see_whole_publications_while_twenty_come(
    postgresql: Server, database: str, tmp_path: Path
) -> None:
    """Single statements, prepared ones, and transactions of several statements; none waits for the copy."""
    target = postgresql.target(database, keep=2)
    folders = [publication(tmp_path / str(n), n) for n in range(SWAPS + 1)]
    copy(folders[0], target)
    stop, wrong, seen = threading.Event(), [], set[int]()

    def reading(role: str, read: Callable[[psycopg.Connection], set[int]], pause: float) -> None:
        is_over = False
        try:
            with postgresql.connect(database, role, options="-c statement_timeout=20s") as connection:
                while not is_over:
                    is_over = stop.wait(pause)
                    found = read(connection)
                    seen.update(found)
                    if len(found) != 1:
                        wrong.append(f"{role} saw {found or 'nothing'}")
        except psycopg.Error as error:
            wrong.append(repr(error))

    roles, ways = (BOARD, LYON, NORTH), (at_once, prepared, one_after_another)
    readers = [
        threading.Thread(
            target=reading, args=(roles[number % 3], ways[number // 3 % 3], 0.15 + number / 500), daemon=True
        )
        for number in range(50)
    ]
    for thread in readers:
        thread.start()
    try:
        for folder in folders[1:]:
            copy(folder, target)
    finally:
        stop.set()
        for thread in readers:
            thread.join(timeout=60)
    assert not wrong
    assert SWAPS in seen
    assert len(seen) > SWAPS // 4


_ALL_TABLES = """
    select promoters from nps.nps_scores
    union select responses from nps.branch_scorecards
    union select sequence from nps.publication
"""


def at_once(connection: psycopg.Connection) -> set[int]:
    return {number for (number,) in connection.execute(_ALL_TABLES, prepare=False).fetchall()}


def prepared(connection: psycopg.Connection) -> set[int]:
    return {number for (number,) in connection.execute(_ALL_TABLES, prepare=True).fetchall()}


def one_after_another(connection: psycopg.Connection) -> set[int]:
    found: set[Any] = set()
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        for table in ("nps_scores", "branch_scorecards", "publication"):
            column = {"nps_scores": "promoters", "branch_scorecards": "responses"}.get(table, "sequence")
            rows = connection.execute(f"select {column} from nps.{table}").fetchall()
            found |= {number for (number,) in rows} or {f"no row of {table}"}
    return found


def test_a_reader_who_leaves_a_transaction_open_stops_no_copy(
    postgresql: Server, database: str, tmp_path: Path
) -> None:
    target = postgresql.target(database, keep=1)
    copy(publication(tmp_path / "1", 1), target)
    with postgresql.connect(database, BOARD) as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        assert one_version(connection) == {1}
        for n in (2, 3):
            copy(publication(tmp_path / str(n), n), target)
        assert one_version(connection) == {1}
    assert postgresql.ask(database, BOARD, "select distinct promoters from nps.nps_scores") == [(3,)]


def one_version(connection: psycopg.Connection) -> set[int]:
    return {number for (number,) in connection.execute("select promoters from nps.nps_scores").fetchall()}


def test_a_role_that_is_missing_is_named(postgresql: Server, database: str, tmp_path: Path) -> None:
    target = postgresql.target(database, (Reader("nobody_knows"),))
    with pytest.raises(CopyError, match='there is no role nobody_knows: `create role "nobody_knows"`'):
        copy(publication(tmp_path / "1", 1), target)
