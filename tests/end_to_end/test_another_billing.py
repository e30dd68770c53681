"""The company whose billing comes from its own database instead of Stripe publishes the same figures."""

import os
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.company import simulate
from demo.server import serve
from demo.vendors import billing_database
from demo.vendors.faults import Faults
from tests.companies import VERDANT
from tests.end_to_end.simulated import HISTORY_END, NPS, ROOT, SMALL, midnight
from tests.serving.postgresql import server

#: What is told of a vendor's own way of loading, and not of the company.
SAME = """
    select
        answer_key, disposition, trailing_revenue_amount, customer_value_tier, journey_stage
    from marts.fct_survey_responses
"""


def refreshed(home: Path, tables: Mapping[str, Any], settings: Mapping[str, str]) -> None:
    """A refresh of the company, whose billing is where the settings say."""
    with serve(tables, midnight(HISTORY_END), Faults.demo(seed=3)) as servers:
        given = {
            name: value
            for name, value in servers.environment().items()
            if "STRIPE" not in name or not settings
        }
        environment = {**os.environ, **given, **settings, "NPS_COMPANY": str(VERDANT), "NPS_HOME": str(home)}
        environment |= {"NPS_AS_OF": HISTORY_END.isoformat(), "PYTHONPATH": str(ROOT), "COLUMNS": "140"}
        done = subprocess.run([NPS, "refresh"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def found(database: Path, query: str) -> Counter[tuple[Any, ...]]:
    """The rows, with numbers to nine digits: shares of a line are rounded in major or in minor units."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    return Counter(tuple(map(_shown, row)) for row in rows)


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("billing_database", "stripe")
    return (
        float(f"{value:.9g}") if hasattr(value, "as_integer_ratio") and not isinstance(value, int) else value
    )


@pytest.mark.long
def test_the_billing_makes_no_difference(tmp_path: Path) -> None:
    tables = simulate(SMALL).tables()
    with server() as postgresql:
        name = postgresql.database("billing")
        with postgresql.connect(name) as connection:
            billing_database.fill(connection, tables, midnight(HISTORY_END))
            parameters = connection.info.get_parameters()
        url = f"postgresql://postgres@/{name}?host={parameters['host']}"
        refreshed(tmp_path / "database", tables, billing_database.settings(url))
    refreshed(tmp_path / "stripe", tables, {})
    homes = tmp_path / "stripe", tmp_path / "database"
    theirs, ours = (found(home / "warehouse.duckdb", SAME) for home in homes)
    assert theirs
    assert ours == theirs
    before, after = (home / "published" / "current" / "nps.duckdb" for home in homes)
    with duckdb.connect(str(before), read_only=True) as published:
        names = sorted(table for (table,) in published.execute("show tables").fetchall())
    assert {"nps_scores", "revenue_coverage"} <= set(names)
    different = [name for name in names if found(before, f"from {name}") != found(after, f"from {name}")]
    assert different == []
