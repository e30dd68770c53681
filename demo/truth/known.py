"""What the vendors show at a clock: the current version of every record, identities resolved.

Belongs here: versions, merges, and attributes as of a moment. Does not belong here: judging answers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from demo.company import World

Ints = NDArray[np.int64]
NO_MOMENT = int(np.iinfo(np.int64).min)


def tidy(identifier: str | None) -> str | None:
    """Trimmed and lower-case; null for an empty one."""
    return (identifier or "").strip().lower() or None


def seconds_of(column: pa.ChunkedArray[Any]) -> Ints:
    """A timestamp column as seconds since 1970, NO_MOMENT where null."""
    micros = column.cast(pa.int64()).combine_chunks()
    missing = np.asarray(micros.is_null())
    values = np.asarray(micros.fill_null(0), dtype=np.int64) // 1_000_000
    return np.where(missing, NO_MOMENT, values)


def current(table: pa.Table, key: str, clock: int) -> pa.Table:
    """The last version of every record that is visible at the clock, in seconds since 1970."""
    seen = table.filter(pa.array(seconds_of(table["visible_at"]) <= clock))
    if not len(seen):
        return seen
    seen = seen.take(pa.array(np.argsort(seconds_of(seen["visible_at"]), kind="stable"), type=pa.int64()))
    codes = seen[key].combine_chunks().dictionary_encode().indices.to_numpy()
    _, last = np.unique(codes[::-1], return_index=True)
    return seen.take(pa.array(np.sort(len(seen) - 1 - last), type=pa.int64()))


def survivors(ids: list[Any], merged_into: list[Any]) -> dict[str, str]:
    """For every known id (tidy) the id that is left after all merges.

    Raises ValueError where merges run in a circle.
    """
    direct = {str(tidy(own)): tidy(into) for own, into in zip(ids, merged_into, strict=True)}
    ends: dict[str, str] = {}
    for own in direct:
        place, passed = own, {own}
        while (into := direct[place]) is not None and into in direct:
            if into in passed:
                raise ValueError(f"merges run in a circle at {into}")
            passed.add(into)
            place = into
        ends[own] = place
    return ends


@dataclass(frozen=True)
class Branch:
    """A branch as CRM writes it."""

    branch_id: str
    name: str
    region: str


class Attributes:
    """Tracked attributes of accounts as of any moment.

    Under every account's own id: what a merged-away account once was says nothing about its survivor.
    """

    def __init__(self, accounts: pa.Table, history: pa.Table) -> None:
        self._changes: dict[tuple[str, str], list[tuple[int, str | None, str | None]]] = defaultdict(list)
        self._now: dict[tuple[str, str], str | None] = {}
        columns = {
            "Branch__c": "branch_id",
            "Plan__c": "plan",
            "Lifecycle_Stage__c": "lifecycle_stage",
        }
        owners = [str(tidy(account)) for account in accounts["account_id"].to_pylist()]
        for name, column in columns.items():
            for owner, value in zip(owners, accounts[column].to_pylist(), strict=True):
                self._now[owner, name] = value
        rows = zip(
            history["account_id"].to_pylist(),
            history["field"].to_pylist(),
            seconds_of(history["visible_at"]).tolist(),
            history["old_value"].to_pylist(),
            history["new_value"].to_pylist(),
            strict=True,
        )
        for account, field, at, old, new in rows:
            self._changes[str(tidy(account)), str(field)].append((at, old, new))
        for changes in self._changes.values():
            changes.sort(key=lambda change: change[0])

    def value(self, account: str, name: str, at: int) -> str | None:
        """The value in force: of the last change, else what the first change replaced, else today's."""
        changes = self._changes.get((account, name))
        if not changes:
            return self._now[account, name]
        place = bisect_right(changes, at, key=lambda change: change[0])
        return changes[place - 1][2] if place else changes[0][1]


class Known:
    """The world at one clock."""

    def __init__(self, world: World, clock: int) -> None:
        self.clock = clock
        accounts = current(world.accounts, "account_id", clock)
        contacts = current(world.contacts, "contact_id", clock)
        self.account = survivors(accounts["account_id"].to_pylist(), accounts["merged_into_id"].to_pylist())
        self.contact = survivors(contacts["contact_id"].to_pylist(), contacts["merged_into_id"].to_pylist())
        self.contact_account: dict[str, str] = {}
        self.contact_by_email: dict[str, str] = {}
        for contact, account, email in zip(
            contacts["contact_id"].to_pylist(),
            contacts["account_id"].to_pylist(),
            contacts["email"].to_pylist(),
            strict=True,
        ):
            key = str(tidy(contact))
            home = self.account.get(tidy(account) or "")
            if home is not None:
                self.contact_account[key] = home
            address, survivor = tidy(email), self.contact[key]
            if address is not None:
                self.contact_by_email[address] = min(survivor, self.contact_by_email.get(address, survivor))
        history = current(world.account_history, "history_id", clock)
        self.attributes = Attributes(accounts, history)
        branches = current(world.branches, "branch_id", clock).to_pylist()
        self.branches = {
            str(tidy(row["branch_id"])): Branch(row["branch_id"], row["name"], row["region"])
            for row in branches
        }
        employees = current(world.employees, "user_id", clock)
        self.staff = {tidy(email) for email in employees["email"].to_pylist()} - {None}
        invitations = current(world.invitations, "invitation_id", clock)
        self.invitation_contact: dict[str, str | None] = {}
        self.invitation_sent: dict[str, int] = {}
        for invitation, contact, sent in zip(
            invitations["invitation_id"].to_pylist(),
            invitations["contact_id"].to_pylist(),
            seconds_of(invitations["sent_at"]).tolist(),
            strict=True,
        ):
            self.invitation_contact[str(tidy(invitation))] = tidy(contact)
            self.invitation_sent[str(tidy(invitation))] = sent
