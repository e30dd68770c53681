"""`nps metric nps --by branch,journey_stage --grain month` says what was published, cell by cell."""

import csv
import io
import json

import pytest

from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

CELL = ("month", "survey_type", "branch", "journey_stage")
FIGURES = ("responses", "nps", "response_rate")


def cells(rows: list[dict[str, str]]) -> dict[tuple[str, ...], list[float | None]]:
    """Cell → its figures; None is one that is not shown."""
    return {
        tuple(row[name] for name in CELL): [float(row[name]) if row[name] else None for name in FIGURES]
        for row in rows
    }


def test_the_command_answers_what_was_published(refreshed: Company) -> None:
    asked = refreshed.nps(
        *("metric", ",".join(FIGURES), "--by", "branch,journey_stage", "--grain", "month"),
        *("--where", "date >= '2025-06-01'", "--format", "csv"),
    )
    assert asked.returncode == 0, asked.stderr
    # without a counted answer there is no figure, only invitations
    answered = [row for row in csv.DictReader(io.StringIO(asked.stdout)) if row["responses"]]
    with refreshed.published() as published:
        result = published.execute(
            "select period_start::varchar, survey_type, branch, journey_stage, responses::varchar,"
            " nps::varchar, response_rate::varchar from nps_scores"
            " where segment = 'branch*journey_stage' and measure = 'in_period' and period_grain = 'month'"
            " and period_start >= '2025-06-01'"
        )
        rows = [dict(zip((*CELL, *FIGURES), row, strict=True)) for row in result.fetchall()]
    expected = cells(rows)
    assert len(expected) > 200
    assert cells(answered) == {cell: pytest.approx(figures) for cell, figures in expected.items()}


def test_the_publication_says_what_its_metrics_are(refreshed: Company) -> None:
    documents = refreshed.home / "published" / "current" / "documents"
    [model] = json.loads((documents / "osi_document.json").read_text("utf-8"))["semantic_model"]
    assert {"nps", "promoters", "responses", "response_rate"} <= {each["name"] for each in model["metrics"]}
