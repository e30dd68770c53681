"""The people as the CRM shows them: branches, users, accounts and contacts with every version.

Belongs here: tables in Salesforce's shape. Does not belong here: any drawing of who they are (`people.py`),
beyond their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.company.columns import Column, joined, moments, numbers, picked
from demo.company.ids import salesforce_ids
from demo.company.people import PLANS, REGIONS, STAGES, STATUSES, People
from demo.company.size import DAY, END, HOUR, MISSING, NEVER, START, Bools, Ints, Size, seconds
from demo.company.timeline import Timeline

OWN_DOMAIN: Final = "verdant.example"
_SEASIDE: Final = ("Alder", "Birk", "Cedar", "Dale", "Elm", "Fern", "Glen", "Hazel")
_PLACES: Final = ("bridge", "field", "haven", "mouth", "stead")
_FIRST: Final = ("Ada", "Björn", "Chloé", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Iñigo", "Jun")
_LAST: Final = ("Arslan", "Berg", "Costa", "Dubois", "Eriksen", "Fischer", "García", "Haddad", "Ito", "Kaya")
_ASCII_FIRST: Final = ("ada", "bjorn", "chloe", "dmitri", "elif", "farah", "goran", "hana", "inigo", "jun")
_ASCII_LAST: Final = (
    "arslan", "berg", "costa", "dubois", "eriksen", "fischer", "garcia", "haddad", "ito", "kaya",
)  # fmt: skip
_FIRMS: Final = ("Nordlicht", "Azul", "Quercus", "Kumo", "Meridian", "Ostrava", "Piedra", "Saffron", "Tern")
_TRADES: Final = ("Optics", "Logistics", "Foods", "Dental", "Print", "Energy", "Textiles", "Tools")
_FORMS: Final = ("GmbH", "S.A.", "Ltd", "KK", "AB", "Oy")
USER_TYPES: Final = ("Standard", "CspLitePortal", "PowerPartner", "Guest")
INDUSTRIES: Final = ("Manufacturing", "Retail", "Health", "Energy", "Logistics", "Public sector")


@dataclass(frozen=True)
class Names:
    """The identifiers and addresses of everybody, one entry each."""

    branch: Column
    region: Column
    user: Column
    user_email: Column
    account: Column
    account_name: Column
    contact: Column
    contact_email: Column


def named(size: Size, people: People) -> Names:
    """Identifiers, names and addresses; distinct accounts and persons have distinct ones."""
    employee = np.arange(size.employees)
    # Every ninth employee is a contractor, whose address is not in the company's own domain.
    domain = picked([OWN_DOMAIN, "contractor.example"], (employee % 9 == 8).astype(np.int64))
    user_email = joined(
        picked(_ASCII_FIRST, employee % 10),
        ".",
        picked(_ASCII_LAST, employee // 10 % 10),
        text_number(employee),
        "@",
        domain,
    )
    account = np.arange(size.accounts)
    firm, trade = picked(_FIRMS, account * 7 % 9), picked(_TRADES, account * 5 % 8)
    account_name = joined(firm, " ", trade, " ", numbers(account + 1), " ", picked(_FORMS, account % 6))
    contact = np.arange(len(people.contacts.account))
    own_email = joined(
        picked(_ASCII_FIRST, contact * 3 % 10),
        ".",
        picked(_ASCII_LAST, contact * 7 % 10),
        numbers(contact),
        "@",
        pc.utf8_lower(picked(firm, people.contacts.account)),
        numbers(people.contacts.account + 1),
        ".example",
    )
    return Names(
        branch=salesforce_ids("a0B", size.branches),
        region=pa.array([*REGIONS, *(f"Region {r + 1}" for r in range(len(REGIONS), size.regions))]),
        user=salesforce_ids("005", size.employees),
        user_email=user_email,
        account=salesforce_ids("001", size.accounts),
        account_name=account_name,
        contact=salesforce_ids("003", len(contact)),
        contact_email=picked(own_email, people.contacts.email_of),
    )


def text_number(values: Ints) -> Column:
    """Two digits or more."""
    return pc.utf8_lpad(numbers(values), 2, "0")


def branches(size: Size, people: People, names: Names) -> pa.Table:
    """One row per branch."""
    n = size.branches
    index = np.arange(n, dtype=np.int64)
    suffix = np.where(index < 40, "", np.char.add(" ", (index // 40 + 1).astype(str)))
    opened = seconds(2009, 3, 2) + index * 61 * DAY
    dates = pa.array((np.minimum(opened, START - DAY) // DAY).astype(np.int32)).cast(pa.date32())
    return pa.table(
        {
            "branch_id": names.branch,
            "name": joined(picked(_SEASIDE, index % 8), picked(_PLACES, index // 8 % 5), pa.array(suffix)),
            "region": picked(names.region, people.branch_region),
            "owner_id": picked(names.user, people.branch_manager),
            "opened_on": dates,
            "closed_on": pa.nulls(n, pa.date32()),
            "visible_at": moments(np.full(n, START - 400 * DAY + HOUR)),
        }
    )


def employees(size: Size, people: People, names: Names) -> pa.Table:
    """One row per employee; some have left, and their answers are still staff answers.

    Every thirtieth contact may log in, and is a user with the contact's address.
    """
    guest = np.arange(0, len(people.contacts.account), 30, dtype=np.int64)
    n = size.employees + len(guest)
    index = np.arange(n, dtype=np.int64)
    is_guest = index >= size.employees
    employed = np.where(is_guest, -1, index)
    return pa.table(
        {
            "user_id": salesforce_ids("005", n),
            "name": joined(picked(_FIRST, index % 10), " ", picked(_LAST, index // 10 % 10)),
            "email": pa.concat_arrays([names.user_email, picked(names.contact_email, guest)]),
            "branch_id": picked(names.branch, np.where(is_guest, -1, people.employee_branch[employed])),
            "user_type": picked(USER_TYPES, np.where(is_guest, 1 + index % (len(USER_TYPES) - 1), 0)),
            "is_active": pa.array(index % 15 != 14),
            "visible_at": moments(np.full(n, START - 400 * DAY + 2 * HOUR)),
        }
    )


def statuses(people: People, churned_at: Ints) -> Timeline:
    """Active until the account leaves."""
    left = np.flatnonzero(churned_at != NEVER)
    return Timeline.of(np.zeros(len(churned_at), np.int64), left, churned_at[left], np.ones_like(left))


def _without_branch(people: People) -> Bools:
    """The accounts whose branch the CRM was never told: one in twenty-nine."""
    mask: Bools = np.arange(len(people.accounts.created)) % 29 == 7
    return mask


def _branches_shown(people: People) -> Timeline:
    line, hidden = people.accounts.branch, _without_branch(people)
    kept = ~hidden[line.account]
    return Timeline(np.where(hidden, -1, line.initial), line.account[kept], line.at[kept], line.value[kept])


def _regions(people: People, count: int) -> Timeline:
    """Accounts without a branch have a region of their own, and so have others, for which it says nothing.

    Half of those without a branch move to the next region in the middle of the story.
    """
    accounts = people.accounts
    index = np.arange(len(accounts.created), dtype=np.int64)
    hidden = _without_branch(people)
    initial = np.where(hidden | (index % 5 == 0), index % count, -1)
    moving = np.flatnonzero(hidden & (index % 2 == 0))
    at = np.maximum(accounts.created[moving] + DAY, START + 500 * DAY)
    line = Timeline.of(initial, moving, at, (initial[moving] + 1) % count)
    return line.between(START, accounts.gone)


def _tracked(people: People, names: Names, status: Timeline) -> list[tuple[str, Timeline, Column]]:
    """The fields with history: API name, timeline, and the text of each code."""
    accounts = people.accounts
    texts = (pa.array(PLANS), pa.array(STAGES), pa.array(STATUSES))
    return [
        ("Branch__c", _branches_shown(people), names.branch),
        ("Region__c", _regions(people, len(names.region)), names.region),
        ("Owner", accounts.owner, names.user),
        ("Plan__c", accounts.plan, texts[0]),
        ("Lifecycle_Stage__c", accounts.stage, texts[1]),
        ("Status__c", status, texts[2]),
    ]


def accounts(people: People, names: Names, status: Timeline, referred: Bools) -> pa.Table:
    """Every version of every account: at its creation and at each change, merge and deletion."""
    base = people.accounts
    everyone = np.arange(len(base.created), dtype=np.int64)
    merged, deleted = np.flatnonzero(base.merged_at != MISSING), np.flatnonzero(base.deleted_at != MISSING)
    lines = [line for _, line, _ in _tracked(people, names, status)]
    account = np.concatenate([everyone, merged, deleted, *(line.account for line in lines)])
    at = np.concatenate(
        [base.created, base.merged_at[merged], base.deleted_at[deleted], *(line.at for line in lines)]
    )
    account, at = _versions(account, at)
    is_merged = (base.merged_at[account] != MISSING) & (at >= base.merged_at[account])
    is_deleted = (base.deleted_at[account] != MISSING) & (at >= base.deleted_at[account])
    values = {
        field: picked(texts, line.value_at(account, at))
        for field, line, texts in _tracked(people, names, status)
    }
    return pa.table(
        {
            "account_id": picked(names.account, account),
            "name": picked(names.account_name, account),
            "parent_account_id": picked(names.account, base.parent[account]),
            "branch_id": values["Branch__c"],
            "region": values["Region__c"],
            "owner_id": values["Owner"],
            "plan": values["Plan__c"],
            "industry": picked(INDUSTRIES, base.industry[account]),
            "lifecycle_stage": values["Lifecycle_Stage__c"],
            "status": values["Status__c"],
            "acquired_by_referral": pa.array(referred[account]),
            "created_at": moments(base.created[account]),
            "is_deleted": pa.array(is_merged | is_deleted),
            "merged_into_id": picked(names.account, np.where(is_merged, base.merged_into[account], -1)),
            "visible_at": moments(at),
        }
    )


def account_history(people: People, names: Names, status: Timeline) -> pa.Table:
    """One row per change of a tracked field."""
    parts = []
    for field, line, texts in _tracked(people, names, status):
        parts.append(
            pa.table(
                {
                    "account_id": picked(names.account, line.account),
                    "field": pa.repeat(field, len(line.at)),
                    "old_value": picked(texts, line.before()),
                    "new_value": picked(texts, line.value),
                    "visible_at": moments(line.at),
                }
            )
        )
    table = pa.concat_tables(parts).sort_by([("visible_at", "ascending"), ("account_id", "ascending")])
    return table.add_column(0, "history_id", salesforce_ids("017", len(table)))


def contacts(people: People, names: Names) -> pa.Table:
    """Every version of every contact; an account's contacts go over to the survivor when it is merged."""
    base, firms = people.contacts, people.accounts
    everyone = np.arange(len(base.account), dtype=np.int64)
    merged, deleted = np.flatnonzero(base.merged_at != MISSING), np.flatnonzero(base.deleted_at != MISSING)
    moved_at = firms.merged_at[base.account]
    moved = np.flatnonzero((moved_at != MISSING) & (moved_at > base.created))
    contact = np.concatenate([everyone, merged, deleted, moved])
    at = np.concatenate([base.created, base.merged_at[merged], base.deleted_at[deleted], moved_at[moved]])
    contact, at = _versions(contact, at)
    is_merged = (base.merged_at[contact] != MISSING) & (at >= base.merged_at[contact])
    is_deleted = (base.deleted_at[contact] != MISSING) & (at >= base.deleted_at[contact])
    home = base.account[contact]
    has_moved = (moved_at[contact] != MISSING) & (at >= moved_at[contact])
    return pa.table(
        {
            "contact_id": picked(names.contact, contact),
            "account_id": picked(names.account, np.where(has_moved, firms.merged_into[home], home)),
            "email": picked(names.contact_email, contact),
            "created_at": moments(base.created[contact]),
            "is_deleted": pa.array(is_merged | is_deleted),
            "merged_into_id": picked(names.contact, np.where(is_merged, base.merged_into[contact], -1)),
            "visible_at": moments(at),
        }
    )


def _versions(entity: Ints, at: Ints) -> tuple[Ints, Ints]:
    """Distinct (entity, moment) pairs that a clock can reach, in order of the moment."""
    seen = at < END
    pairs = np.unique(entity[seen] * NEVER + at[seen])
    entity, at = pairs // NEVER, pairs % NEVER
    order = np.argsort(at, kind="stable")
    return entity[order], at[order]
