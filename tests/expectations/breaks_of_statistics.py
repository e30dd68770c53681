"""What can go wrong in what is published beside a score, one thing at a time."""

from __future__ import annotations

from expectations.suites import Stage

SCORES = "publication.nps_scores"
CARDS = "publication.branch_scorecards"
CHANGED = "nps_change is not null and segment = 'region'"


def _scores(change: str, name: str) -> tuple[Stage, str, str, str]:
    return ("publication", SCORES, f"update {SCORES} set {change}", name)


def _cards(change: str, name: str) -> tuple[Stage, str, str, str]:
    return ("publication", CARDS, f"update {CARDS} set {change}", name)


# stage, table, what someone did to it, the sentence that must say so
BREAKS: list[tuple[Stage, str, str, str]] = [
    _scores(
        "nps_standard_error = nps_standard_error / 10 where nps is not null", "ExpectScoresToEqualTheirCounts"
    ),
    _scores(
        "change_z = 1 where measure = 'in_period' and responses < 30",
        "ExpectSuppressionBelowTheFloor",
    ),
    _scores("post_stratified_nps = 0 where responses < 5", "ExpectSuppressionBelowTheFloor"),
    _scores(
        "nps_standard_error = 3 where responses between 5 and 29",
        "ExpectSuppressionBelowTheFloor",
    ),
    # against the period before the one before, or with n of the first period on both sides
    _scores(f"nps_change = nps_change + 1e-6 where {CHANGED}", "ExpectChangesToFollowFromBothPeriods"),
    _scores(f"change_z = change_z * 1.001 where {CHANGED}", "ExpectChangesToFollowFromBothPeriods"),
    _scores(
        f"nps_change = null, change_z = null where {CHANGED}",
        "ExpectChangesToFollowFromBothPeriods",
    ),
    _scores(
        "nps_change = 0, change_z = 0 where measure = 'current_state' and nps is not null",
        "ExpectChangesToFollowFromBothPeriods",
    ),
    _scores(
        "nps_change = 0, change_z = 0 where period_grain = 'trailing_365d' and nps is not null",
        "ExpectChangesToFollowFromBothPeriods",
    ),
    # one-sided
    _scores(f"change_p_value = change_p_value / 2 where {CHANGED}", "ExpectPValuesToFollowFromZ"),
    _scores(f"change_p_value = change_p_value + 1e-7 where {CHANGED}", "ExpectPValuesToFollowFromZ"),
    _scores(f"change_p_value = null where {CHANGED}", "ExpectPValuesToFollowFromZ"),
    # Bonferroni, no correction, and a family of all segments
    _scores(
        f"change_q_value = least(1, change_p_value * 5) where {CHANGED}",
        "ExpectQValuesToControlFalseDiscoveries",
    ),
    _scores(f"change_q_value = change_p_value where {CHANGED}", "ExpectQValuesToControlFalseDiscoveries"),
    _scores("change_q_value = 1 where nps_change is null", "ExpectQValuesToControlFalseDiscoveries"),
    # invitations that bounced among the delivered
    _scores(
        "delivered_invitations = delivered_invitations + 1, response_rate = answered_invitations"
        " / (delivered_invitations + 1) where segment = 'branch'",
        "ExpectResponseRatesToFollowFromInvitations",
    ),
    _scores("response_rate = 1 where segment = 'plan'", "ExpectResponseRatesToFollowFromInvitations"),
    _scores(
        "answered_invitations = 0, delivered_invitations = 0, response_rate = null"
        " where measure = 'current_state'",
        "ExpectResponseRatesToFollowFromInvitations",
    ),
    _scores(
        "revenue_coverage = 1.1 where segment = 'customer_value_tier'", "ExpectRevenueCoverageToBeAShare"
    ),
    _scores(
        "revenue_coverage = revenue_coverage + 1e-6 where segment = 'company'",
        "ExpectRevenueCoverageToFollowFromAccounts",
    ),
    _scores(
        "revenue_coverage = null where segment = 'branch' and measure = 'current_state'",
        "ExpectRevenueCoverageToFollowFromAccounts",
    ),
    (
        "publication",
        SCORES,
        "update marts.fct_account_standings set trailing_revenue_amount = 1 where branch = 'B1'",
        "ExpectRevenueCoverageToFollowFromAccounts",
    ),
    _scores(
        "effective_responses = responses + 1 where post_stratified_nps is not null",
        "ExpectPoststratifiedScoresWithinTheirStrata",
    ),
    _scores(
        "post_stratified_nps = 101 where post_stratified_nps is not null",
        "ExpectPoststratifiedScoresWithinTheirStrata",
    ),
    # the plain score where answers are not weighted at all
    _scores(
        "post_stratified_nps = nps where post_stratified_nps is not null",
        "ExpectPoststratifiedScoresToFollowFromTiers",
    ),
    _scores(
        "effective_responses = effective_responses - 1 where segment = 'branch'",
        "ExpectPoststratifiedScoresToFollowFromTiers",
    ),
    _scores(
        "stratified_share = stratified_share / 2 where segment = 'company'",
        "ExpectPoststratifiedScoresToFollowFromTiers",
    ),
    _cards("company_nps = company_nps + 1", "ExpectScorecardsToEqualScores"),
    _cards("nps_high = nps_high + 1", "ExpectScorecardsToEqualScores"),
    (
        "publication",
        CARDS,
        f"delete from {CARDS} where branch = 'Unassigned'",
        "ExpectScorecardsToEqualScores",
    ),
    # against the company with the branch in it
    _cards("comparison_p_value = comparison_p_value + 1e-6", "ExpectBranchesToBeComparedWithTheRest"),
    _cards("comparison_q_value = comparison_p_value", "ExpectBranchesToBeComparedWithTheRest"),
    _cards(
        "comparison_p_value = 1, comparison_q_value = 1 where branch = 'Unassigned'",
        "ExpectBranchesToBeComparedWithTheRest",
    ),
    # not pooled at all
    _cards("pooled_nps = nps where pooled_nps is not null", "ExpectPoolingTowardTheCompany"),
    _cards("pooled_low = pooled_low - 1e-6", "ExpectPoolingTowardTheCompany"),
    _cards("pooled_low = null where branch = 'B1'", "ExpectPoolingTowardTheCompany"),
    # ranked by the score alone
    _cards("best_rank = 2, worst_rank = 2 where branch = 'B1'", "ExpectRanksFromPooledIntervals"),
    _cards("best_rank = 1 where branch = 'Unassigned'", "ExpectRanksFromPooledIntervals"),
    _cards("standing = 'below' where branch = 'B1'", "ExpectVerdictsToBeEarned"),
    _cards("standing = null", "ExpectVerdictsToBeEarned"),
]
