"""A publication changes with its content, and with nothing else: neither order nor storage."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from publication import content, manifest
from publication.publish import publish
from tests.publication.conftest import fill, folders

AS_OF = date(2026, 4, 1)


def test_the_same_content_is_not_published_again(warehouse: Path, published: Path) -> None:
    first = publish(warehouse, published, AS_OF)
    second = publish(warehouse, published, AS_OF)
    assert (second.changed, second.version, second.tables) == (False, first.version, first.tables)
    assert folders(published) == [first.version]


@pytest.mark.parametrize(
    "change",
    [
        "update publication.nps_scores set nps = nps + 1e-12 where branch = 'B1'",
        "delete from publication.nps_responses where rowid = 0",
        "insert into publication.nps_responses select * from publication.nps_responses limit 1",
        "alter table publication.nps_responses rename column likelihood_score to score",
        "alter table publication.nps_responses alter likelihood_score type bigint",
        "create table publication.metric_definitions as select 'nps' as metric",
        "drop table publication.response_dispositions",
        "update marts.fct_survey_responses set branch = 'B2' where likelihood_score = 3",
    ],
)
def test_any_change_is_published(warehouse: Path, published: Path, change: str) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            "create table publication.response_dispositions as select 'counted' as disposition"
        )
    first = publish(warehouse, published, AS_OF)
    with duckdb.connect(warehouse) as connection:
        connection.execute(change)
    second = publish(warehouse, published, AS_OF)
    assert second.changed
    assert second.version > first.version


def test_equal_content_gives_equal_hashes_and_bytes_whatever_the_order(tmp_path: Path) -> None:
    ordered = fill(tmp_path / "a.duckdb", answers=125_000)
    shuffled = fill(tmp_path / "b.duckdb", answers=125_000)
    with duckdb.connect(shuffled) as connection:
        connection.execute(
            "create or replace table publication.nps_responses as"
            " select * from publication.nps_responses order by likelihood_score"
        )
        connection.execute(
            "create or replace table marts.fct_survey_responses as"
            " select * from marts.fct_survey_responses order by md5(answer_key)"
        )
    one = publish(ordered, tmp_path / "one", AS_OF)
    other = publish(shuffled, tmp_path / "other", AS_OF)
    here, there = manifest.read(one.path), manifest.read(other.path)
    assert (here.tables, here.answers) == (there.tables, there.answers)


def test_the_sign_of_zero_is_not_content(tmp_path: Path) -> None:
    """DuckDB keeps a column that is zero throughout once, whatever the signs."""
    file = tmp_path / "w.duckdb"
    with duckdb.connect(file) as connection:
        connection.execute(
            "create table t as select i, case when i % 2 = 0 then -0.0 else 0.0 end::double as x"
            " from range(200) as numbers(i)"
        )
        before = content.measure(connection, "t", "t")
    with duckdb.connect(file) as connection:
        assert content.measure(connection, "t", "t") == before
        connection.execute("update t set x = 1e-300 where i = 7")
        assert content.measure(connection, "t", "t") != before
