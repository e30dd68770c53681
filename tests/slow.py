"""Modules of tests that take turns: each takes a core for seconds, and together they take twenty minutes.

Belongs here: which they are. `make test` has those that the date draws, `make test-long` all. Does not belong
here: what every day must have, however long it takes: the refresh of a whole company, its truth and its
recount, dbt's own tests of the models, the cases from the field.
"""

from typing import Final

#: Relative to `tests/`. A folder whose modules share one build takes its turn as a whole.
SLOW: Final = (
    *("cases/test_a_vendor_turned_off.py", "company/test_approvals.py", "company/test_follow_up.py"),
    *("company/test_targets.py", "company/test_wholeness.py"),
    *("dbt/test_definition", "dbt/test_downstream/test_downstream_reconciliation.py"),
    *("dbt/test_downstream/test_downstream_semantics.py", "dbt/test_statistics"),
    *("demo/test_server.py", "demo/test_truth_figures.py"),
    *("end_to_end/test_a_csv_in_two_minutes.py", "end_to_end/test_audit.py", "end_to_end/test_comments.py"),
    *("end_to_end/test_pages.py", "end_to_end/test_pages_in_a_browser.py"),
    *(
        "expectations/test_limits.py",
        "expectations/test_recount_ids.py",
        "expectations/test_recount_sample.py",
    ),
    *("expectations/test_rereading_loads.py", "expectations/test_rereading_properties.py"),
    *("expectations/test_runner.py", "expectations/test_sentences.py", "faults/test_matrix.py"),
    *("ingestion/test_backfill.py", "ingestion/test_billing_database.py", "ingestion/test_chargebee.py"),
    *("ingestion/test_cursors.py", "ingestion/test_files_from_nowhere.py", "ingestion/test_files_intake.py"),
    *("ingestion/test_files_load.py", "ingestion/test_files_moments.py", "ingestion/test_files_withdrawn.py"),
    *("ingestion/test_hubspot.py", "ingestion/test_known.py", "ingestion/test_load.py"),
    *("ingestion/test_medallia.py", "ingestion/test_memory.py", "ingestion/test_merges.py"),
    *("ingestion/test_purged.py", "ingestion/test_salesforce_bulk.py", "ingestion/test_salesforce_fields.py"),
    *("ingestion/test_stripe_lines.py", "ingestion/test_survey_vendors.py", "ingestion/test_upgrade.py"),
    *("ingestion/test_vendor_drift.py", "ingestion/test_vendor_records.py", "ingestion/test_zendesk.py"),
    *("look/test_dialects.py", "look/test_large_files.py"),
    *("orchestration/test_acceptance.py", "orchestration/test_cli.py"),
    *("orchestration/test_dbt.py", "orchestration/test_graph.py", "orchestration/test_received.py"),
    *("orchestration/test_refresh.py", "publication/test_acceptance.py", "publication/test_answers.py"),
    *(
        "publication/test_content.py",
        "publication/test_declared_dimension.py",
        "publication/test_evidence.py",
    ),
    *("publication/test_ledger.py", "publication/test_money.py", "publication/test_money_evidence.py"),
    *("publication/test_publish.py", "publication/test_reader.py", "publication/test_restatements.py"),
    *("publication/test_signed.py", "serving/test_postgresql_copy.py"),
)
