"""What can go wrong in the governed seeds, and with what one person's answers are to one another."""

from __future__ import annotations

from expectations.suites import Stage

ANSWERS = "marts.fct_survey_responses"
ERASED = f"update {ANSWERS} set {{}} where disposition = 'erased'"
ONE = f"(select min(answer_key) from {ANSWERS} where is_counted)"
TWICE = "ExpectTheDefinitionToBeEnteredTwice"


def _entered(seed: str, change: str) -> tuple[Stage, str, str, str]:
    """A seed that says what the guard's own page does not."""
    return ("marts", f"definition.{seed}", change.format(seed=f"definition.{seed}"), TWICE)


# stage, table, what someone did to it, the sentence that must say so
BREAKS: list[tuple[Stage, str, str, str]] = [
    _entered("nps_score_bands", "update {seed} set nps_band = 'passive', nps_weight = 0 where score = 6"),
    _entered("nps_score_bands", "update {seed} set nps_weight = 1 where score = 10"),
    _entered("nps_score_bands", "delete from {seed} where score = 0"),
    _entered("nps_quarantine_windows", "update {seed} set window_days = 179 where window_days = 180"),
    _entered("customer_value_tiers", "update {seed} set minimum_amount = 5001 where minimum_amount = 5000"),
    _entered("reportability_floors", "update {seed} set minimum_responses = 4 where minimum_responses = 5"),
    _entered("publication_limits", "update {seed} set maximum = 50 where limit_name = 'quarantine'"),
    _entered("publication_limits", "update {seed} set minimum_count = 500 where limit_name = 'unknown_ids'"),
    _entered("publication_limits", "delete from {seed} where limit_name = 'stale_source'"),
    _entered("journey_stages", "delete from {seed} where journey_stage = 'renewal'"),
    _entered("nps_definitions", "update {seed} set valid_to = date '2026-03-01'"),
    _entered(
        "nps_definitions",
        "insert into {seed} select '2026.1', date '2026-03-01', null, 'Council', 'Nobody told the guard'",
    ),
    # another 0-10 question, another survey type, another stage, a registration that ends
    _entered(
        "nps_questions", "insert into {seed} select * replace ('QID3' as question_id) from {seed} limit 1"
    ),
    _entered("nps_questions", "update {seed} set survey_type = 'relationship' where touchpoint = 'support'"),
    _entered("nps_questions", "update {seed} set journey_stage = null where touchpoint = 'support'"),
    _entered("nps_questions", "update {seed} set valid_to = date '2026-02-01' where source = 'files'"),
    _entered("own_email_domains", "insert into {seed} values ('customer.example')"),
    (
        "marts",
        "definition.nps_definitions",
        "update definition.nps_definitions set approved_by = ' '",
        "ExpectAnApproverAndAReason",
    ),
    (
        "marts",
        "definition.nps_questions",
        "update definition.nps_questions set reason = null where source = 'files'",
        "ExpectAnApproverAndAReason",
    ),
    (
        "marts",
        "definition.nps_questions",
        "update definition.nps_questions set scale_min = 1 where source = 'files'",
        "ExpectScalesFromZeroToTen",
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
