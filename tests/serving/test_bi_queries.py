"""The queries of docs/how-to/connect-bi.md give published figures, in DuckDB and in PostgreSQL alike."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import psycopg
import pytest

from publication import reader, versions
from publication.figure import score
from serving.chosen import Question, choose
from serving.postgresql import Reader, copy
from tests.companies import ROOT
from tests.serving.postgresql import BOARD, LYON, NORTH, Server

pytestmark = pytest.mark.xdist_group("postgresql")

PAGE = ROOT / "docs" / "how-to" / "connect-bi.md"
NEWEST, BY_MONTH, OF_ANSWERS = re.findall(r"```sql\n(.+?)```", PAGE.read_text("utf-8"), re.DOTALL)


def in_duckdb(published: Path, query: str) -> list[tuple[Any, ...]]:
    with reader.open_current(published) as connection:
        return connection.execute(query).fetchall()


def figures(published: Path, question: Question, *columns: str) -> list[tuple[Any, ...]]:
    """What `nps export` gives to the same question."""
    rows = choose(published, question).figures.select(columns).to_pylist()
    return [tuple(row[column] for column in columns) for row in rows]


def test_they_give_what_is_published(published: Path) -> None:
    shown = ("definition_version", "responses", "nps", "nps_low", "nps_high")
    newest = Question("branch", "trailing_365d", "relationship", last=1)
    branches = figures(published, newest, "branch_name", *shown, "reportability")
    assert sorted(in_duckdb(published, NEWEST)) == sorted(branches)
    assert len(branches) > 5
    months = figures(published, Question("company", "month", "relationship"), "period_start", *shown)
    assert in_duckdb(published, BY_MONTH) == months
    assert len(months) > 3


def test_a_split_of_the_answers_is_a_score(published: Path) -> None:
    rows = in_duckdb(published, OF_ANSWERS)
    assert rows
    for plan, channel, _, responses, nps in rows:
        with reader.open_current(published) as connection:
            bands = dict(
                connection.execute(
                    "select nps_band, count(*) from nps_responses where plan = ? and channel = ? group by 1",
                    [plan, channel],
                ).fetchall()
            )
        assert sum(bands.values()) == responses
        counts = (bands.get(band, 0) for band in ("promoter", "passive", "detractor"))
        assert float(nps) == pytest.approx(score(*counts), abs=1e-9)


def test_postgresql_answers_the_same(postgresql: Server, published: Path) -> None:
    database = postgresql.database("of_bi")
    folder = versions.current(published)
    assert folder is not None
    readers = (Reader(BOARD), Reader(LYON, "branch", ("B1",)), Reader(NORTH, "region", ("North",)))
    copy(folder, postgresql.target(database, readers))
    with postgresql.connect(database, BOARD, options="-c search_path=nps") as connection:
        for query in (NEWEST, BY_MONTH, OF_ANSWERS):
            found = [tuple(map(str, row)) for row in connection.execute(query).fetchall()]
            expected = [tuple(map(str, row)) for row in in_duckdb(published, query)]
            assert sorted(map(plain, found)) == sorted(map(plain, expected))


def plain(row: tuple[str, ...]) -> tuple[str, ...]:
    """Numbers as the same text, whichever type an engine divides to."""
    return tuple(f"{float(cell):.9f}" if re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell) else cell for cell in row)


def test_a_service_account_sees_what_the_role_sees_that_it_takes(postgresql: Server, published: Path) -> None:
    database = postgresql.database("of_a_service")
    folder = versions.current(published)
    assert folder is not None
    copy(folder, postgresql.target(database, (Reader(LYON, "branch", ("B1",)), Reader(NORTH))))
    with postgresql.connect("postgres") as connection:
        connection.execute("create role bi login noinherit in role lyon, north")
    branches = "select count(distinct branch) from nps.nps_scores where segment = 'branch'"
    with postgresql.connect(database, "bi") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(branches)
        connection.execute("set role lyon")
        assert connection.execute(branches).fetchall() == [(1,)]
        connection.execute("set role north")
        [(every,)] = connection.execute(branches).fetchall()
        assert every > 5
