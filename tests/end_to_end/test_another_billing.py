"""The company that is billed by its own database or Chargebee, not by Stripe, publishes the same figures."""

import os
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from demo.company import simulate
from demo.server import serve
from demo.vendors import billing_database, chargebee
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


Settings = Callable[[str], Mapping[str, str]]


def refreshed(home: Path, tables: Mapping[str, Any], settings: Settings | None = None) -> None:
    """A refresh of the company, billed by Stripe or by what the settings say, given the vendors' address."""
    with serve(tables, midnight(HISTORY_END), Faults.demo(seed=3)) as servers:
        given = {
            name: value
            for name, value in servers.environment().items()
            if "STRIPE" not in name or settings is None
        }
        given |= settings(servers.base_url) if settings else {}
        environment = {**os.environ, **given, "NPS_COMPANY": str(VERDANT), "NPS_HOME": str(home)}
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
        return value.replace("billing_database", "stripe").replace("chargebee", "stripe")
    return (
        float(f"{value:.9g}") if hasattr(value, "as_integer_ratio") and not isinstance(value, int) else value
    )


def same(home: Path, as_by_stripe: Path) -> None:
    """All answers with what they were worth, and all that was published, cell for cell."""
    theirs, ours = (found(each / "warehouse.duckdb", SAME) for each in (as_by_stripe, home))
    assert theirs
    assert ours == theirs
    before, after = (each / "published" / "current" / "nps.duckdb" for each in (as_by_stripe, home))
    with duckdb.connect(str(before), read_only=True) as published:
        names = sorted(table for (table,) in published.execute("show tables").fetchall())
    assert {"nps_scores", "revenue_coverage"} <= set(names)
    different = [name for name in names if found(before, f"from {name}") != found(after, f"from {name}")]
    assert different == []


@pytest.mark.long
def test_the_companys_own_database_makes_no_difference(tmp_path: Path) -> None:
    tables = simulate(SMALL).tables()
    with server() as postgresql:
        name = postgresql.database("billing")
        with postgresql.connect(name) as connection:
            billing_database.fill(connection, tables, midnight(HISTORY_END))
            parameters = connection.info.get_parameters()
        url = f"postgresql://postgres@/{name}?host={parameters['host']}"
        refreshed(tmp_path / "database", tables, lambda _: billing_database.settings(url))
    refreshed(tmp_path / "stripe", tables)
    same(tmp_path / "database", tmp_path / "stripe")


@pytest.mark.long
def test_chargebee_makes_no_difference(tmp_path: Path) -> None:
    """Its books have credit notes for refunds, so Stripe's have them too here."""
    tables = chargebee.with_credit_notes(dict(simulate(SMALL).tables()))
    refreshed(tmp_path / "chargebee", tables, chargebee.settings)
    refreshed(tmp_path / "stripe", tables)
    same(tmp_path / "chargebee", tmp_path / "stripe")
