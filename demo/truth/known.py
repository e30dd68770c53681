"""What the vendors show at a clock: the current version of every record, identities resolved.

Belongs here: versions and merges. Does not belong here: attributes as of a moment (`attributes.py`), judging
answers (`judged.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from demo.company import World

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Texts = NDArray[np.object_]
NO_MOMENT = int(np.iinfo(np.int64).min)


def tidy(identifier: str | None) -> str | None:
    """Trimmed and lower-case; null for an empty one."""
    return (identifier or "").strip().lower() or None


_NOBODY = frozenset({"0", "-1", "anonymous", "n/a", "unknown"})
"""What the company's systems write where they know nobody."""


def somebody(identifier: str | None) -> str | None:
    """The same, and null where it names nobody."""
    key = tidy(identifier)
    return None if key in _NOBODY else key


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
    region: str | None


@dataclass(frozen=True)
class Invitation:
    """An invitation as it stands at the clock; `contact` survives merges, `sent` is in seconds since 1970."""

    survey_id: str
    contact: str | None
    sent: int
    status: str
    channel: str | None


class Known:
    """The world at one clock. Accounts are numbered, merged-away ones too."""

    def __init__(self, world: World, clock: int) -> None:
        self.clock = clock
        accounts = current(world.accounts, "account_id", clock)
        self.account = survivors(accounts["account_id"].to_pylist(), accounts["merged_into_id"].to_pylist())
        self.account_number = {account: number for number, account in enumerate(self.account)}
        contacts = current(world.contacts, "contact_id", clock)
        self.contact = survivors(contacts["contact_id"].to_pylist(), contacts["merged_into_id"].to_pylist())
        self.contact_account: dict[str, str] = {}
        self.contact_by_email: dict[str, str] = {}
        for contact, account, email in _columns(contacts, "contact_id", "account_id", "email"):
            key = str(tidy(contact))
            home = self.account.get(tidy(account) or "")
            if home is not None:
                self.contact_account[key] = home
            address, survivor = tidy(email), self.contact[key]
            if address is not None:
                self.contact_by_email[address] = min(survivor, self.contact_by_email.get(address, survivor))
        self._long = {
            identifier[:15]: str(tidy(identifier))
            for table, column in ((accounts, "account_id"), (contacts, "contact_id"))
            for identifier in map(str, table[column].to_pylist())
        }
        branches = current(world.branches, "branch_id", clock)
        self.branches = {
            str(tidy(branch_id)): Branch(branch_id, name, region)
            for branch_id, name, region in _columns(branches, "branch_id", "name", "region")
        }
        employees = current(world.employees, "user_id", clock)
        # Customers and partners who may log in are users too, and no staff.
        self.staff = {
            tidy(email)
            for email, kind in _columns(employees, "email", "user_type")
            if (kind or "Standard") == "Standard"
        } - {None}
        self.invitations = self._invitations(current(world.invitations, "invitation_id", clock))

    def customer(self, identifier: str | None) -> str:
        """An account's or contact's id, tidy and long; empty for none. The short form's case matters."""
        return self._long.get((identifier or "").strip()) or somebody(identifier) or ""

    def _invitations(self, table: pa.Table) -> dict[str, Invitation]:
        columns = _columns(table, "invitation_id", "survey_id", "contact_id", "email", "status", "channel")
        return {
            str(tidy(invitation)): Invitation(
                survey_id=survey,
                contact=self.contact.get(tidy(contact) or "") or self.contact_by_email.get(tidy(email) or ""),
                sent=sent,
                status=status,
                channel=tidy(channel),
            )
            for (invitation, survey, contact, email, status, channel), sent in zip(
                columns, seconds_of(table["sent_at"]).tolist(), strict=True
            )
        }


def _columns(table: pa.Table, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(table[name].to_pylist() for name in names), strict=True)
