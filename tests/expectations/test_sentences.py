"""Every sentence of the guard holds for a whole warehouse, and fails by name when it is broken."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from expectations.runner import Verdict, run
from expectations.suites import STAGES, Stage, suites
from tests.expectations.warehouse import VENDORS

ANSWERS = "marts.fct_survey_responses"
SCORES = "publication.nps_scores"
COUNTED = "(select min(answer_key) from marts.fct_survey_responses where is_counted)"
ONE_BRANCH = "segment = 'branch' and period_grain = 'month' and branch = 'B1'"
ONE_FIGURE = "segment = 'branch' and period_grain = 'month' and responses >= 30"

# stage, table, what someone did to it, the sentence that must say so
BREAKS: list[tuple[Stage, str, str, str]] = [
    (
        "raw",
        "raw_qualtrics.responses",
        "insert into raw_qualtrics.responses select * from raw_qualtrics.responses limit 1",
        "ExpectRecordVersionsToBeUnique",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set version_id = null where record_id = 'R1:QID1'",
        "ExpectRawColumnsToBeFilled",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set position = 0 where record_id = 'R1:QID1'",
        "ExpectRawColumnsToBeFilled",
    ),
    (
        "raw",
        "raw_files.surveys_responses",
        "update raw_files.surveys_responses set payload = payload || ' ' where record_id = 'R10'",
        "ExpectContentHashesToMatchPayloads",
    ),
    (
        "raw",
        "raw_qualtrics.questions",
        "update raw_qualtrics.questions set version_id = 'other'",
        "ExpectContentHashesToMatchPayloads",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set _dlt_load_id = '999.9' where record_id = 'R1:QID1'",
        "ExpectLoadsToBeComplete",
    ),
    (
        "raw",
        "raw_files.surveys_responses",
        "update raw_files._dlt_loads set status = 1",
        "ExpectLoadsToBeComplete",
    ),
    (
        "raw",
        "raw_files.surveys_responses",
        "alter table raw_files.surveys_responses alter score type varchar",
        "ExpectScoresToBeDoubles",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "alter table raw_qualtrics.responses drop column score",
        "ExpectScoresToBeDoubles",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "alter table raw_qualtrics.responses add column score__v_text varchar",
        "ExpectNoVariantColumns",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set question_id = 'QID3' where record_id = 'R1:QID1'",
        "ExpectAnswersToNameTheirQuestion",
    ),
    (
        "raw",
        "raw_files.quarantine",
        "update raw_files.quarantine set reason = 'because'",
        "ExpectQuarantineReasonsFromTheClosedList",
    ),
    (
        "raw",
        "raw_files.quarantine",
        "update raw_files.quarantine set original_text = null",
        "ExpectQuarantineReasonsFromTheClosedList",
    ),
    (
        "raw",
        "raw_files.quarantine",
        "insert into raw_files.quarantine select * from raw_files.quarantine",
        "ExpectNothingQuarantinedTwice",
    ),
    ("raw", "raw_files.crm_contacts", "drop table raw_files.crm_contacts", "ExpectTableToExist"),
    (
        "marts",
        ANSWERS,
        f"insert into {ANSWERS} select * from {ANSWERS} where answer_key = {COUNTED}",
        "ExpectOneRowPerAnswer",
    ),
    ("marts", ANSWERS, f"delete from {ANSWERS} where answer_key = {COUNTED}", "ExpectEveryReceivedAnswer"),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set answer_key = 'files:X' where answer_key = {COUNTED}",
        "ExpectEveryReceivedAnswer",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set score = 6.5, likelihood_score = 7 where answer_key = {COUNTED}",
        "ExpectScoresToBeWholeNumbersFromZeroToTen",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set score = 11, likelihood_score = 11 where answer_key = {COUNTED}",
        "ExpectScoresToBeWholeNumbersFromZeroToTen",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set likelihood_score = 11 - score where is_counted",
        "ExpectScoresToBeWholeNumbersFromZeroToTen",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set nps_band = 'passive', nps_weight = 0 where likelihood_score = 6",
        "ExpectBandsToFollowTheDefinition",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set nps_band = 'passive', nps_weight = 0 where likelihood_score = 9",
        "ExpectBandsToFollowTheDefinition",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set nps_weight = 1 where nps_band = 'promoter'",
        "ExpectBandsToFollowTheDefinition",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set nps_band = null where answer_key = {COUNTED}",
        "ExpectExactlyCountedAnswersToHaveABand",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set nps_band = 'passive' where disposition = 'unanswered'",
        "ExpectExactlyCountedAnswersToHaveABand",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set disposition = 'forgotten' where disposition = 'unanswered'",
        "ExpectDispositionsFromTheClosedList",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set is_counted = null where answer_key = {COUNTED}",
        "ExpectDispositionsFromTheClosedList",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set is_staff = true where answer_key = {COUNTED}",
        "ExpectOnlyValidAnswersToCount",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set sent_at = started_at + interval 1 second where answer_key = {COUNTED}",
        "ExpectOnlyValidAnswersToCount",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set question_id = 'QID3' where answer_key = {COUNTED}",
        "ExpectOnlyRegisteredQuestionsToCount",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set survey_type = 'blended' where is_counted",
        "ExpectOnlyRegisteredQuestionsToCount",
    ),
    (
        "marts",
        ANSWERS,
        "update definition.nps_questions set valid_to = date '2026-02-01' where source = 'files'",
        "ExpectOnlyRegisteredQuestionsToCount",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set invitation_id = 'I' where source = 'files'",
        "ExpectOneAnswerPerInvitation",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set person_key = 'one' where source = 'files'",
        "ExpectOneAnswerPerPersonWithinTheWindow",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set region = null where answer_key = {COUNTED}",
        "ExpectDimensionsNeverNull",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set customer_value_tier = 'key' where customer_value_tier = 'core'"
        f" or trailing_revenue_amount = 0",
        "ExpectCustomerValueToFollowTheThresholds",
    ),
    (
        "marts",
        "marts.fct_nps_daily",
        "update marts.fct_nps_daily set passives = 0",
        "ExpectPromotersPassivesAndDetractorsToAddUp",
    ),
    (
        "marts",
        "marts.fct_nps_daily",
        "delete from marts.fct_nps_daily where response_date = date '2026-02-03'",
        "ExpectDailyCountsToEqualTheAnswers",
    ),
    (
        "marts",
        "marts.fct_nps_daily",
        "insert into marts.fct_nps_daily select * from marts.fct_nps_daily limit 1",
        "ExpectDailyCountsToEqualTheAnswers",
    ),
    (
        "marts",
        "marts.audit_reconciliation",
        "delete from marts.audit_reconciliation where disposition = 'unanswered'",
        "ExpectReceivedToEqualCountedExcludedAndQuarantined",
    ),
    (
        "marts",
        "marts.audit_reconciliation",
        "delete from marts.audit_reconciliation where disposition = 'older_version'",
        "ExpectReceivedToEqualCountedExcludedAndQuarantined",
    ),
    (
        "marts",
        "marts.audit_reconciliation",
        "delete from raw_files.quarantine",
        "ExpectReceivedToEqualCountedExcludedAndQuarantined",
    ),
    (
        "marts",
        "marts.audit_reconciliation",
        "update marts.audit_reconciliation set load_id = '100.2' where disposition = 'counted'",
        "ExpectReceivedToEqualCountedExcludedAndQuarantined",
    ),
    ("publication", SCORES, f"insert into {SCORES} select * from {SCORES} limit 1", "ExpectOneRowPerFigure"),
    (
        "publication",
        SCORES,
        f"update {SCORES} set region = 'North' where segment = 'company'",
        "ExpectSegmentsToNameTheirDimensions",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set segment = 'colour' where segment = 'plan'",
        "ExpectSegmentsToNameTheirDimensions",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set period_start = period_start + 1 where period_grain = 'trailing_90d'",
        "ExpectPeriodsToHaveTheirLength",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set passives = passives + 1 where {ONE_FIGURE}",
        "ExpectPromotersPassivesAndDetractorsToAddUp",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set nps = round(nps) + 1 where {ONE_FIGURE}",
        "ExpectScoresToEqualTheirCounts",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set nps_low = nps_low - 1e-6 where {ONE_FIGURE}",
        "ExpectScoresToEqualTheirCounts",
    ),
    (
        # the standard error scaled by 100 where it is 100 outside the root: R's NPS, nps.100
        "publication",
        SCORES,
        f"update {SCORES} set nps_high = nps + (nps_high - nps) / 10 where {ONE_FIGURE}",
        "ExpectScoresToEqualTheirCounts",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set promoters = 1 where responses < 5",
        "ExpectSuppressionBelowTheFloor",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set nps = 10 where responses between 5 and 29",
        "ExpectSuppressionBelowTheFloor",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set reportability = 'reportable' where reportability = 'indicative'",
        "ExpectSuppressionBelowTheFloor",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set nps = null where {ONE_FIGURE}",
        "ExpectSuppressionBelowTheFloor",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set promoters = promoters + 1, detractors = detractors - 1 where {ONE_FIGURE}",
        "ExpectPublishedToEqualMarts",
    ),
    (
        "publication",
        SCORES,
        "update marts.fct_nps_daily set region = 'South' where region = 'North'",
        "ExpectPublishedToEqualMarts",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set branch = 'B9' where {ONE_BRANCH}",
        "ExpectPublishedToEqualMarts",
    ),
    (
        "publication",
        SCORES,
        f"delete from {SCORES} where {ONE_BRANCH}",
        "ExpectSegmentsToAddUpToTheCompany",
    ),
    (
        "publication",
        SCORES,
        f"delete from {SCORES} where period_grain = 'quarter' and period_start = date '2026-01-01'",
        "ExpectEveryAnswerInEveryCalendar",
    ),
    (
        "publication",
        SCORES,
        f"delete from {SCORES} where period_grain = 'trailing_365d' and period_end = date '2026-03-01'",
        "ExpectTrailingWindowsAtEveryMonth",
    ),
    (
        "publication",
        SCORES,
        f"alter table {SCORES} add column respondent_email varchar",
        "ExpectNoPersonalData",
    ),
    (
        "publication",
        SCORES,
        "alter table publication.nps_responses add column comment varchar",
        "ExpectNoPersonalData",
    ),
    (
        "publication",
        "publication.nps_responses",
        "update publication.nps_responses set answer_id = 'qualtrics:R1:QID1' where likelihood_score = 1",
        "ExpectAnswerIdsToTellNothing",
    ),
    (
        "publication",
        "publication.nps_responses",
        "insert into publication.nps_responses select * from publication.nps_responses limit 1",
        "ExpectPublishedAnswersToEqualMarts",
    ),
    (
        "publication",
        "publication.nps_responses",
        "update publication.nps_responses set plan = 'ann@example.org' where likelihood_score = 1",
        "ExpectNoAddressesInMembers",
    ),
    (
        "publication",
        "publication.nps_responses",
        "update publication.nps_responses set nps_band = 'passive' where likelihood_score = 6",
        "ExpectBandsToFollowTheDefinition",
    ),
    (
        "publication",
        "publication.branch_scorecards",
        "update publication.branch_scorecards set company_nps = company_nps + 1",
        "ExpectScorecardsToEqualScores",
    ),
    (
        "publication",
        "publication.branch_scorecards",
        "update publication.branch_scorecards set is_distinguishable = not is_distinguishable",
        "ExpectScorecardsToEqualScores",
    ),
    (
        "publication",
        "publication.response_dispositions",
        "delete from publication.response_dispositions where disposition = 'non_integer'",
        "ExpectExclusionsToBePublished",
    ),
    (
        "publication",
        "publication.metric_definitions",
        "delete from publication.metric_definitions",
        "ExpectTheDefinitionToBePublished",
    ),
]


def failures(verdict: Verdict) -> set[tuple[str, str]]:
    return {(check.table, check.name) for check in verdict.failed}


@pytest.mark.parametrize("stage", STAGES)
def test_every_sentence_holds_for_a_whole_warehouse(whole_warehouse: Path, stage: Stage) -> None:
    verdict = run(stage, whole_warehouse, VENDORS)
    assert failures(verdict) == set()
    assert verdict.success
    stated = {
        (suite.name, type(each).__name__) for suite in suites(stage, VENDORS) for each in suite.expectations
    }
    assert {(check.table, check.name) for check in verdict.results} >= stated


@pytest.mark.parametrize(("stage", "table", "change", "name"), BREAKS)
def test_a_broken_warehouse_fails_by_name(
    warehouse: Path, stage: Stage, table: str, change: str, name: str
) -> None:
    with duckdb.connect(warehouse) as connection:
        connection.execute(change)
    verdict = run(stage, warehouse, VENDORS)
    assert not verdict.success
    (check,) = [check for check in verdict.failed if (check.table, check.name) == (table, name)]
    assert check.sentence
    if name != "ExpectTableToExist":
        assert check.observed.endswith("offending rows")
        assert 1 <= len(check.examples) <= 3


def test_every_sentence_has_a_test_that_breaks_it() -> None:
    stated = {
        type(each).__name__
        for stage in STAGES
        for suite in suites(stage, VENDORS)
        for each in suite.expectations
    }
    assert stated <= {name for _, _, _, name in BREAKS}
