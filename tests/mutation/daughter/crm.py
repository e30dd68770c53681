"""The daughter's CRM: branches, accounts with their merges, contacts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from typing import Final

from demo.company.ids import salesforce_ids
from tests.mutation.daughter.forms import FIRST, Row, email, letters, moment, written_id

#: As many accounts as Salesforce has (`worker.COMPANY`): its ids follow from that.
_OF_SALESFORCE: Final = 250
_REGIONS: Final = ("North", "South", "NA", " East ", "", None)
#: Accounts that neither an invoice nor a subscription knows.
MOVED: Final = tuple(f"DV-{n}" for n in range(8))


def account_id(drawn: Random, number: int) -> str:
    """A third look like Salesforce's, and a few have as many characters."""
    if number % 30 in (1, 2):
        return f"CUSTOMER{number:07}" if number % 30 == 1 else f"001-2024-{number:06}"
    return f"001{letters(drawn, 12)}" if number % 3 == 0 else f"D-{number}"


def branch(drawn: Random, name: str) -> Row:
    """A row of crm/branches."""
    return {
        "branch_id": written_id(drawn, name),
        "name": f" Branch {name} ",
        "region": drawn.choice(_REGIONS),
        "owner": drawn.choice(("", "Ada")),
        "opened_on": moment(drawn, FIRST, datetime(2023, 1, 1)).date(),
        "closed_on": drawn.choice(("", "9999-12-31", "2025-03-01")),
    }


def accounts(drawn: Random, accounts: Sequence[str], branches: Sequence[str], sent: datetime) -> list[Row]:
    """Rows of crm/accounts: some accounts twice."""
    rows = []
    for at, account in enumerate(accounts):
        for _ in range(drawn.choice((1, 1, 2))):
            rows.append(
                {
                    "account_id": written_id(drawn, account),
                    "updated_at": moment(drawn, sent - timedelta(days=500), sent),
                    "name": f"Account {at}",
                    "parent_account_id": drawn.choice(("", written_id(drawn, drawn.choice(accounts)))),
                    "branch_id": drawn.choice(("", written_id(drawn, drawn.choice(branches)))),
                    "region": drawn.choice(_REGIONS),
                    "industry": drawn.choice(("Retail", " Energy ", "")),
                    "plan": drawn.choice(("Growth", " Growth", "Enterprise", "")),
                    "owner_id": "",
                    "lifecycle_stage": drawn.choice(("onboarding", "Adoption ", "renewal", "")),
                    "status": drawn.choice(("active", "Active", "churned", "")),
                    "created_at": moment(drawn, FIRST - timedelta(days=400), FIRST + timedelta(days=300)),
                    "merged_into_id": _survivor(drawn, accounts, at),
                    "is_deleted": drawn.random() < 0.05,
                    "acquired_by_referral": drawn.choice(("true", "false", "")),
                }
            )
    return rows


def odd_accounts() -> list[Row]:
    """Rows of crm/accounts: 64 merges in a row, the last one's into itself, a merge into nobody, a version
    that changes nothing, and two accounts that Salesforce has too: one newer there, one newer here."""
    [newer_there, newer_here] = (salesforce_ids("001", _OF_SALESFORCE)[at].as_py() for at in (0, 22))
    begun, later = datetime(2024, 1, 1), datetime(2025, 1, 15)
    rows: list[Row] = [
        {"account_id": f"DC-{n:02}", "updated_at": begun, "merged_into_id": f"DC-{min(n + 1, 64):02}"}
        for n in range(65)
    ]
    rows += [
        {"account_id": "DC-lost", "updated_at": begun, "merged_into_id": "DC-gone"},
        {
            "account_id": "DC-same",
            "updated_at": begun,
            "name": "Before",
            "plan": "Growth",
            "status": "active",
        },
        {"account_id": "DC-same", "updated_at": later, "name": "After", "plan": "Growth", "status": "active"},
        {"account_id": newer_there, "updated_at": later, "plan": "Enterprise"},
        {"account_id": newer_here, "updated_at": datetime(2025, 12, 19), "plan": "Enterprise"},
    ]
    names = ("account_id", "updated_at", "name", "plan", "status", "merged_into_id", "is_deleted")
    return [{name: row.get(name, "") for name in names} for row in rows]


def moved_accounts() -> list[Row]:
    """Rows of crm/accounts: whose MRR only movements know, one of them under two ids."""
    referred = cycle(("true", "false", ""))
    return [
        {
            "account_id": name,
            "updated_at": datetime(2024, 1, 1),
            "merged_into_id": MOVED[0] if name == "DV-old" else "",
            "acquired_by_referral": next(referred),
        }
        for name in (*MOVED, "DV-odd", "DV-old")
    ]


def _survivor(drawn: Random, accounts: Sequence[str], at: int) -> str:
    """A chain of 40 merges, a circle of three, a pair, an account that merges into itself."""
    into = {**{n: n + 1 for n in range(20, 60)}, 62: 63, 63: 64, 64: 62, 66: 67, 68: 68}
    return written_id(drawn, accounts[into[at]]) if at in into else ""


def contacts(drawn: Random, contacts: Sequence[tuple[str, str]], sent: datetime) -> list[Row]:
    """Rows of crm/contacts: of contacts (id, account)."""
    return [
        {
            "contact_id": written_id(drawn, contact),
            "updated_at": moment(drawn, sent - timedelta(days=500), sent),
            "account_id": drawn.choice((written_id(drawn, account), written_id(drawn, account), "")),
            "email": email(drawn, at % 110),
            "merged_into_id": written_id(drawn, contacts[at + 1][0]) if at % 17 == 3 else "",
            "is_deleted": "" if at % 23 == 6 else at % 23 == 5,
            "created_at": moment(drawn, FIRST, sent),
        }
        for at, (contact, account) in enumerate(contacts)
    ]
