"""Branch, region, plan and lifecycle stage of accounts as of any moment.

Belongs here: field history. Does not belong here: customer value (`revenue.py`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from demo.company import World
from demo.truth.definition import STAGES, UNASSIGNED
from demo.truth.known import Ints, Known, Texts, current, seconds_of, tidy

_FIELDS = {
    "Branch__c": "branch_id",
    "Region__c": "region",
    "Plan__c": "plan",
    "Lifecycle_Stage__c": "lifecycle_stage",
}
_SPAN = 2**33
"""Beyond every moment in seconds, so that (account, moment) sorts as one number."""


@dataclass(frozen=True)
class _Line:
    """One attribute of all accounts: what held at first, and the changes in order of account and moment."""

    first: Texts
    change: Ints
    value: Texts


class Attributes:
    """Tracked attributes of accounts as of any moment.

    Under every account's own number: what a merged-away account once was says nothing about its survivor.
    """

    def __init__(self, world: World, known: Known) -> None:
        accounts = current(world.accounts, "account_id", known.clock)
        history = current(world.account_history, "history_id", known.clock)
        numbers = [known.account_number[str(tidy(account))] for account in accounts["account_id"].to_pylist()]
        changes: dict[str, list[tuple[int, int, str, str | None, str | None]]] = defaultdict(list)
        for account, field, at, history_id, old, new in zip(
            history["account_id"].to_pylist(),
            history["field"].to_pylist(),
            seconds_of(history["visible_at"]).tolist(),
            history["history_id"].to_pylist(),
            history["old_value"].to_pylist(),
            history["new_value"].to_pylist(),
            strict=True,
        ):
            number = known.account_number.get(tidy(account) or "")
            if number is not None:
                changes[field].append((number, at, history_id, old, new))
        self._branches = known.branches
        self._lines: dict[str, _Line] = {}
        for field, column in _FIELDS.items():
            first = np.full(len(known.account_number), None, dtype=object)
            first[numbers] = accounts[column].to_pylist()
            in_time = sorted(changes[field], key=lambda change: change[:3])
            # Before its first change an account had what that change replaced.
            for number, _, _, old, _ in reversed(in_time):
                first[number] = old
            self._lines[field] = _Line(
                first,
                np.array([number * _SPAN + at for number, at, *_ in in_time], dtype=np.int64),
                np.array([new for *_, new in in_time], dtype=object),
            )

    def values(self, field: str, account: Ints, at: Ints) -> Texts:
        """The value of the last change at or before each moment, else the first; None for account -1."""
        line = self._lines[field]
        place = np.searchsorted(line.change, account * _SPAN + at, side="right") - 1
        changed = (place >= 0) & (account >= 0)
        changed[changed] = line.change[place[changed]] // _SPAN == account[changed]
        found = np.full(len(account), None, dtype=object)
        found[account >= 0] = line.first[account[account >= 0]]
        found[changed] = line.value[place[changed]]
        return found

    def dimensions(self, account: Ints, at: Ints, own_branch: list[str | None]) -> dict[str, Texts]:
        """Branch, region and plan; a branch of one's own that the CRM knows goes before the account's.

        The region is the branch's, and only without one the account's own.
        """
        branches = [
            self._branches.get(own or "") or self._branches.get(tidy(given) or "")
            for own, given in zip(own_branch, self.values("Branch__c", account, at), strict=True)
        ]
        return {
            "branch": texts([branch.branch_id if branch else None for branch in branches]),
            "region": texts(
                (branch.region if branch else None) or of_account
                for branch, of_account in zip(branches, self.values("Region__c", account, at), strict=True)
            ),
            "plan": texts(self.values("Plan__c", account, at)),
        }

    def stages(self, account: Ints, at: Ints, asked_about: list[str]) -> Texts:
        """The stage that the question is about, else the account's lifecycle stage; only governed ones."""
        own = self.values("Lifecycle_Stage__c", account, at)
        meant = (about or stage for about, stage in zip(asked_about, own, strict=True))
        return texts(stage if stage in STAGES else None for stage in meant)


def texts(values: Iterable[str | None]) -> Texts:
    """Members as published: what is not known is `Unassigned`."""
    return np.array([value or UNASSIGNED for value in values], dtype=object)
