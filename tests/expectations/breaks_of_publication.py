"""What can go wrong in the published tables, one thing at a time."""

from __future__ import annotations

from expectations.suites import Stage

SCORES = "publication.nps_scores"
ONE_BRANCH = "segment = 'branch' and period_grain = 'month' and branch = 'B1'"
ONE_FIGURE = "segment = 'branch' and period_grain = 'month' and responses >= 30"

# stage, table, what someone did to it, the sentence that must say so
BREAKS: list[tuple[Stage, str, str, str]] = [
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
        # one measure blended into the other
        "publication",
        SCORES,
        f"update {SCORES} as states set responses = periods.responses, promoters = periods.promoters,"
        f" passives = periods.passives, detractors = periods.detractors from {SCORES} as periods"
        " where states.measure = 'current_state' and periods.measure = 'in_period'"
        " and states.segment = 'company' and periods.segment = 'company'"
        " and states.survey_type = periods.survey_type and states.period_start = periods.period_start"
        " and states.period_end = periods.period_end",
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
        f"delete from {SCORES} where measure = 'current_state' and period_end = date '2026-03-01'",
        "ExpectTrailingWindowsAtEveryMonth",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set measure = 'current_state' where period_grain = 'month' and segment = 'plan'",
        "ExpectPeriodsToHaveTheirLength",
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
        "publication.response_dispositions",
        "delete from publication.response_dispositions where disposition = 'non_integer'",
        "ExpectExclusionsToBePublished",
    ),
    (
        "publication",
        "publication.response_dispositions",
        "update publication.response_dispositions set response_month = date_trunc('quarter', response_month)",
        "ExpectExclusionsToBePublished",
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set branch_name = 'North' where branch in ('B0', 'B2')",
        "ExpectBranchesToBearTheirNames",
    ),
    (
        "publication",
        "publication.branch_scorecards",
        "update publication.branch_scorecards set branch_name = region",
        "ExpectBranchesToBearTheirNames",
    ),
    (
        "publication",
        "publication.branch_scorecards",
        "update publication.branch_scorecards set region = branch_name where branch = 'B1'",
        "ExpectBranchesToBearTheirNames",
    ),
    (
        # a new name that the models did not take up
        "publication",
        SCORES,
        "insert into raw_files.crm_branches select * replace ('Westgate' as name, position + 10 as position)"
        " from raw_files.crm_branches where branch_id = 'B3'",
        "ExpectBranchesToBearTheirNames",
    ),
    (
        "publication",
        "publication.metric_definitions",
        "delete from publication.metric_definitions",
        "ExpectTheDefinitionToBePublished",
    ),
    (
        "publication",
        "publication.metric_definitions",
        "delete from publication.metric_definitions where element = 'score_band'",
        "ExpectTheDefinitionToBePublished",
    ),
    (
        "publication",
        "publication.metric_definitions",
        "update publication.metric_definitions set value_text = '3 responses' where item = 'interval_only'",
        "ExpectTheDefinitionToBePublished",
    ),
]
