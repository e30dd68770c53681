"""What was built again is compared with what was published, row for row."""

from datetime import date
from pathlib import Path

import duckdb

from publication import rebuilt
from publication.publish import PublishReport, publish
from publication.rebuilt import Compared
from tests.publication.conftest import fill

AS_OF = date(2026, 4, 1)


def hashes(report: PublishReport) -> dict[str, str]:
    from publication import manifest

    tables = manifest.read(report.path).tables
    return {name: tables[name].content_hash for name in ("nps_scores", "nps_responses")}


def compared(warehouse: Path, report: PublishReport, *, is_kept: bool = True) -> Compared:
    books = warehouse.with_name("ledger")
    version = report.path if is_kept else None
    return rebuilt.compare(warehouse, hashes(report), version, books, report.sequence)


def test_the_same_content_is_the_same(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF)
    fill(warehouse)  # the same once more
    found = compared(warehouse, report)
    assert (found.tables, found.rows, found.figures, found.differences) == (2, 209, 9, ())


def test_each_row_that_differs_is_counted_also_one_of_two_equal_ones(
    warehouse: Path, published: Path
) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute("insert into publication.nps_responses from publication.nps_responses limit 1")
    report = publish(warehouse, published, AS_OF)
    fill(warehouse)
    [found] = compared(warehouse, report).differences
    assert (found.table, found.lost, found.added) == ("nps_responses", 1, 0)
    assert found.examples[0].startswith("- ")


def test_a_figure_of_the_ledger_is_compared_where_the_version_is_gone(
    warehouse: Path, published: Path
) -> None:
    report = publish(warehouse, published, AS_OF)
    fill(warehouse, 1)
    scores, figures = compared(warehouse, report, is_kept=False).differences
    assert (scores.table, scores.lost, scores.added) == ("nps_scores", None, None)
    assert (figures.table, figures.lost, figures.added) == ("the ledger's scores", 9, 9)


def test_a_table_that_is_not_built_or_is_new_is_a_difference(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF)
    with duckdb.connect(warehouse) as connection:
        connection.execute("alter table publication.nps_responses rename to nps_answers")
    assert [each.table for each in compared(warehouse, report).differences] == [
        "nps_answers",
        "nps_responses",
    ]


def test_other_columns_are_named(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF)
    with duckdb.connect(warehouse) as connection:
        connection.execute("alter table publication.nps_responses rename likelihood_score to score")
    [found] = compared(warehouse, report).differences
    assert found.examples == ("columns gone: ['likelihood_score'], new: ['score']",)
