"""The queries of docs/how-to/connect-bi.md give published figures, in DuckDB and in PostgreSQL alike."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import pytest

from publication import reader, versions
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


def test_scores_given_are_the_published_counts(published: Path) -> None:
    given: Counter[tuple[Any, ...]] = Counter()
    for year, version, answer, responses in in_duckdb(published, OF_ANSWERS):
        given[year, version, answer > 8] += responses
    years = Question("company", "year", "relationship")
    counted = figures(published, years, "period_start", "definition_version", "promoters", "responses")
    over = {(year, version) for year, version, *_ in counted}
    assert {cell: number for cell, number in given.items() if cell[:2] in over} == {
        (year, version, is_promoter): promoters if is_promoter else responses - promoters
        for year, version, promoters, responses in counted
        for is_promoter in (True, False)
    }
    assert over


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
