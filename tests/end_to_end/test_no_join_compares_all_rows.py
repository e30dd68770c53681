"""No join of the models compares every row of one table with every row of another.

DuckDB does so for an outer join whose condition is more than comparisons of one side with the other, such as
"and left.state is null" or "or right.ends is null": a hundred thousand rows on both sides then take minutes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

OUTER = {"LEFT", "RIGHT", "FULL"}
#: Models that join the few governed thresholds: a range that is open at either end.
OF_RANGES = {
    "fct_account_outcomes",
    "fct_account_standings",
    "fct_survey_invitations",
    "fct_survey_responses",
    "nps_bridge",
}


def compared(connection: duckdb.DuckDBPyConnection, statement: str) -> list[str]:
    """The conditions of a statement's outer joins that are tried on every pair of rows."""
    [(_, plan)] = connection.execute(f"explain (format json) {statement}").fetchall()
    return [
        str(node["extra_info"]["Condition"])
        for node in nodes(json.loads(plan))
        if node["name"].strip() == "BLOCKWISE_NL_JOIN" and node["extra_info"]["Join Type"] in OUTER
    ]


def nodes(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    for node in plan:
        yield node
        yield from nodes(node["children"])


def test_every_outer_join_is_hashed(refreshed: Company) -> None:
    models = {
        path.stem: path.read_text("utf-8")
        for path in (refreshed.home / "dbt_target").glob("*/compiled/*/models/**/*.sql")
    }
    assert len(models) > 150
    with duckdb.connect(str(refreshed.home / "warehouse.duckdb"), read_only=True) as connection:
        found = {name: conditions for name in models if (conditions := compared(connection, models[name]))}
    assert {name: found[name] for name in found.keys() - OF_RANGES} == {}


def test_a_join_that_compares_all_rows_is_seen(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "two.duckdb")) as connection:
        for table in ("one", "other"):
            connection.execute(f"create table {table} as select i as id, i as ends from range(100) as t (i)")
        joined = "select * from one left join other on one.id = other.id"
        assert compared(connection, joined) == []
        assert compared(connection, f"{joined} and one.ends < coalesce(other.ends, 9)") == []
        assert compared(connection, f"{joined} and one.ends is null") != []
        assert compared(connection, f"{joined} and (other.ends is null or one.ends < other.ends)") != []
