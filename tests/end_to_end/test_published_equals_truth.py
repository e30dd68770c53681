"""The published figures are the simulated company's own, cell by cell, and stay so when nothing is new."""

import json
from collections import Counter

import pytest

from demo import truth
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")

CELLS = """survey_type, measure, period_grain, period_start, period_end, segment, customer_value_tier,
    journey_stage, branch, region, plan, channel, definition_version, promoters, passives, detractors,
    responses, round(nps, 9), round(nps_low, 9), round(nps_high, 9), reportability, branch_name"""


def test_every_cell_is_the_companys_own(refreshed: Company) -> None:
    expected = truth.expected_scores(refreshed.world, refreshed.today)
    with refreshed.published() as connection:
        connection.register("expected", expected)
        published, known = (
            Counter(connection.execute(f"select {CELLS} from {table}").fetchall())
            for table in ("nps_scores where measure = 'in_period'", "expected")
        )
    assert len(known) > 1_000
    assert published - known == Counter()
    assert known - published == Counter()


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
    quarantined = ("qualtrics", "quarantined")
    assert expected[quarantined] > 0, "nothing planted to be quarantined"
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
