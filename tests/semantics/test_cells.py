"""What a semantic model holds of each cell: sums where sums are what is asked, else the rows themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from semantics import cells

ROWS = """
    create table answers as
    select * from (
        values
            (date '2026-01-01', 'relationship', 'v1', 'B1', 'pro', 1),
            (date '2026-01-01', 'relationship', 'v1', 'B1', 'free', 1),
            (date '2026-01-02', 'relationship', 'v1', 'B1', 'pro', 1),
            (date '2026-01-02', 'relationship', 'v1', null, 'pro', 1)
    ) as rows (given_on, survey_type, definition_version, branch, plan, one)
"""
PUBLISHED = "create temp table published as select 'branch\x1frelationship\x1fv1\x1fB9' as cell"


def manifest(aggregation: str = "sum", **metric: Any) -> dict[str, Any]:
    names = ("survey_type", "definition_version", "branch", "plan")
    return {
        "semantic_models": [
            {
                "name": "of_answers",
                "node_relation": {"relation_name": "answers"},
                "dimensions": [
                    {"name": "given_on", "type": "time", "expr": None},
                    *({"name": name, "type": "categorical", "expr": None} for name in names),
                ],
                "measures": [{"name": "counted", "agg": aggregation, "expr": "one"}],
            }
        ],
        "metrics": [{"name": "responses", "filter": None, **metric}],
    }


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute(ROWS)
        opened.execute(PUBLISHED)
        yield opened


def held(connection: duckdb.DuckDBPyConnection, what: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Cell, day of the month and measure of every row that is held."""
    cells.hold(connection, what, ["company", "branch"], "published")
    found = connection.execute("select cell, day(given_on), counted from of_answers order by all").fetchall()
    return [(cell.replace(cells.SEPARATOR, " "), *rest) for cell, *rest in found]


def test_rows_of_a_cell_and_day_are_added_up(connection: duckdb.DuckDBPyConnection) -> None:
    assert held(connection, manifest()) == [
        ("branch relationship v1 (missing)", 2, 1),
        ("branch relationship v1 B1", 1, 2),
        ("branch relationship v1 B1", 2, 1),
        ("company relationship v1", 1, 2),
        ("company relationship v1", 2, 2),
    ]


@pytest.mark.parametrize(
    "what",
    [
        manifest("max"),
        manifest(
            filter={"where_filters": [{"where_sql_template": "{{ Dimension('answer__plan') }} = 'pro'"}]}
        ),
        manifest(type_params={"measure": {"filter": {"where_filters": [{"where_sql_template": "1 = 1"}]}}}),
    ],
    ids=["another aggregation", "a filtered metric", "a filtered measure of a metric"],
)
def test_what_sums_would_change_is_held_row_by_row(
    connection: duckdb.DuckDBPyConnection, what: dict[str, Any]
) -> None:
    assert held(connection, what) == [
        ("branch relationship v1 (missing)", 2, 1),
        *[("branch relationship v1 B1", day, 1) for day in (1, 1, 2)],
        *[("company relationship v1", day, 1) for day in (1, 1, 2, 2)],
    ]
    plans = connection.execute(
        "select plan::varchar, count(*) from of_answers group by 1 order by 1"
    ).fetchall()
    assert plans == [("free", 2), ("pro", 6)]


def test_a_model_reads_what_is_held_and_is_split_by_cell(connection: duckdb.DuckDBPyConnection) -> None:
    what = manifest()
    held(connection, what)
    [model] = what["semantic_models"]
    assert model["node_relation"]["relation_name"] == "temp.main.of_answers"
    assert {each["name"]: each["expr"] for each in (*model["dimensions"][-1:], *model["measures"])} == {
        "cell": "cell",
        "counted": "counted",
    }
    [(enum,)] = connection.execute("select distinct typeof(cell) from of_answers").fetchall()
    assert enum.startswith("ENUM")
    assert "B9" in enum


def test_a_member_is_what_the_model_says_it_is(connection: duckdb.DuckDBPyConnection) -> None:
    what = manifest()
    [branch] = [each for each in what["semantic_models"][0]["dimensions"] if each["name"] == "branch"]
    branch["expr"] = "plan"
    assert {cell for cell, *_ in held(connection, what)} == {
        "branch relationship v1 free",
        "branch relationship v1 pro",
        "company relationship v1",
    }
