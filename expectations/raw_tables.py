"""The raw tables of each vendor that the guard expects, stated independently of the loaders' registry.

Belongs here: which hold answers, invitations, accounts; which of their rows are read. Does not belong here:
what a record contains (`vendor_fields`, `file_tables`), or what must be true of them (`raw_landings`).
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.file_tables import FILE_TABLES
from expectations.vendor_fields import vendor_fields

RAW_TABLES: Mapping[str, tuple[str, ...]] = {
    **{vendor: tuple(of_vendor) for vendor, of_vendor in vendor_fields().items()},
    "files": tuple(FILE_TABLES),
}
# Of the vendors that have any. Whoever gave them is found by the columns `contact_id` and `respondent_email`
# (of an invitation: `email`), and an answer's invitation by `invitation_id`.
ANSWER_TABLES: Mapping[str, str] = {"qualtrics": "responses", "files": "surveys_responses"}
ACCOUNT_TABLES: Mapping[str, str] = {"salesforce": "accounts", "files": "crm_accounts"}
CONTACT_TABLES: Mapping[str, str] = {"salesforce": "contacts", "files": "crm_contacts"}
BRANCH_TABLES: Mapping[str, str] = {"salesforce": "branches", "files": "crm_branches"}
INVITATION_TABLES: Mapping[str, str] = {"qualtrics": "invitations", "files": "surveys_invitations"}


def unread(vendor: str, table: str) -> str:
    """The condition under which rows of a raw table, called by its own name, are read by nobody.

    Those of loads that did not end, and of files what a corrected reading took back.
    """
    loads = f"(select load_id from raw_{vendor}._dlt_loads where status = 0)"
    incomplete = f"{table}._dlt_load_id not in {loads}"
    if vendor != "files":
        return f"({incomplete})"
    same = (
        "gone.table_name = quarantine.table_name and gone.origin = quarantine.origin"
        " and gone.original_hash = quarantine.original_hash"
        if table == "quarantine"
        else f"gone.table_name = '{table}' and gone.record_id = {table}.record_id"
        f" and gone.version_id = {table}.version_id"
    )
    return (
        f"({incomplete} or exists (select 1 from raw_files.withdrawals as gone"
        f" where {same} and gone._dlt_load_id in {loads}))"
    )
