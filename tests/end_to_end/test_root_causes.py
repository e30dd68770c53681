"""Root causes are of what the scores show; the guard of the refresh has counted them again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")


def published(company: Company) -> list[dict[str, Any]]:
    with company.published() as connection:
        return connection.execute("select * from nps_root_causes").to_arrow_table().to_pylist()


def test_each_value_that_the_scores_show_is_judged_once(refreshed: Company) -> None:
    with refreshed.published() as connection:
        shown = connection.execute(
            "select survey_type, definition_version, segment, customer_value_tier, journey_stage, branch,"
            " region, plan, channel, responses, detractors from nps_scores where measure = 'in_period'"
            " and period_grain = 'trailing_365d' and period_end = ? and detractors is not null",
            [refreshed.today],
        )
        scores = shown.to_arrow_table().to_pylist()
    rows = published(refreshed)
    names = {"customer_value_tier", "journey_stage", "branch", "region", "plan", "channel"}
    key = ("survey_type", "definition_version", "attribute", "attribute_value", "responses", "detractors")
    assert sorted(tuple(row[name] for name in key) for row in rows) == sorted(
        (
            *(row["survey_type"], row["definition_version"], row["segment"], row[row["segment"]]),
            *(row["responses"], row["detractors"]),
        )
        for row in scores
        if row["segment"] in names
    )
    assert {row["verdict"] for row in rows} >= {"not distinguishable", "too few"}
    for row in rows:
        assert (row["q_value"] is None) == (row["verdict"] == "too few")
        assert row["verdict"] not in ("more", "fewer") or row["q_value"] <= 0.05


def test_the_command_and_the_page_show_what_is_published(refreshed: Company, site: Path) -> None:
    done = refreshed.nps("causes", "--by", "stage", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = [row for row in published(refreshed) if row["attribute"] == "journey_stage"]
    assert {row["attribute_value"] for row in json.loads(done.stdout)} == {
        row["attribute_value"] for row in rows
    }
    shown = refreshed.nps("causes", "--format", "md")
    assert "not distinguishable" in shown.stdout
    page = (site / "causes.html").read_text("utf-8")
    judged = [row for row in published(refreshed) if row["verdict"] != "too few"]
    assert all(row["value_name"] in page for row in judged)
    assert json.loads(done.stdout)[0].keys() >= {"odds_ratio", "verdict"}
    for by in ("employee", "owner", "cohort", "time_in_stage", "questions"):
        inner = refreshed.nps("causes", "--by", by, "--days", "1095", "--format", "json")
        assert inner.returncode == 0, inner.stderr
        assert {row["verdict"] for row in json.loads(inner.stdout)} & {"not distinguishable", "more"}
    refused = refreshed.nps("causes", "--by", "branch", "--band", "promoter")
    assert "root causes that are published are of detractors" in refused.stderr
    refused = refreshed.nps("causes", "--by", "weather")
    assert refused.returncode != 0
    assert "weather" in refused.stderr
