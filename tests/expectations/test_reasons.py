"""A reason for quarantine that the loader gives is one that the guard and dbt know."""

from __future__ import annotations

from pathlib import Path

import yaml

from expectations.raw_landings import QUARANTINE_REASONS
from ingestion.tables import Reason

STAGED = Path(__file__).parents[2] / "dbt_project/models/staging/stg_sources__quarantined_records.yml"
GIVEN = {value for name, value in vars(Reason).items() if name.isupper()}


def test_every_reason_is_known_wherever_it_is_judged() -> None:
    [model] = yaml.safe_load(STAGED.read_text("utf-8"))["models"]
    [tests] = [column["data_tests"] for column in model["columns"] if column["name"] == "reason"]
    accepted, of_vendors = (set(test["accepted_values"]["arguments"]["values"]) for test in tests)
    assert set(QUARANTINE_REASONS) == accepted == GIVEN
    assert GIVEN - of_vendors == {"error_cell", "rounded_id", "unknown_status"}
