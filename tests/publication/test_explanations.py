"""Choosing what explains a change, and what the page of changes shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest

from publication import explanations
from publication.pages import Stand
from review.pages import changes
from review.published import Published
from tests.publication import changes_published


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(changes_published.write(tmp_path) / "current" / "nps.duckdb") as connection:
        yield connection


def shown(tables: duckdb.DuckDBPyConnection) -> list[explanations.Explanation]:
    (page,) = changes.pages(Published(tables, Stand(1, "0" * 64, date(2026, 3, 1))))
    found: list[explanations.Explanation] = page.content["changes"]
    return found


def test_the_parts_that_are_nothing_are_left_out_and_the_largest_cell_is_first(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    (found,) = explanations.newest(tables, "month", "previous")
    assert found.parts == ["movement", "mix", "invited_mix"]  # all who were invited answered
    assert [row["member"] for row in found.foremost(1)] == ["B2"]
    assert len(found.foremost()) == 2


def test_the_page_shows_the_month_and_the_quarter_where_no_month_is_explained(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    assert [each.change["period_grain"] for each in shown(tables)] == ["month"]
    tables.execute(
        "insert into nps_changes_explained"
        " select * replace ('quarter' as period_grain) from nps_changes_explained"
    )
    assert [each.change["period_grain"] for each in shown(tables)] == ["month"]
    tables.execute("delete from nps_changes_explained where period_grain = 'month'")
    assert [each.change["period_grain"] for each in shown(tables)] == ["quarter"]
