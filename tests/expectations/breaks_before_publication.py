"""What can go wrong in raw and in the marts, one thing at a time."""

from __future__ import annotations

from expectations.suites import Stage

ANSWERS = "marts.fct_survey_responses"
COUNTED = "(select min(answer_key) from marts.fct_survey_responses where is_counted)"

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
        "ExpectRowsToHoldWhatWasSent",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set position = 0 where record_id = 'R1:QID1'",
        "ExpectRowsToHoldWhatWasSent",
    ),
    (
        "raw",
        "raw_files.surveys_responses",
        "update raw_files.surveys_responses set payload = payload || ' ' where record_id = 'R10'",
        "ExpectRowsToHoldWhatWasSent",
    ),
    (
        "raw",
        "raw_files.surveys_responses",
        "update raw_files.surveys_responses set payload = null where record_id = 'R10'",
        "ExpectRowsToHoldWhatWasSent",
    ),
    (
        "raw",
        "raw_qualtrics.questions",
        "update raw_qualtrics.questions set version_id = 'other'",
        "ExpectRowsToHoldWhatWasSent",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set _dlt_load_id = '999.9' where record_id = 'R1:QID1'",
        "ExpectLoadsToBeComplete",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set record_id = '' where record_id = 'R1:QID1'",
        "ExpectRowsToHoldWhatWasSent",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set _dlt_load_id = null where record_id = 'R1:QID1'",
        "ExpectRowsToHoldWhatWasSent",
    ),
    (
        "raw",
        "raw_qualtrics.responses",
        "update raw_qualtrics.responses set content_hash = null where record_id = 'R1:QID1'",
        "ExpectRowsToHoldWhatWasSent",
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
        "ExpectBandsToFollowTheDefinition",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set score = 11, likelihood_score = 11 where answer_key = {COUNTED}",
        "ExpectBandsToFollowTheDefinition",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set likelihood_score = 11 - score where is_counted",
        "ExpectBandsToFollowTheDefinition",
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
        "ExpectBandsToFollowTheDefinition",
    ),
    (
        "marts",
        ANSWERS,
        f"update {ANSWERS} set nps_band = 'passive' where disposition = 'unanswered'",
        "ExpectBandsToFollowTheDefinition",
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
        f"update {ANSWERS} set responded_at = timestamp '1999-12-31' where answer_key = {COUNTED}",
        "ExpectOnlyRegisteredQuestionsToCount",
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
    (
        "marts",
        "marts.audit_reconciliation",
        "delete from marts.audit_reconciliation where disposition = 'already_known'",
        "ExpectReceivedToEqualCountedExcludedAndQuarantined",
    ),
    (
        "marts",
        "marts.audit_reconciliation",
        "update raw_files.intake set received = received + 1",
        "ExpectReceivedToEqualCountedExcludedAndQuarantined",
    ),
    (
        "marts",
        "marts.audit_reconciliation",
        "update marts.audit_reconciliation set file_name = 'inbox/b.csv' where disposition = 'older_version'",
        "ExpectReceivedToEqualCountedExcludedAndQuarantined",
    ),
    (
        "marts",
        "marts.audit_reconciliation",
        "insert into raw_files.withdrawals (table_name, record_id, version_id, _dlt_load_id)"
        " select 'surveys_responses', record_id, version_id, '100.1'"
        " from raw_files.surveys_responses limit 1",
        "ExpectReceivedToEqualCountedExcludedAndQuarantined",
    ),
    (
        "raw",
        "raw_files.intake",
        "update raw_files.intake set known = known + 1",
        "ExpectReadingsOfFilesToAddUp",
    ),
    (
        "raw",
        "raw_files.intake",
        "delete from raw_files.surveys_responses where record_id = (select min(record_id) from"
        " raw_files.surveys_responses)",
        "ExpectReadingsOfFilesToAddUp",
    ),
    (
        "raw",
        "raw_files.withdrawals",
        "insert into raw_files.withdrawals (table_name, record_id, version_id, reason)"
        " values ('surveys_responses', 'nobody', 'none', 'not_in_file')",
        "ExpectWithdrawalsToNameWhatIsThere",
    ),
    (
        "raw",
        "raw_files.withdrawals",
        "insert into raw_files.withdrawals (table_name, record_id, version_id, reason)"
        " select 'surveys_responses', record_id, version_id, 'not_in_file' from"
        " (from raw_files.surveys_responses limit 1), range(2)",
        "ExpectWithdrawalsToNameWhatIsThere",
    ),
    (
        "raw",
        "raw_files.withdrawals",
        "insert into raw_files.withdrawals (table_name, record_id, version_id, reason)"
        " select 'surveys_responses', record_id, version_id, 'a whim' from"
        " (from raw_files.surveys_responses limit 1)",
        "ExpectWithdrawalsToNameWhatIsThere",
    ),
]
