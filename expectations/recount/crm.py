"""Accounts and branches from the CRM's raw records, and what was in force when.

Where the CRM sends field history, that alone says what held before; elsewhere (files) the versions kept in
raw do. Written from docs/contracts/answers.md ("Attributes as of t"). Where nobody sends branches, the ids in
the records are the branches.

Belongs here: merges, an attribute as of a moment, branches. Does not belong here: revenue (`billing`), the
members an answer is counted under (`dimensions`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import duckdb
import orjson

from expectations.recount.ids import customer, identity, trimmed
from expectations.recount.raw import moment
from expectations.recount.versions import Raw, current, is_there, loaded_at, rank_of, rows

ATTRIBUTES = ("branch", "region", "plan", "lifecycle_stage")
#: Where Salesforce has them, unless a company names them otherwise.
_FIELDS = {
    "branch_id": "Branch__c",
    "region": "Region__c",
    "plan": "Plan__c",
    "lifecycle_stage": "Lifecycle_Stage__c",
}
_FILE_ACCOUNT = "merged_into_id, branch_id, region, plan, lifecycle_stage"
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


def read(
    connection: duckdb.DuckDBPyConnection,
    named: Mapping[str, Mapping[str, str]] | None = None,
    branch_of_answers: str = "BranchId",
) -> Crm:
    """Accounts, their history and branches; `named` is table → column → Salesforce's name where it is set,
    `branch_of_answers` Qualtrics' key of a branch."""
    names = named or {}
    fields = [names.get("accounts", {}).get(ours, theirs) for ours, theirs in _FIELDS.items()]
    accounts = current(
        connection,
        Raw("salesforce", "accounts", "payload", partial(_salesforce_account, fields), customer),
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
        Raw(
            "salesforce",
            "branches",
            "payload",
            partial(_salesforce_branch, names.get("branches", {})),
            identity,
        ),
        Raw("files", "crm_branches", "branch_id, region", _file_branch, identity),
    )
    branches = branches or _named_branches(connection, branch_of_answers, fields[0])
    timelines |= _from_history(connection, alive, branches, fields)
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
    fields: Sequence[str],
) -> dict[tuple[str, str], Timeline]:
    """After each change its new value; before the first one that change's old value."""
    # What was loaded under the usual names stays what it was.
    tracked = {
        field.lower(): name
        for known in (_FIELDS.values(), fields)
        for field, name in zip(known, ATTRIBUTES, strict=True)
    }
    read = partial(_salesforce_change, tracked)
    changes = current(connection, Raw("salesforce", "account_history", "payload", read, lambda key: key))
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


def _named_branches(
    connection: duckdb.DuckDBPyConnection, of_answers: str, of_accounts: str
) -> dict[str, Branch]:
    """The branches that records name, each in its smallest spelling, of no region."""
    naming = (
        ("files", "surveys_responses", "branch_id"),
        ("files", "surveys_invitations", "branch_id"),
        ("files", "crm_accounts", "branch_id"),
        ("qualtrics", "responses", _member("values", of_answers)),
        ("salesforce", "accounts", _member(*of_accounts.split("."))),
    )
    found: dict[str, str] = {}
    for vendor, table, value in naming:
        if not is_there(connection, vendor, table):
            continue
        for (given,) in connection.execute(
            f"select distinct {value} from raw_{vendor}.{table}"
            f" where _dlt_load_id in (select load_id from raw_{vendor}._dlt_loads where status = 0)"
        ).fetchall():
            if key := identity(given):
                found[key] = min(trimmed(given), found.get(key, trimmed(given)))
    return {key: Branch(written, None) for key, written in found.items()}


def _member(*path: str) -> str:
    """A member of the payload as SQL."""
    steps = ".".join(f'"{step}"' for step in path).replace("'", "''")
    return f"json_extract_string(payload, '$.{steps}')"


def _salesforce_account(fields: Sequence[str], _: str, row: tuple[Any, ...]) -> _Account:
    sent = orjson.loads(row[4])
    values = tuple(_text(_found(sent, name)) for name in fields)
    return _Account("salesforce", customer(sent.get("MasterRecordId")), values)


def _found(sent: Any, name: str) -> object:
    """A field's value; one of another object is named with a full stop, as in a query."""
    for step in name.split("."):
        sent = sent.get(step) if isinstance(sent, dict) else None
    return sent


def _file_account(_: str, row: tuple[Any, ...]) -> _Account:
    return _Account("files", customer(row[4]), tuple(_text(value) for value in row[5:]))


def _salesforce_change(
    tracked: Mapping[str, str], _: str, row: tuple[Any, ...]
) -> tuple[str, str, int, str | None, str | None] | None:
    sent = orjson.loads(row[4])
    account, at = customer(sent.get("AccountId")), moment(sent.get("CreatedDate"))
    name = tracked.get((sent.get("Field") or "").lower(), "")
    if account is None or at is None:
        return None
    return account, name, at, _text(sent.get("OldValue")), _text(sent.get("NewValue"))


def _salesforce_branch(names: Mapping[str, str], _: str, row: tuple[Any, ...]) -> Branch:
    sent = orjson.loads(row[4])
    return Branch(trimmed(sent["Id"]), _text(_found(sent, names.get("region", "Region__c"))))


def _file_branch(_: str, row: tuple[Any, ...]) -> Branch:
    return Branch(trimmed(row[4]), _text(row[5]))


def _text(value: object) -> str | None:
    """A value as people compare it: without surrounding space; None if nothing is left."""
    return None if value is None else trimmed(str(value)) or None
