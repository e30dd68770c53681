"""The base company's definition: Verdant's, and a second version that decides nearly everything anew.

What joins governed data by its version only shows with two of them. Belongs here: what the second version and
the shared tables say otherwise. Does not belong here: how a folder is approved (`tests.companies`).
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.companies import VERDANT, Decisions, add_version, read_table, seal, write_table

SECOND, CHANGE = "2025.2", "2025-04-16"
DECIDED: Final[Decisions] = {
    "nps_score_bands": [],
    "nps_quarantine_windows": [
        ({"survey_type": "relationship"}, {"window_days": "150"}),
        ({"survey_type": "transactional"}, {"window_days": "60"}),
    ],
    "customer_value_tiers": [
        ({"customer_value_tier": "strategic"}, {"minimum_amount": "80000"}),
        ({"customer_value_tier": "key"}, {"minimum_amount": "20000"}),
        ({"customer_value_tier": "core"}, {"minimum_amount": "6000"}),
    ],
    "reportability_floors": [
        ({"reportability": "interval_only"}, {"minimum_responses": "4"}),
        ({"reportability": "indicative"}, {"minimum_responses": "25"}),
        ({"reportability": "reportable"}, {"minimum_responses": "90"}),
    ],
    "journey_stages": [
        ({"journey_stage": "support"}, {"journey_order": "4", "description": "A case"}),
        ({"journey_stage": "branch_visit"}, {"journey_order": "3"}),
    ],
    "publication_limits": [({"limit_name": "unknown_ids"}, {"maximum": "6"})],
}
#: A survey that pauses, and is asked in other words afterwards.
PAUSED: Final = "SV_Onboarding0001"
#: What the dollar is worth since.
DOLLAR: Final = {
    "currency": "USD",
    "valid_from": "2024-05-14",
    "rate_to_reporting": "0.95",
    "minor_units": "2",
}


def settle(folder: Path) -> None:
    """Make the base company's own folder: approved, with both versions."""
    shutil.copytree(VERDANT, folder)
    definition = folder / "definition"
    add_version(definition, SECOND, CHANGE, "Two years were enough to learn from", DECIDED)
    columns, rows = read_table(definition / "nps_questions.csv")
    asked = [row for row in rows if row["survey_id"] == PAUSED]
    later = [row | {"valid_from": "2024-03-01", "wording_version": "2"} for row in asked]
    before = [row | {"valid_to": "2024-02-01"} if row in asked else row for row in rows]
    other = [row | {"survey_id": "exit", "touchpoint": "exit"} for row in rows if row["source"] == "files"]
    again = [row | {"question_id": "again", "touchpoint": "exit again"} for row in other]
    write_table(definition / "nps_questions.csv", columns, [*before, *later, *other, *again])
    columns, rows = read_table(definition / "exchange_rates.csv")
    write_table(definition / "exchange_rates.csv", columns, [*rows, DOLLAR])
    seal(folder, SECOND)
