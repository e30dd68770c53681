"""A dimension that a company declares and removes again: the ledger goes on, and it restates nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from publication import ledger, reader, selection
from publication.hashing import LedgerError
from publication.publish import PublishReport, publish
from publication.selection import Question
from tests.publication.warehouse import Answer, fill, some

DAYS = [date(2026, 1, day) for day in range(2, 7)]
SPLIT = "segment = 'product_line'"
TABLES = ("marts.fct_survey_responses", "marts.fct_nps_cells", "publication.nps_scores")


def declare(warehouse: Path) -> None:
    """Count every answer under the product line Cards, as the models do where a company declares it."""
    with duckdb.connect(warehouse) as connection:
        for table in TABLES:
            columns = [row[0] for row in connection.execute(f"describe {table}").fetchall()]
            place = columns.index("channel") + 1

            def rows(member: str, columns: list[str] = columns, place: int = place) -> str:
                return ", ".join([*columns[:place], f"'{member}' as product_line", *columns[place:]])

            query = f"select {rows('Cards')} from {table}"
            if "segment" in columns:
                split = rows("Cards").replace("segment,", "'product_line' as segment,")
                query = f"select {rows('(all)')} from {table} union all"
                query += f" select {split} from {table} where segment = 'company'"
            connection.execute(f"create or replace table {table} as {query}")


def published(home: Path, answers: Iterable[Answer], as_of: date, declares: bool) -> PublishReport:
    warehouse = fill(home / "warehouse.duckdb", answers, as_of)
    if declares:
        declare(warehouse)
    return publish(warehouse, home / "published", as_of)


def test_the_ledger_goes_on_across_a_dimension_and_nothing_is_restated(tmp_path: Path) -> None:
    home, changed = tmp_path, [some()[0].but(score=10), *some()[1:]]
    published(home, some(), DAYS[0], declares=False)
    with_it = published(home, some(), DAYS[1], declares=True)
    edited = published(home, changed, DAYS[2], declares=True)
    without = published(home, changed, DAYS[3], declares=False)
    again = published(home, some(), DAYS[4], declares=False)
    assert [each.sequence for each in (with_it, edited, without, again)] == [2, 3, 4, 5]
    assert [each.restated > 0 for each in (with_it, edited, without, again)] == [False, True, False, True]
    books = home / "ledger"
    assert ledger.verify(books).sequence == 5
    found = [("product_line" in ledger.read(books, sequence).column_names) for sequence in range(1, 6)]
    assert found == [False, True, True, False, False]
    restated = home / "published" / "current" / "parquet" / "restatements.parquet"
    rows = duckdb.execute(
        f"select sequence, product_line, bool_or({SPLIT}) from '{restated}' group by all order by all"
    ).fetchall()
    assert rows == [(3, "(all)", False), (3, "Cards", True), (5, "(all)", False)]


def test_a_figure_of_a_declared_dimension_is_shown_and_proved(tmp_path: Path) -> None:
    report = published(tmp_path, some(), DAYS[0], declares=True)
    assert "product_line" in reader.segments(tmp_path / "published")
    assert reader.members(tmp_path / "published")["product_line"] == ["Cards"]
    asked = Question(period="all_time", segment="product_line", members={"product_line": "Cards"})
    found = selection.figures(report.path, tmp_path / "ledger", 1, asked)
    assert [row["responses"] for row in found.records()] == [60]
    with pytest.raises(ValueError, match=r"no segment 'cluster'; choose one of .*product_line"):
        selection.figures(report.path, tmp_path / "ledger", 1, Question(segment="cluster"))


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.rename_columns({"product_line": "business"}),
        lambda rows: rows.drop_columns(["product_line"]),
        lambda rows: rows.set_column(
            rows.column_names.index("product_line"), "product_line", pa.array(["Loans"] * len(rows))
        ),
    ],
    ids=["renamed", "removed", "other members"],
)
def test_a_changed_dimension_breaks_the_chain(tmp_path: Path, change: object) -> None:
    published(tmp_path, some(), DAYS[0], declares=True)
    file = tmp_path / "ledger" / "00000001.parquet"
    file.chmod(0o644)
    pq.write_table(change(pq.read_table(file)), file)  # type: ignore[operator]
    with pytest.raises(LedgerError, match="the chain breaks"):
        ledger.verify(tmp_path / "ledger")


def test_a_figure_that_is_not_split_by_it_has_the_content_it_had(tmp_path: Path) -> None:
    hashes = []
    for declares in (False, True):
        home = tmp_path / str(declares)
        home.mkdir()
        published(home, some(), DAYS[0], declares)
        hashes.append({*ledger.content_hashes(ledger.read(home / "ledger", 1))})
    assert hashes[0] < hashes[1]
