"""The pages of a real refresh: a branch beside the company, formulas worked through, answers of no member."""

from __future__ import annotations

from pathlib import Path

import pytest

from publication import wording
from tests.end_to_end.read_pages import text_of
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")


def test_each_formula_is_worked_through_with_published_numbers(refreshed: Company, site: Path) -> None:
    text = text_of(site / "definition.html")
    with refreshed.published() as tables:
        [(now, change, before, answered, delivered, rate)] = tables.execute(
            "select nps, nps_change, (select nps from nps_scores as earlier where earlier.period_end ="
            " scores.period_start and earlier.survey_type = scores.survey_type"
            " and earlier.segment = 'company' and earlier.period_grain = scores.period_grain"
            " and earlier.measure = scores.measure), answered_invitations, delivered_invitations,"
            " response_rate"
            " from nps_scores as scores where segment = 'company' and period_grain = 'trailing_365d'"
            " and period_end = ? and measure = 'in_period' order by survey_type limit 1",
            [refreshed.today],
        ).fetchall()
        [pooled] = tables.execute(
            "select pooled_nps from branch_scorecards where pooled_nps is not null"
            " order by abs(pooled_nps - nps) desc, branch, survey_type limit 1"
        ).fetchone() or (None,)
    said = wording.one_decimal
    assert f"{said(now)} − {said(before)} = {wording.signed(change)};" in text
    assert f"{answered:,} / {delivered:,} = {wording.percentage(rate)}" in text
    assert f"answers becomes {said(pooled)};" in text


def test_answers_that_belong_nowhere_are_counted(refreshed: Company, site: Path) -> None:
    text = text_of(site / "quality.html")
    with refreshed.published() as tables:
        rows = tables.execute(
            "select survey_type, responses, sum(responses) filter (segment = 'company')"
            " over (partition by survey_type)::bigint as whole, branch from nps_scores"
            " where segment in ('company', 'branch') and period_grain = 'trailing_365d'"
            " and period_end = ? and measure = 'in_period' qualify branch = 'Unassigned'",
            [refreshed.today],
        ).fetchall()
    assert rows
    for survey_type, responses, whole, _ in rows:
        assert f"branch {survey_type} {responses:,} {whole:,}" in text


def test_what_is_hidden_is_counted_by_reason(refreshed: Company, site: Path) -> None:
    text = text_of(site / "quality.html")
    with refreshed.published() as tables:
        [(figures, few, for_others)] = tables.execute(
            "select count(*), count(*) filter (reportability = 'suppressed'),"
            " count(*) filter (reportability = 'suppressed_for_others')"
            " from nps_scores where segment like '%*%'"
        ).fetchall()
    assert min(few, for_others) > 100
    shown = wording.percentage((figures - few - for_others) / figures)
    said = f"scores of members of two dimensions {figures:,} {few:,} {for_others:,} {shown}"
    assert said in text


def test_a_branch_stands_beside_the_company(refreshed: Company, site: Path) -> None:
    """Its stages with the company's score of the same stage."""
    with refreshed.published() as tables:
        [(name, responses, stage, low, high, company)] = tables.execute(
            "select own.branch_name, own.responses, own.journey_stage, own.nps_low, own.nps_high, whole.nps"
            " from nps_scores as own"
            " join nps_scores as whole using (survey_type, measure, period_grain, period_end, journey_stage)"
            " where own.segment = 'branch*journey_stage' and whole.segment = 'journey_stage'"
            " and whole.nps is not null and own.reportability = 'interval_only'"
            " and own.branch <> 'Unassigned'"
            " and measure = 'in_period' and period_grain = 'trailing_365d' and period_end = ?"
            " order by own.branch_name, own.survey_type, own.journey_stage limit 1",
            [refreshed.today],
        ).fetchall()
    row = f"{stage} {responses:,} n too small for a score {{}} {wording.one_decimal(company)} "
    text = text_of(site / "branches" / f"{name.lower()}.html")
    assert row.format(wording.interval(low, high)) in text
