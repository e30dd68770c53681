"""The raw tables of each vendor that the guard expects, stated independently of the loaders' registry.

Belongs here: which hold answers, invitations, accounts; which of their rows are read. Does not belong here:
what a record contains (`vendors`, `file_tables`), or what must be true of them (`raw_landings`).
"""

from __future__ import annotations

from collections.abc import Mapping

from expectations.file_tables import FILE_TABLES
from expectations.vendors import declared

RAW_TABLES: Mapping[str, tuple[str, ...]] = {
    **{name: tuple(vendor.tables) for name, vendor in declared().items()},
    "files": tuple(FILE_TABLES),
}


def _named(table: str, of_files: str = "") -> Mapping[str, str]:
    """Source → its raw table of that name, of the sources that have one."""
    found = {name: table for name, vendor in declared().items() if table in vendor.tables}
    return found | ({"files": of_files} if of_files else {})


# Whoever gave them is found by the columns `contact_id` and `respondent_email` (of an invitation: `email`),
# and an answer's invitation by `invitation_id`.
ANSWER_TABLES = _named("responses", "surveys_responses")
INVITATION_TABLES = _named("invitations", "surveys_invitations")
ACCOUNT_TABLES = _named("accounts", "crm_accounts")
CONTACT_TABLES = _named("contacts", "crm_contacts")
BRANCH_TABLES = _named("branches", "crm_branches")
USER_TABLES = _named("users")
#: Of vendors that tell what an account was before.
HISTORY_TABLES = _named("account_history")
#: Of vendors that give the names of stages apart from the accounts that are in them.
STAGE_TABLES = _named("stages")
#: Of support tools. Requesters and organisations say whose a ticket is, events where it stood when.
TICKET_TABLES = _named("tickets")
TICKET_EVENT_TABLES = _named("ticket_events")
REQUESTER_TABLES = _named("requesters")
ORGANIZATION_TABLES = _named("organizations")


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
