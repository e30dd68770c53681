"""Accounts and branches from the CRM's raw records, and what was in force when.

Where the CRM sends field history, that alone says what held before; elsewhere (files) the versions kept in
raw do. Written from docs/contracts/answers.md ("Attributes as of t"). Where nobody sends branches, the ids in
the records are the branches.

Belongs here: merges, an attribute as of a moment, branches. Does not belong here: revenue (`billing`), the
members an answer is counted under (`dimensions`), what customers say of why they joined (`reasons`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from expectations.raw_tables import (
    ACCOUNT_TABLES,
    ANSWER_TABLES,
    BRANCH_TABLES,
    HISTORY_TABLES,
    INVITATION_TABLES,
)
from expectations.recount import reasons, stages
from expectations.recount.ids import customer, identity, trimmed
from expectations.recount.versions import RawRecords, Table, tables
from expectations.vendors import vendor_fields

_ATTRIBUTES = ("branch_id", "region", "plan", "lifecycle_stage", "status")
_ACCOUNT = (
    *("merged_into_id", "parent_account_id", "name", "owner_id", "industry", "acquired_by_referral"),
    *("is_deleted", "created_at"),
)
_HISTORY = ("account_id", "field", "changed_at", "old_value", "new_value")
#: Since before anything.
ALWAYS = -(2**63)
#: When, the record's id, the value before and the value after.
_Change: TypeAlias = tuple[int, str, str | None, str | None]


class Branch(NamedTuple):
    """A branch as the CRM writes it, and its region."""

    name: str
    region: str | None


class Account(NamedTuple):
    """An account's current record: texts as people compare them, the moment in microseconds."""

    source: str
    account_id: str
    merged_into: str | None
    parent: str | None
    name: str | None
    owner: str | None
    industry: str | None
    is_acquired_by_referral: bool | None
    is_deleted: bool
    created_at: int | None
    #: The current values of the attributes that are known through time.
    values: tuple[str | None, ...]


@dataclass
class Timeline:
    """The values an attribute had: from `since[i]` on (microseconds) it was `values[i]`."""

    since: list[int] = field(default_factory=list)
    values: list[str | None] = field(default_factory=list)

    def at(self, when: int) -> str | None:
        """The value in force at a moment; before the first one there is none."""
        place = bisect_right(self.since, when)
        return self.values[place - 1] if place else None


@dataclass(frozen=True)
class Crm:
    """What the CRM knows: account → survivor, its attributes through time, branches by id, and of survivors
    whether they came by referral (None: nobody says so)."""

    survivors: Mapping[str, str]
    timelines: Mapping[tuple[str, str], Timeline]
    branches: Mapping[str, Branch]
    #: The current record of every account, merged ones too, and the names of the attributes in `values`.
    accounts: Mapping[str, Account] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()

    @property
    def referred(self) -> dict[str, bool | None]:
        """Surviving account → whether it came by referral; None where nobody says."""
        return {
            key: account.is_acquired_by_referral
            for key, account in self.accounts.items()
            if self.survivors[key] == key
        }

    def attribute(self, account: str | None, name: str, when: int) -> str | None:
        """An attribute of a surviving account as of a moment."""
        timeline = self.timelines.get((account or "", name))
        return timeline.at(when) if timeline else None


def read(records: RawRecords) -> Crm:
    """Accounts, their history and branches."""
    attributes = (*_ATTRIBUTES, *records.dimensions.carried("account"))
    accounts = records.current(
        *(
            Table(
                vendor,
                table,
                (*_ACCOUNT, *attributes),
                partial(_account, vendor, records.own_key(vendor)),
                records.own_key(vendor),
            )
            for vendor, table in ACCOUNT_TABLES.items()
        )
    )
    survivors = survivors_of({key: account.merged_into for key, account in accounts.items()})
    alive = {key: account for key, account in accounts.items() if survivors[key] == key}
    timelines = {
        (key, name): Timeline([ALWAYS], [value])
        for key, account in alive.items()
        if account.source in HISTORY_TABLES
        for name, value in zip(attributes, account.values, strict=True)
    }
    branches = records.current(*tables(BRANCH_TABLES, ("branch_id", "region"), _branch, identity))
    branches = branches or _named_branches(records)
    for vendor, table in HISTORY_TABLES.items():
        timelines |= _from_history(records, vendor, table, alive, branches, attributes)
    timelines |= _from_versions(records, alive, attributes)
    _call_stages(stages.read(records), accounts, timelines, attributes.index("lifecycle_stage"))
    for key, by_referral in reasons.given(records).items():
        if key in accounts:
            accounts[key] = accounts[key]._replace(is_acquired_by_referral=by_referral)
    return Crm(records.with_names(survivors), timelines, branches, accounts, attributes)


def survivors_of(merged_into: Mapping[str, str | None]) -> dict[str, str]:
    """Record → the end of its chain of merges; of a circle its smallest; merged into the unknown: itself."""
    return {record: _survivor(record, merged_into) for record in merged_into}


def _survivor(record: str, merged_into: Mapping[str, str | None]) -> str:
    walked: dict[str, int] = {}
    while record not in walked:
        walked[record] = len(walked)
        target = merged_into[record]
        if target is None or target not in merged_into:
            return record
        record = target
    return min(each for each, place in walked.items() if place >= walked[record])


