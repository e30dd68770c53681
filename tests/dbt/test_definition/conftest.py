"""A company that changed its definition on 1 July 2025, and a few answers on both sides of that day.

The project is copied, because its own definition has one version; what follows from two is in the tests.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.companies import VERDANT, add_version, read_table, seal, write_table

CHANGE = "2025-07-01"
FIRST, SECOND = "2023.1", "2025.2"
#: What the second version decides otherwise: seed → (row of the first version, columns → new values).
DECIDED = {
    "nps_score_bands": [({"score": "6"}, {"nps_band": "passive", "nps_weight": "0"})],
    "nps_quarantine_windows": [({"survey_type": "relationship"}, {"window_days": "30"})],
    "customer_value_tiers": [({"customer_value_tier": "core"}, {"minimum_amount": "20"})],
    "reportability_floors": [
        ({"reportability": "interval_only"}, {"minimum_responses": "2"}),
        ({"reportability": "indicative"}, {"minimum_responses": "3"}),
        ({"reportability": "reportable"}, {"minimum_responses": "4"}),
    ],
    "journey_stages": [],
    "publication_limits": [],
}
ANSWERS = [
    ("last moment", "p1", 6, "2025-06-30 23:59:59.999999+00"),
    ("first moment", "p2", 6, "2025-07-01 00:00:00+00"),
    ("44 days under the first", "p3", 9, "2025-06-01 00:00:00+00"),
    ("after the change", "p3", 9, "2025-07-15 00:00:00+00"),
    ("44 days under the second", "p4", 0, "2025-07-02 00:00:00+00"),
    ("44 days later", "p4", 10, "2025-08-15 00:00:00+00"),
    ("to be forgotten", "p5", 3, "2025-08-15 00:00:00+00"),
    ("given after all", "p5", 8, "2025-09-02 00:00:00+00"),
]


@dataclass(frozen=True)
class Company:
    """The working file, dbt's manifest, and its compiled tests by name."""

    warehouse: Any
    manifest: dict[str, Any]
    tests: dict[str, str]


@pytest.fixture(scope="session")
def company(new_warehouse: Any, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Everything up to the published figures, under two versions of the definition."""
    home = tmp_path_factory.mktemp("definition")
    plain = new_warehouse(home, ("files",))
    warehouse = replace(plain, project=shutil.copytree(plain.project, home / "dbt_project", ignore=_outputs))
    two_versions(warehouse.project / "definition")
    shutil.copy(VERDANT / "config.toml", warehouse.project)
    seal(warehouse.project, SECOND)
    warehouse.create_raw()
    land(warehouse)
    ask_to_be_forgotten(warehouse)
    built = warehouse.build(
        *("--select", "resource_type:seed", "+path:models/publication"),
        *("--exclude-resource-type", "unit_test"),
    )
    tests = {
        each.node.name: each.node.compiled_code
        for each in built.result.results
        if each.node.resource_type == "test"
    }
    manifest = json.loads((home / "target" / "manifest.json").read_text("utf-8"))
    return Company(warehouse, manifest, tests)


def two_versions(seeds: Path) -> None:
    """Ends the first version on `CHANGE` and writes a second one, which governs no stage `adoption`."""
    add_version(seeds, SECOND, CHANGE, "Six is not a detractor here", DECIDED)
    for table, column in (("journey_stages", "definition_version"), ("nps_questions", "journey_stage")):
        columns, rows = read_table(seeds / f"{table}.csv")
        gone = {"definition_version": SECOND} if column == "definition_version" else {}
        gone |= {"journey_stage": "adoption"}
        write_table(seeds / f"{table}.csv", columns, [row for row in rows if not gone.items() <= row.items()])


def land(warehouse: Any) -> None:
    """Answers of four people of one account in `adoption`, which is invoiced 60 a year."""
    at = "2024-01-01 00:00:00+00"
    warehouse.land(
        "files", "crm_accounts", "A", version_at=at, account_id="A", lifecycle_stage="adoption", updated_at=at
    )
    warehouse.land(
        *("files", "billing_invoices", "I"),
        version_at=at,
        invoice_id="I",
        account_id="A",
        issued_at=at,
        status="paid",
        net_amount=120,
        currency="EUR",
        period_start="2024-01-01 00:00:00+00",
        period_end="2026-01-01 00:00:00+00",
    )
    for response, person, score, responded_at in ANSWERS:
        warehouse.land(
            *("files", "surveys_responses", response),
            response_id=response,
            survey_id="relationship",
            question_id="nps",
            score=score,
            responded_at=responded_at,
            account_id="A",
            respondent_email=f"{person}@customer.example",
            comment="Anyone would know me by this",
            channel="email",
        )


def ask_to_be_forgotten(warehouse: Any) -> None:
    """p5 asks on 1 September; somebody else on the as-of day, which is too late for this run."""
    for request, email, requested_at in (
        ("E1", " P5@customer.example", "2025-09-01 00:00:00+00"),
        ("E2", "p4@customer.example", "2026-01-01 00:00:00+00"),
    ):
        warehouse.land(
            *("files", "surveys_erasures", request),
            erasure_id=request,
            email=email,
            requested_at=requested_at,
        )


_outputs = shutil.ignore_patterns("target", "logs")
