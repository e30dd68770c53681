"""What a task says, in the words of no vendor. Never a comment, a score, a name or an address.

Belongs here: a task and its wording. Does not belong here: a vendor's fields (`targets/`), or what a case is.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson

#: The states in which nobody has to do anything any more.
CLOSED: Final = ("resolved", "no_response", "invalid")
INVALID: Final = "invalid"
#: The states that people tell; a case becomes invalid by its answer alone.
TOLD: Final = ("open", "contacted", "resolved", "no_response")
_TO_DO: Final = {
    "rescue": "Call back an unhappy customer",
    "engage": "Engage an undecided customer",
    "thank": "Thank a customer",
    "ask_for_referral": "Ask a customer for a referral",
}


@dataclass(frozen=True)
class Task:
    """One case as somebody has to act on it. Ids are the CRM's, moments UTC, `time_zone` the branch's."""

    case_key: str
    case_type: str
    state: str
    owner_id: str | None
    branch: str
    account_id: str | None
    contact_id: str | None
    opened_at: datetime
    due_at: datetime
    escalate_at: datetime
    time_zone: str = "UTC"

    @property
    def due_on(self) -> date:
        """The day on which it is due where it is done."""
        return self._there(self.due_at).date()

    @property
    def is_closed(self) -> bool:
        """Whether nobody has to do anything any more."""
        return self.state in CLOSED

    @property
    def revision(self) -> str:
        """Another one when anything of the task is another."""
        return hashlib.md5(orjson.dumps(asdict(self)), usedforsecurity=False).hexdigest()

    @property
    def subject(self) -> str:
        """What to do, in one line."""
        said = f"{_TO_DO.get(self.case_type, self.case_type)} ({self.branch})"
        return f"No longer needed: {said}" if self.state == INVALID else said

    @property
    def description(self) -> str:
        """By when and where to look it up; what the customer wrote stays where it is."""
        due, escalated = self._there(self.due_at), self._there(self.escalate_at)
        return (
            f"Due {due:%Y-%m-%d %H:%M}, escalated from {escalated:%Y-%m-%d %H:%M} ({self.time_zone}). "
            f"The answer came on {self._there(self.opened_at):%Y-%m-%d}. Case {self.case_key}."
        )

    def _there(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.time_zone))


def written(task: Task) -> dict[str, Any]:
    """A task as a line of the log has it."""
    return {**asdict(task), **{name: getattr(task, name).isoformat() for name in _MOMENTS}}


def read(line: dict[str, Any]) -> Task:
    """A task from a line of the log."""
    return Task(**{**line, **{name: datetime.fromisoformat(line[name]) for name in _MOMENTS}})


_MOMENTS: Final = tuple(field.name for field in fields(Task) if field.name.endswith("_at"))
