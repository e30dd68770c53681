"""The tasks that a CRM was told to keep: found by their id, or by a key that whoever wrote them gave.

They live as long as the server. Belongs here: keeping and finding. Does not belong here: any vendor's fields.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from threading import Lock
from typing import Any

#: The user in whose name the outbox writes.
WRITER = "005000000000001AAA"


@dataclass
class Kept:
    """A task: its id, its key, what was written, in how many writes, and when (Unix time) it was made and
    changed, and by whom."""

    id: str
    key: str
    fields: dict[str, Any]
    writes: int = 1
    made_at: float = field(default_factory=time.time)
    changed_at: float = field(default_factory=time.time)
    changed_by: str = WRITER

    @property
    def modified(self) -> str:
        """When it was changed, as UTC to the millisecond, without a zone."""
        return datetime.fromtimestamp(self.changed_at, UTC).isoformat(timespec="milliseconds")[:23]


@dataclass
class Tasks:
    """All tasks of one CRM, in the order in which they were made."""

    made: list[Kept] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    _numbers: Any = field(default_factory=lambda: count(1), repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def upsert(self, key: str, fields: dict[str, Any], id_form: str) -> tuple[Kept, bool] | None:
        """The task with this key and whether it is new; None where several have it."""
        with self._lock:
            found = [each for each in self.made if each.key == key and each.id not in self.deleted]
            if len(found) > 1:
                return None
            if found:
                self._write(found[0], fields)
                return found[0], False
            self.made.append(Kept(id_form.format(next(self._numbers)), key, dict(fields)))
            return self.made[-1], True

    def find(self, id: str) -> Kept | None:
        """The task with this id, unless it was deleted."""
        with self._lock:
            return next((each for each in self.made if each.id == id and id not in self.deleted), None)

    def change(self, id: str, fields: dict[str, Any], by: str = WRITER) -> bool:
        """Whether there was such a task to change."""
        if (found := self.find(id)) is None:
            return False
        with self._lock:
            self._write(found, fields, by)
        return True

    def _write(self, task: Kept, fields: dict[str, Any], by: str = WRITER) -> None:
        task.changed_at, task.changed_by = time.time(), by
        task.fields |= fields
        task.writes += 1
