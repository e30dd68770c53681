"""The company whose customers come from HubSpot instead of Salesforce has the same figures and attributes."""

import os
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from demo.company import simulate
from demo.server import serve
from demo.vendors import hubspot
from demo.vendors.faults import Faults
from demo.vendors.hubspot_objects import numbers_of, with_ids_of_hubspot
from tests.companies import VERDANT
from tests.end_to_end.simulated import HISTORY_END, NPS, ROOT, SMALL, midnight

#: What an answer was worth, and whose it was as of then; and what accounts were, and since when.
SAME = (
    """
    select
        answer_key, disposition, likelihood_score, nps_band, person_key, contact_key, account_key, branch_key,
        owner_id, lifecycle_stage, trailing_revenue_amount, customer_value_tier, journey_stage, branch,
        region, plan, channel, is_staff
    from marts.fct_survey_responses
    """,
    "select * exclude (account_version_key) from marts.dim_account_versions",
    "select * from marts.dim_branches",
)
#: Where ids decide: which of two small cells is hidden, how tiers are shuffled, and whose a target is.
BY_IDS = ("nps_scores", "association_placebo", "target_attainment")


def refreshed(home: Path, tables: Mapping[str, pa.Table], crm: str) -> None:
    """A refresh of the company, whose customers come from that CRM."""
    with serve(tables, midnight(HISTORY_END), Faults.demo(seed=3)) as servers:
        settings = servers.environment() | hubspot.settings(servers.base_url)
        others = {"SALESFORCE", "HUBSPOT"} - {crm.upper()}
        ours = {key: value for key, value in settings.items() if key.split("__")[1] not in others}
        environment = {**os.environ, **ours, "NPS_COMPANY": str(VERDANT), "NPS_HOME": str(home)}
        environment |= {"NPS_AS_OF": HISTORY_END.isoformat(), "PYTHONPATH": str(ROOT), "COLUMNS": "140"}
        done = subprocess.run([NPS, "refresh"], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def found(database: Path, query: str, ids: Mapping[str, str]) -> Counter[tuple[Any, ...]]:
    """The rows, with these ids instead of their own and texts in lower case."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(query).fetchall()
    return Counter(tuple(_shown(value, ids) for value in row) for row in rows)


def _shown(value: Any, ids: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    return ids.get(value, value).lower().replace("hubspot", "salesforce")


def compare(of_salesforce: Path, of_hubspot: Path, ids: Mapping[str, str]) -> None:
    """Both homes hold the same answers, accounts and publication."""
    for query in SAME:
        theirs, ours = (found(home / "warehouse.duckdb", query, ids) for home in (of_salesforce, of_hubspot))
        assert theirs
        assert ours == theirs
    before, after = (home / "published" / "current" / "nps.duckdb" for home in (of_salesforce, of_hubspot))
    with duckdb.connect(str(before), read_only=True) as published:
        tables = {name for (name,) in published.execute("show tables").fetchall()}
    assert tables > {*BY_IDS, "nps_responses", "branch_scorecards"}
    for table in sorted(tables.difference(BY_IDS)):
        theirs, ours = (found(database, f"select * from {table}", ids) for database in (before, after))
        assert ours == theirs, table


@pytest.mark.long
def test_the_crm_makes_no_difference(tmp_path: Path) -> None:
    tables = simulate(SMALL).tables()
    refreshed(tmp_path / "salesforce", tables, "salesforce")
    refreshed(tmp_path / "hubspot", with_ids_of_hubspot(tables), "hubspot")
    own = {number: written for written, number in numbers_of(tables).items() if written == written.lower()}
    compare(tmp_path / "salesforce", tmp_path / "hubspot", own)
