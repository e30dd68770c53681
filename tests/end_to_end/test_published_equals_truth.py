"""The published figures are the simulated company's own, cell by cell, and stay so when nothing is new."""

import json

import pyarrow as pa
import pytest

from demo import truth
from demo.truth.scores import KEY
from tests.comparison import differences
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")


def different(company: Company, published: str, expected: pa.Table, key: list[str]) -> dict[str, int]:
    """In how many rows each column of a published table is not the company's own."""
    with company.published() as connection:
        connection.register("expected", expected)
        columns = connection.table(published).columns
        assert columns == expected.column_names
        return differences(connection, published, "expected", key)


def test_every_column_of_every_cell_is_the_companys_own(refreshed: Company) -> None:
    expected = truth.expected_scores(refreshed.world, refreshed.today)
    assert len(expected) > 40_000
    hollow = [name for name in expected.column_names if not expected[name].is_valid().to_numpy().any()]
    assert hollow == []
    assert different(refreshed, "nps_scores", expected, KEY) == {}


def test_every_column_of_every_scorecard_is_the_companys_own(refreshed: Company) -> None:
    expected = truth.expected_scorecards(refreshed.world, refreshed.today)
    key = ["branch", "survey_type", "definition_version"]
    assert {row["standing"] for row in expected.to_pylist()} >= {"not distinguishable"}
    assert different(refreshed, "branch_scorecards", expected, key) == {}


def test_every_answer_has_the_disposition_the_company_planted(refreshed: Company) -> None:
    expected = {
        (row["source"], row["disposition"]): row["answers"]
        for row in truth.expected_dispositions(refreshed.world, refreshed.today).to_pylist()
    }
    with refreshed.published() as connection:
        published = {
            (source, disposition): int(answers)
            for source, disposition, answers in connection.execute(
                "select source, disposition, sum(answers) from response_dispositions group by all"
            ).fetchall()
        }
    for planted in ("quarantined", "erased"):
        assert expected["qualtrics", planted] > 0, f"nothing planted to be {planted}"
    assert published == expected


def test_a_second_refresh_changes_nothing_and_says_so(refreshed: Company) -> None:
    link = refreshed.home / "published" / "current"
    before = link.resolve()
    manifest = (link / "manifest.json").read_bytes()
    again = refreshed.nps("refresh")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "nothing changed" in again.stdout
    assert link.resolve() == before
    assert (link / "manifest.json").read_bytes() == manifest


def test_show_prints_what_is_published(refreshed: Company) -> None:
    shown = refreshed.nps("show", "--by", "value", "--period", "all_time", "--format", "json")
    assert shown.returncode == 0, shown.stderr
    with refreshed.published() as connection:
        published = connection.execute(
            "select customer_value_tier, survey_type, responses from nps_scores"
            " where segment = 'customer_value_tier' and period_grain = 'all_time' and measure = 'in_period'"
        ).fetchall()
    rows = json.loads(shown.stdout)
    assert len(rows) == len(published)
    assert {row["responses"] for row in rows} == {responses for _, _, responses in published}


def test_sources_says_what_was_loaded_and_quarantined(refreshed: Company) -> None:
    said = refreshed.nps("sources")
    assert said.returncode == 0, said.stderr
    for word in ("qualtrics", "salesforce", "stripe", "files", "wrong_type"):
        assert word in said.stdout
