"""Accounts, their versions, contacts, employees and days, as the dimensions show them.

No figure reads a contact's hash, an employee's name or a quarter's first day, but people who join them do.

Belongs here: what a row of each dimension should be. Does not belong here: reading the CRM (`crm`, `raw`), or
the members that answers are counted under (`dimensions`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from hashlib import md5
from typing import NamedTuple

import pyarrow as pa

from expectations.recount.coding import rows_as_table
from expectations.recount.crm import ALWAYS, Crm
from expectations.recount.identities import Identities
from expectations.recount.ids import identity
from expectations.recount.raw import User
from expectations.recount.sample import Sample

#: When an account's first version begins, in microseconds: 1 January 1900.
_BEGINNING = -2_208_988_800_000_000


class Members(NamedTuple):
    """What is recounted of each dimension, and a query of the same columns of what was built."""

    dimension: str
    rows: pa.Table
    built: str
    key: tuple[str, ...]


class _Account(NamedTuple):
    account_key: str
    source: str
    account_id: str
    account_name: str | None
    parent_account_key: str | None
    branch_key: str | None
    region: str | None
    owner_id: str | None
    plan: str | None
    industry: str | None
    lifecycle_stage: str | None
    status: str | None
    is_acquired_by_referral: bool | None
    is_deleted: bool
    merged_account_count: int
    created_at: int | None


class _Version(NamedTuple):
    account_key: str
    valid_from: int
    members: tuple[str | None, ...]


class _Contact(NamedTuple):
    contact_key: str
    source: str
    contact_id: str
    account_key: str | None
    email_hash: str | None
    is_deleted: bool
    created_at: int | None


class _Employee(NamedTuple):
    employee_key: str
    source: str
    employee_id: str
    employee_name: str | None
    branch_key: str | None
    is_active: bool


class _Day(NamedTuple):
    date_day: date
    month_start_date: date
    quarter_start_date: date
    year_start_date: date
    calendar_year: int
    calendar_quarter: int
    calendar_month: int


def members(
    as_of: date,
    customers: Crm,
    people: Identities,
    users: Mapping[str, User],
    accounts: Sample | None,
    persons: Sample | None,
) -> list[Members]:
    """The dimensions' rows; of `accounts` and `persons` only, where there are samples of them."""
    of_accounts, of_contacts = _chosen(accounts), _chosen(persons)
    attributes = ("branch_key", *customers.attributes[1:])
    return [
        _members(_Account, "dim_accounts", _accounts(customers, of_accounts), accounts),
        Members(
            "dim_account_versions",
            rows_as_table(_Version, _versions(customers, of_accounts), attributes),
            _built_versions(attributes, accounts),
            ("account_key", "valid_from"),
        ),
        _members(_Contact, "dim_contacts", _contacts(people, of_contacts), persons),
        _members(_Employee, "dim_employees", _employees(users), None),
        _members(_Day, "dim_dates", _days(as_of.year + 1), None),
    ]


def _chosen(sample: Sample | None) -> Callable[[str], bool]:
    return (lambda _: True) if sample is None else sample.holds


def _members(
    kind: type[_Account | _Contact | _Employee | _Day],
    dimension: str,
    rows: Iterator[_Account | _Contact | _Employee | _Day],
    sample: Sample | None,
) -> Members:
    key, *others = kind._fields
    columns = (f"epoch_us({name}) as {name}" if name.endswith("_at") else name for name in others)
    built = f"select {key}, {', '.join(columns)} from marts.{dimension}{_of(sample, key)}"
    return Members(dimension, rows_as_table(kind, rows), built, (key,))


def _of(sample: Sample | None, key: str) -> str:
    return "" if sample is None else f" where {sample.condition(key)}"


def _accounts(customers: Crm, chosen: Callable[[str], bool]) -> Iterator[_Account]:
    sizes = Counter(customers.survivors[key] for key in customers.accounts)
    place = customers.attributes.index
    for key, account in customers.accounts.items():
        if customers.survivors[key] == key and chosen(key):
            yield _Account(
                key,
                account.source,
                account.account_id,
                account.name,
                customers.survivors.get(account.parent or ""),
                identity(account.values[place("branch_id")]),
                account.values[place("region")],
                account.owner,
                account.values[place("plan")],
                account.industry,
                account.values[place("lifecycle_stage")],
                account.values[place("status")],
                account.is_acquired_by_referral,
                account.is_deleted,
                sizes[key] - 1,
                account.created_at,
            )


def _versions(customers: Crm, chosen: Callable[[str], bool]) -> Iterator[_Version]:
    """A row from each moment on at which something changed."""
    for key in customers.accounts:
        if customers.survivors[key] == key and chosen(key):
            timelines = [customers.timelines[key, name] for name in customers.attributes]
            before = None
            for moment in sorted({since for timeline in timelines for since in timeline.since}):
                branch, *others = (timeline.at(moment) for timeline in timelines)
                values = (identity(branch), *others)
                if values != before:
                    yield _Version(key, _BEGINNING if moment == ALWAYS else moment, values)
                before = values


def _built_versions(attributes: tuple[str, ...], sample: Sample | None) -> str:
    """The versions, less those that differ from the one before in their owner only, which nobody recounts."""
    values = ", ".join(attributes)
    return f"""
        select account_key, epoch_us(valid_from) as valid_from, {values} from (
            select *, lag(row({values})) over (partition by account_key order by valid_from) as values_before
            from marts.dim_account_versions{_of(sample, "account_key")}
        ) where row({values}) is distinct from values_before
    """


def _contacts(people: Identities, chosen: Callable[[str], bool]) -> Iterator[_Contact]:
    for key, contact in people.contacts.items():
        if people.survivors[key] == key and chosen(key):
            yield _Contact(
                key,
                contact.source,
                contact.contact_id,
                people.accounts.get(contact.account or ""),
                md5(contact.email.encode()).hexdigest() if contact.email else None,
                contact.is_deleted,
                contact.created_at,
            )


def _employees(users: Mapping[str, User]) -> Iterator[_Employee]:
    for key, user in users.items():
        if user.is_staff:
            yield _Employee(key, user.source, user.user_id, user.name, user.branch, user.is_active)


def _days(last_year: int) -> Iterator[_Day]:
    """From 2000 to the end of the year after as-of."""
    day = date(2000, 1, 1)
    while day.year <= last_year:
        quarter = (day.month + 2) // 3
        yield _Day(
            day,
            day.replace(day=1),
            date(day.year, 3 * quarter - 2, 1),
            date(day.year, 1, 1),
            day.year,
            quarter,
            day.month,
        )
        day += timedelta(days=1)