def _from_history(
    records: RawRecords,
    vendor: str,
    table: str,
    accounts: Mapping[str, Account],
    branches: Mapping[str, Branch],
    attributes: Sequence[str],
) -> dict[tuple[str, str], Timeline]:
    """After each change its new value; before the first one that change's old value."""
    # What was loaded under the usual names stays what it was.
    tracked = {
        fields[name].steps[0][-1].lower(): name
        for known in (vendor_fields(), records.fields)
        for fields in (known[vendor][ACCOUNT_TABLES[vendor]],)
        for name in attributes
        if name in fields
    }
    changes = records.current(
        Table(vendor, table, _HISTORY, partial(_change, tracked, records.own_key(vendor)), str)
    )
    by_attribute: dict[tuple[str, str], list[_Change]] = defaultdict(list)
    for record, (account, name, at, old, new) in changes.items():
        if name and account in accounts and accounts[account].source == vendor:
            by_attribute[account, name].append((at, record, old, new))
    timelines = {}
    for key, recorded in by_attribute.items():
        found = _by_id(recorded, branches) if key[1] == "branch_id" else recorded
        found.sort(key=lambda change: change[:2])
        timelines[key] = Timeline(
            [ALWAYS, *(at for at, _, _, _ in found)], [found[0][2], *(new for _, _, _, new in found)]
        )
    return timelines


def _by_id(changes: list[_Change], branches: Mapping[str, Branch]) -> list[_Change]:
    """The changes without those that name the branch of another one, of the same moment, that has its id."""
    by_id = [change for change in changes if identity(change[3] or change[2]) in branches]
    moments = {at for at, _, _, _ in by_id}
    return by_id + [change for change in changes if change[0] not in moments]


def _from_versions(
    records: RawRecords, accounts: Mapping[str, Account], attributes: tuple[str, ...]
) -> dict[tuple[str, str], Timeline]:
    """An account of files has had the values of each version since that version; of the first, always."""
    timelines: dict[tuple[str, str], Timeline] = {}
    for key, found in records.histories("files", ACCOUNT_TABLES["files"], attributes, customer).items():
        if key not in accounts or accounts[key].source != "files":
            continue
        starts = [ALWAYS, *(row[2] for row in found[1:])]
        # A later version that claims an earlier moment was in force from that moment on: order by moment.
        dated = sorted(zip(starts, range(len(found)), strict=True))
        for place, name in enumerate(attributes):
            timelines[key, name] = Timeline(
                [start for start, _ in dated], [_text(found[number][4 + place]) for _, number in dated]
            )
    return timelines


def _call_stages(
    names: stages.Stages,
    accounts: dict[str, Account],
    timelines: dict[tuple[str, str], Timeline],
    place: int,
) -> None:
    """Names of stages for their ids: in accounts what they are called now, in timelines what they were."""
    for key, account in accounts.items() if names else ():
        now = stages.last_name(names, account.source, account.values[place])
        values = (*account.values[:place], now, *account.values[place + 1 :])
        accounts[key] = account._replace(values=values)
        if line := timelines.get((key, "lifecycle_stage")):
            called = stages.named(names, account.source, line.since, line.values)
            timelines[key, "lifecycle_stage"] = Timeline(*called)


def _named_branches(records: RawRecords) -> dict[str, Branch]:
    """The branches that records name, each in its smallest spelling, of no region."""
    found: dict[str, str] = {}
    for tables_of in (ANSWER_TABLES, INVITATION_TABLES, ACCOUNT_TABLES):
        for vendor, table in tables_of.items():
            for given in _distinct_branches(records, vendor, table):
                if key := identity(given):
                    found[key] = min(trimmed(given), found.get(key, trimmed(given)))
    return {key: Branch(written, None) for key, written in found.items()}


def _distinct_branches(records: RawRecords, vendor: str, table: str) -> Iterator[str]:
    """The ids of branches in a raw table, by the engine: there may be a million records."""
    there, declared = records.columns(vendor, table), records.fields.get(vendor, {}).get(table, {})
    value = "branch_id" if "branch_id" in there and "branch_id" not in declared else None
    if there and "branch_id" in declared:
        steps = ".".join(f'"{step}"' for step in declared["branch_id"].steps[0]).replace("'", "''")
        value = f"json_extract_string(payload, '$.{steps}')"
    if value:
        for (given,) in records.connection.execute(
            f"select distinct {value} from raw_{vendor}.{table}"
            f" where _dlt_load_id in (select load_id from raw_{vendor}._dlt_loads where status = 0)"
        ).fetchall():
            yield given


def _account(source: str, own: Callable[[object], str | None], _: str, row: tuple[Any, ...]) -> Account:
    merged_into, parent, name, owner, industry, by_referral, is_deleted, created_at, *values = row[4:]
    return Account(
        source,
        trimmed(row[0]),
        own(merged_into),
        own(parent),
        _text(name),
        _text(owner),
        _text(industry),
        by_referral,
        bool(is_deleted),
        created_at,
        tuple(map(_text, values)),
    )


def _change(
    tracked: Mapping[str, str], own: Callable[[object], str | None], _: str, row: tuple[Any, ...]
) -> tuple[str, str, int, str | None, str | None] | None:
    account, field, at, old, new = row[4:]
    account = own(account)
    if account is None or at is None:
        return None
    return account, tracked.get((field or "").lower(), ""), at, _text(old), _text(new)


def _branch(_: str, __: str, row: tuple[Any, ...]) -> Branch:
    return Branch(trimmed(row[4]), _text(row[5]))


def _text(value: object) -> str | None:
    """A value as people compare it: without surrounding space; None if nothing is left."""
    return None if value is None else trimmed(str(value)) or None
