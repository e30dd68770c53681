"""Accounts and branches from the CRM's raw records, and what was in force when.

Where the CRM sends field history, that alone says what held before; elsewhere (files) the versions that raw
kept do. Written from docs/data-contracts.md ("Attributes as of t").

Belongs here: merges, an attribute as of a moment, branches. Does not belong here: revenue (`billing`), the
members an answer is counted under (`dimensions`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import duckdb
import orjson

from expectations.recount.ids import customer, identity, trimmed
from expectations.recount.raw import moment
from expectations.recount.versions import Raw, current, loaded_at, rank_of, rows

ATTRIBUTES = ("branch", "plan", "lifecycle_stage")
_TRACKED = {"branch__c": "branch", "plan__c": "plan", "lifecycle_stage__c": "lifecycle_stage"}
_FILE_ACCOUNT = "merged_into_id, branch_id, plan, lifecycle_stage"
_ALWAYS = -(2**63)
#: When, the record's id, the value before and the value after.
_Change: TypeAlias = tuple[int, str, str | None, str | None]


class Branch(NamedTuple):
    """A branch as the CRM writes it, and its region."""

    name: str
    region: str | None


class _Account(NamedTuple):
    source: str
    merged_into: str | None
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
    """What the CRM knows: account → survivor, its attributes through time, branches by id."""

    survivors: Mapping[str, str]
    timelines: Mapping[tuple[str, str], Timeline]
    branches: Mapping[str, Branch]

    def attribute(self, account: str | None, name: str, when: int) -> str | None:
        """An attribute of a surviving account as of a moment."""
        timeline = self.timelines.get((account or "", name))
        return timeline.at(when) if timeline else None


def read(connection: duckdb.DuckDBPyConnection) -> Crm:
    """Accounts, their history and branches."""
    accounts = current(
        connection,
        Raw("salesforce", "accounts", "payload", _salesforce_account, customer),
        Raw("files", "crm_accounts", _FILE_ACCOUNT, _file_account, customer),
    )
    survivors = survivors_of({key: account.merged_into for key, account in accounts.items()})
    alive = {key: account for key, account in accounts.items() if survivors[key] == key}
    timelines = {
        (key, name): Timeline([_ALWAYS], [value])
        for key, account in alive.items()
        if account.source == "salesforce"
        for name, value in zip(ATTRIBUTES, account.values, strict=True)
    }
    branches = current(
        connection,
        Raw("salesforce", "branches", "payload", _salesforce_branch, identity),
        Raw("files", "crm_branches", "branch_id, region", _file_branch, identity),
    )
    timelines |= _from_history(connection, alive, branches)
    timelines |= _from_versions(connection, alive)
    return Crm(survivors, timelines, branches)


def survivors_of(merged_into: Mapping[str, str | None]) -> dict[str, str]:
    """Record → the end of its chain of merges; of a circle its smallest; merged into the unknown: itself."""
    return {record: _survivor(record, merged_into) for record in merged_into}


def _survivor(record: str, merged_into: Mapping[str, str | None]) -> str:
    walked: list[str] = []
    while record not in walked:
        walked.append(record)
        target = merged_into[record]
        if target is None or target not in merged_into:
            return record
        record = target
    return min(walked[walked.index(record) :])


def _from_history(
    connection: duckdb.DuckDBPyConnection,
    accounts: Mapping[str, _Account],
    branches: Mapping[str, Branch],
) -> dict[tuple[str, str], Timeline]:
    """After each change its new value; before the first one that change's old value."""
    changes = current(
        connection, Raw("salesforce", "account_history", "payload", _salesforce_change, lambda key: key)
    )
    by_attribute: dict[tuple[str, str], list[_Change]] = defaultdict(list)
    for record, (account, name, at, old, new) in changes.items():
        if name and account in accounts and accounts[account].source == "salesforce":
            by_attribute[account, name].append((at, record, old, new))
    timelines = {}
    for key, recorded in by_attribute.items():
        found = _by_id(recorded, branches) if key[1] == "branch" else recorded
        found.sort(key=lambda change: change[:2])
        timelines[key] = Timeline(
            [_ALWAYS, *(at for at, _, _, _ in found)], [found[0][2], *(new for _, _, _, new in found)]
        )
    return timelines


def _by_id(changes: list[_Change], branches: Mapping[str, Branch]) -> list[_Change]:
    """The changes without those that name the branch of another one, of the same moment, that has its id."""
    by_id = [change for change in changes if identity(change[3] or change[2]) in branches]
    moments = {at for at, _, _, _ in by_id}
    return by_id + [change for change in changes if change[0] not in moments]


def _from_versions(
    connection: duckdb.DuckDBPyConnection, accounts: Mapping[str, _Account]
) -> dict[tuple[str, str], Timeline]:
    """An account of files has had the values of each version since that version; of the first, always."""
    versions: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in rows(connection, "files", "crm_accounts", _FILE_ACCOUNT):
        key = customer(row[0])
        if key is not None and key in accounts and accounts[key].source == "files":
            versions[key].append(row)
    ended = loaded_at(connection, "files") if versions else {}
    timelines: dict[tuple[str, str], Timeline] = {}
    for key, found in versions.items():
        found.sort(key=rank_of)
        starts = [_ALWAYS, *(ended[row[1]] if row[2] is None else row[2] for row in found[1:])]
        # A later version that claims an earlier moment was in force from that moment on: order by moment.
        dated = sorted(zip(starts, range(len(found)), strict=True))
        for place, name in enumerate(ATTRIBUTES):
            timelines[key, name] = Timeline(
                [start for start, _ in dated], [_text(found[number][5 + place]) for _, number in dated]
            )
    return timelines


def _salesforce_account(_: str, row: tuple[Any, ...]) -> _Account:
    sent = orjson.loads(row[4])
    values = tuple(_text(sent.get(name)) for name in ("Branch__c", "Plan__c", "Lifecycle_Stage__c"))
    return _Account("salesforce", customer(sent.get("MasterRecordId")), values)


def _file_account(_: str, row: tuple[Any, ...]) -> _Account:
    return _Account("files", customer(row[4]), tuple(_text(value) for value in row[5:]))


def _salesforce_change(_: str, row: tuple[Any, ...]) -> tuple[str, str, int, str | None, str | None] | None:
    sent = orjson.loads(row[4])
    account, at = customer(sent.get("AccountId")), moment(sent.get("CreatedDate"))
    name = _TRACKED.get((sent.get("Field") or "").lower(), "")
    if account is None or at is None:
        return None
    return account, name, at, _text(sent.get("OldValue")), _text(sent.get("NewValue"))


def _salesforce_branch(_: str, row: tuple[Any, ...]) -> Branch:
    sent = orjson.loads(row[4])
    return Branch(trimmed(sent["Id"]), _text(sent.get("Region__c")))


def _file_branch(_: str, row: tuple[Any, ...]) -> Branch:
    return Branch(trimmed(row[4]), _text(row[5]))


def _text(value: object) -> str | None:
    """A value as people compare it: without surrounding space; None if nothing is left."""
    return None if value is None else trimmed(str(value)) or None
