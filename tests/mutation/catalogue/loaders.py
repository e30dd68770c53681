"""What a loader makes of a vendor's records. Each is loaded again from the vendors over HTTP."""

from typing import Final

from tests.mutation.mutations import Edit, Mutation, change

QUALTRICS: Final = "ingestion/surveys/qualtrics_tables.py"
SALESFORCE: Final = "ingestion/crm/salesforce.py"
SOBJECTS: Final = "ingestion/crm/salesforce_tables.py"
STRIPE: Final = "ingestion/billing/stripe_tables.py"
LANDING: Final = "ingestion/landing.py"
KNOWN: Final = "ingestion/known.py"
RECORDS: Final = "ingestion/records.py"
COLUMNS: Final = "ingestion/columns.py"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "whole_scores_only",
        "types a score as a whole number",
        QUALTRICS,
        'Column("score", Kind.DOUBLE,',
        'Column("score", Kind.INTEGER,',
    ),
    change(
        "status_of_another", "reads progress for status", QUALTRICS, '"values.status"', '"values.progress"'
    ),
    change(
        "recorded_is_started",
        "reads the start of an answer for its recording",
        QUALTRICS,
        '"values.recordedDate"',
        '"values.startDate"',
    ),
    change(
        "sent_is_opened",
        "reads when an invitation was opened for when it was sent",
        QUALTRICS,
        '"sentAt"',
        '"openedAt"',
    ),
    change(
        "branch_is_employee",
        "reads who served the customer for the branch they visited",
        QUALTRICS,
        '"branch_id": "BranchId"',
        '"branch_id": "EmployeeId"',
    ),
    change(
        "another_channel",
        "reads the language for the channel",
        QUALTRICS,
        '"values.distributionChannel"',
        '"values.userLanguage"',
    ),
    change(
        "an_hour_late",
        "reads times an hour off",
        COLUMNS,
        "    return _moments(values, Kind.TIMESTAMP.arrow)\n",
        "    hour = pa.scalar(3_600_000_000, pa.duration('us'))\n"
        "    return pc.add(_moments(values, Kind.TIMESTAMP.arrow), hour)\n",
    ),
    Mutation(
        "history_backwards",
        "reads old values for new ones",
        (
            Edit(SOBJECTS, 'Column("old_value", source="OldValue"', 'Column("old_value", source="NewValue"'),
            Edit(SOBJECTS, 'Column("new_value", source="NewValue"', 'Column("new_value", source="OldValue"'),
        ),
    ),
    change(
        "no_merges",
        "reads a record's own id for the one it was merged into",
        SOBJECTS,
        'Column("merged_into_id", source="MasterRecordId", asked=True)',
        'Column("merged_into_id", source="Id")',
        count=2,
    ),
    change(
        "branch_is_owner",
        "reads the owner for the branch's region",
        SOBJECTS,
        'source="Region__c", asked=True),\n    Column("owner_id"',
        'source="OwnerId"),\n    Column("owner_id"',
    ),
    change(
        "first_page_only",
        "stops after the first page of the CRM",
        SALESFORCE,
        'return None if page.envelope.get("done") else Following',
        "return None if True else Following",
    ),
    change(
        "totals_for_subtotals",
        "reads invoices with tax",
        STRIPE,
        '_amount("subtotal_minor", _first("total_excluding_tax", "subtotal_excluding_tax", "subtotal")),\n'
        '        _amount("tax_minor"',
        '_amount("subtotal_minor", "total"),\n        _amount("tax_minor"',
    ),
    change(
        "service_periods_lost",
        "reads the end of a service period from its start",
        STRIPE,
        'period.get("end")',
        'period.get("start")',
    ),
    change(
        "a_row_a_batch_lost",
        "hands on every batch without its first row",
        LANDING,
        "yield new.slice(start, min(ready - start, GROUP_ROWS))\n",
        "yield new.slice(start + 1, min(ready - start, GROUP_ROWS) - 1)\n",
    ),
    change(
        "every_batch_twice",
        "hands on every batch twice",
        LANDING,
        "            yield new.slice(start, min(ready - start, GROUP_ROWS))\n",
        "            yield new.slice(start, min(ready - start, GROUP_ROWS))\n" * 2,
    ),
    change(
        "rejects_lost",
        "drops what could not be typed",
        LANDING,
        "yield _to_quarantine(rejects.rows)",
        "yield _to_quarantine(rejects.rows.slice(0, 0))",
    ),
    change(
        "known_again",
        "takes what raw has for new",
        KNOWN,
        "new = np.zeros(rows.num_rows, bool)",
        "new = np.ones(rows.num_rows, bool)",
    ),
    change(
        "hash_of_another_text",
        "hashes a text with its line break",
        RECORDS,
        "hashlib.md5(line, usedforsecurity=False)",
        'hashlib.md5(line + b"\\n", usedforsecurity=False)',
    ),
)
