"""What can go wrong in the published tables, one thing at a time."""

from __future__ import annotations

from expectations.suites import Stage

SCORES = "publication.nps_scores"
ANSWERS = "publication.nps_responses"
BRIDGE = "publication.nps_bridge"
CHANGES = "publication.nps_changes_explained"

# stage, table, what someone did to it, the sentence that must say so
BREAKS: list[tuple[Stage, str, str, str]] = [
    (
        "publication",
        SCORES,
        f"alter table {SCORES} add column respondent_email varchar",
        "ExpectNoPersonalData",
    ),
    (
        "publication",
        SCORES,
        f"alter table {ANSWERS} add column comment varchar",
        "ExpectNoPersonalData",
    ),
    *(
        ("publication", ANSWERS, change, sentence)
        for change, sentence in (
            (f"insert into {ANSWERS} select * from {ANSWERS} limit 1", "ExpectPublishedAnswersToEqualMarts"),
            (
                f"update {ANSWERS} set nps_band = 'passive' where likelihood_score = 6",
                "ExpectPublishedAnswersToEqualMarts",
            ),
            (
                f"update {ANSWERS} set journey_stage = '(others)' where likelihood_score = 6",
                "ExpectPublishedAnswersToEqualMarts",
            ),
            (
                f"update {ANSWERS} set response_year = response_year + interval 1 day",
                "ExpectPublishedAnswersToEqualMarts",
            ),
            (
                # a score that is shown, and to which rows then have to belong
                f"update {SCORES} set reportability = 'suppressed' where period_grain = 'year'"
                " and segment = 'customer_value_tier*journey_stage'",
                "ExpectPublishedAnswersToEqualMarts",
            ),
            (
                f"update {ANSWERS} set journey_stage = 'alone' where rowid < 4",
                "ExpectAnswersToBeAlike",
            ),
        )
    ),
    (
        "publication",
        SCORES,
        f"update {SCORES} set plan = 'ann@example.org' where segment = 'plan'",
        "ExpectNoAddressesInMembers",
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
    *(
        ("publication", CHANGES, change, "ExpectChangesToAddUp")
        for change in (
            f"update {CHANGES} set mix = mix + 2e-9, contribution = contribution + 2e-9",
            f"update {CHANGES} set movement = movement + 2e-9 where segment <> 'company'",
            f"delete from {CHANGES} where segment = 'company'",
            f"update {SCORES} set nps_change = nps_change + 2e-9 where segment = 'company'",
        )
    ),
    (
        "publication",
        CHANGES,
        f"update {CHANGES} set branch_name = 'North' where branch = 'B1'",
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
    *(
        ("publication", "publication.metric_definitions", change, "ExpectTheDefinitionToBePublished")
        for change in (
            "delete from publication.metric_definitions where item = 'exchange_rates'",
            "update publication.metric_definitions set author = 'Somebody' where item = 'nps_questions'",
            "update publication.metric_definitions set approved_on = null where item = 'journey_stages'",
            "update publication.metric_definitions set content_hash = 'a' where item = 'journey_stages'",
            "update publication.metric_definitions set description = 'It counts' where item = 'erased'",
            "update publication.metric_definitions set valid_from = '2000-01-02' where item = 'nps'",
        )
    ),
    *(
        ("publication", BRIDGE, change, "ExpectTheBridgeToEndOnThePublishedScore")
        for change in (
            f"update {BRIDGE} set passives = passives - 1 where kind = 'published'",
            f"update {BRIDGE} set nps = round(nps, 1) where kind = 'published'",
            f"delete from {BRIDGE} where source = '(all)' and period_start = date '2026-02-01'",
            f"update {BRIDGE} set promoters = 1 where kind = 'published' and reportability = 'suppressed'",
            f"update {BRIDGE} set period_end = period_end + 1",
        )
    ),
    *(
        ("publication", BRIDGE, change, "ExpectEachLineToTakeOutItsReason")
        for change in (
            f"update {BRIDGE} set line_name = 'off_scale' where line_name = 'non_integer'",
            f"update {BRIDGE} set answers = answers + 1 where line_name = 'received'",
            f"update {BRIDGE} set period_start = date '2026-01-01' where survey_id = 'relationship'",
            "update publication.response_dispositions set disposition = 'unanswered'"
            " where disposition = 'preview_or_test'",
        )
    ),
]
