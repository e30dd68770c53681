"""What can go wrong in the governed seeds, and with what one person's answers are to one another."""

from __future__ import annotations

from expectations.suites import Stage

ANSWERS = "marts.fct_survey_responses"
ERASED = f"update {ANSWERS} set {{}} where disposition = 'erased'"
ONE = f"(select min(answer_key) from {ANSWERS} where is_counted)"
FOLDER = "ExpectTheContentOfTheFolder"
APPROVALS = "definition.approvals"


def _built(seed: str, change: str) -> tuple[Stage, str, str, str]:
    """A seed that says what the company folder does not."""
    return ("marts", f"definition.{seed}", change.format(seed=f"definition.{seed}"), FOLDER)


# stage, table, what someone did to it, the sentence that must say so
BREAKS: list[tuple[Stage, str, str, str]] = [
    _built("nps_score_bands", "update {seed} set nps_band = 'passive', nps_weight = 0 where score = 6"),
    _built("nps_score_bands", "update {seed} set nps_weight = 1 where score = 10"),
    _built("nps_score_bands", "delete from {seed} where score = 0"),
    _built("nps_quarantine_windows", "update {seed} set window_days = 179 where window_days = 180"),
    _built("customer_value_tiers", "update {seed} set minimum_amount = 5001 where minimum_amount = 5000"),
    _built("reportability_floors", "update {seed} set minimum_responses = 4 where minimum_responses = 5"),
    _built("publication_limits", "update {seed} set maximum = 50 where limit_name = 'quarantine'"),
    _built("publication_limits", "update {seed} set minimum_count = 500 where limit_name = 'unknown_ids'"),
    _built("publication_limits", "delete from {seed} where limit_name = 'stale_source'"),
    _built("journey_stages", "delete from {seed} where journey_stage = 'renewal'"),
    _built("nps_definitions", "update {seed} set valid_to = date '2026-03-01'"),
    _built(
        "nps_definitions",
        "insert into {seed} select '2026.1', date '2026-03-01', null, 'Nobody told the folder'",
    ),
    # another 0-10 question, another survey type, another stage, a registration that ends
    _built(
        "nps_questions", "insert into {seed} select * replace ('QID3' as question_id) from {seed} limit 1"
    ),
    _built("nps_questions", "update {seed} set survey_type = 'relationship' where touchpoint = 'support'"),
    _built("nps_questions", "update {seed} set journey_stage = null where touchpoint = 'support'"),
    _built("nps_questions", "update {seed} set valid_to = date '2026-02-01' where source = 'files'"),
    _built("own_email_domains", "insert into {seed} values ('customer.example')"),
    # words too, and what only money or staff depends on
    _built("nps_definitions", "update {seed} set reason = ' '"),
    _built("nps_questions", "update {seed} set reason = null where source = 'files'"),
    _built("nps_questions", "update {seed} set wording_version = 2 where source = 'files'"),
    _built("nps_questions", "update {seed} set scale_min = 1 where source = 'files'"),
    _built("journey_stages", "update {seed} set description = 'A stage' where journey_stage = 'renewal'"),
    _built("customer_value_tiers", "update {seed} set tier_order = 5 where tier_order = 4"),
    _built("publication_limits", "update {seed} set remedy = 'Wait' where applies_to = 'file'"),
    _built("exchange_rates", "update {seed} set rate_to_reporting = 0.00620001 where currency = 'JPY'"),
    _built("exchange_rates", "insert into {seed} values ('CHF', date '2026-01-01', 1.04, 2)"),
    _built("own_email_domains", "delete from {seed}"),
    _built("follow_up_rules", "update {seed} set hours_to_answer = 5 where rule_name = 'strategic_rescue'"),
    _built("branch_calendars", "update {seed} set opens = '08:00' where branch = '*'"),
    _built("branch_owners", "update {seed} set valid_to = null"),
    _built("nps_targets", "update {seed} set target_nps = 10 where target_owner = 'Board'"),
    _built("bonus_dates", "update {seed} set days_before = 13"),
    _built("bonus_dates", "update {seed} set bonus_date = bonus_date + 1"),
    _built("holidays", "delete from {seed} where branch = '*'"),
    _built("release_calendar", "insert into {seed} values ('company', 'month')"),
    _built("follow_up_holdouts", "update {seed} set held_out_percent = 21"),
    _built("follow_up_holdouts", "update {seed} set salt = 'another'"),
    _built("approvals", "update {seed} set reason = 'Because' where table_name = 'nps_questions'"),
    *(
        ("marts", APPROVALS, change.format(seed=APPROVALS), "ExpectContentToBeApproved")
        for change in (
            "delete from {seed} where table_name = 'own_email_domains'",
            "delete from {seed}",
            "update {seed} set approved_by = null where table_name = 'journey_stages'",
            "update {seed} set definition_version = '2022.1' where table_name = 'journey_stages'",
            "update {seed} set content_hash = upper(content_hash) where table_name = 'exchange_rates'",
            # a later approval of something else
            "insert into {seed} select * replace (2 as approval, 'ab12' as content_hash) from {seed} limit 1",
        )
    ),
    *(
        ("marts", APPROVALS, f"update {APPROVALS} set {change}", "ExpectApprovalByAnother")
        for change in (
            "approved_by = author",
            "approved_by = ' INES  moreau'",
            "author = 'I. <ines@verdant.example>', approved_by = 'Ines@Verdant.example'",
            "approved_by = ' '",
            "author = ''",
            "reason = null",
            "approved_on = null",
            "approved_on = proposed_on - 1",
            "approved_as = 'nobody'",
            "approved_as = 'only_person'",  # by another
        )
    ),
    (
        "marts",
        "definition.answer_dispositions",
        "update definition.answer_dispositions set precedence = 3.5 where disposition = 'off_scale'",
        "ExpectReasonsInTheirOrder",
    ),
    (
        "marts",
        "definition.answer_dispositions",
        "update definition.answer_dispositions set is_counted = true where disposition = 'erased'",
        "ExpectReasonsInTheirOrder",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set definition_version = '2026.1' where response_date > date '2026-03-01'",
        "ExpectTheVersionInForce",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set journey_stage = 'honeymoon' where answer_key = {ONE}",
        "ExpectStagesOfTheDefinition",
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
        f"update {ANSWERS} set current_until = current_until + 1 where answer_key = {ONE}",
        "ExpectAPersonsAnswersToFollowOneAnother",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set current_until = response_date + 366 where is_counted",
        "ExpectAPersonsAnswersToFollowOneAnother",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set current_until = response_date where disposition = 'unanswered'",
        "ExpectAPersonsAnswersToFollowOneAnother",
    ),
    ("marts", ANSWERS, ERASED.format("score = 7"), "ExpectErasedAnswersToHoldNothing"),
    ("marts", ANSWERS, ERASED.format("comment = 'call me'"), "ExpectErasedAnswersToHoldNothing"),
    ("marts", ANSWERS, ERASED.format("person_key = 'c17'"), "ExpectErasedAnswersToHoldNothing"),
    ("marts", ANSWERS, ERASED.format("branch = 'B1'"), "ExpectErasedAnswersToHoldNothing"),
    (
        "marts",
        ANSWERS,
        "insert into raw_files.surveys_erasures select * replace ('E9' as record_id, 'r18' as response_id)"
        " from raw_files.surveys_erasures limit 1",
        "ExpectRequestsToBeForgottenToBeKept",
    ),
]
