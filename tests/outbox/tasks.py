"""Tasks to send, and a CRM that they are sent to.

Belongs here: what several tests of the outbox need. Does not belong here: what they find out.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from outbox import delivering, standing
from outbox.delivering import Delivered, Writer
from outbox.task import Task
from tests.demo.vendor_world import day, world

START = datetime(2026, 3, 2, 12)
OWNER, LEFT = "0056I9QGLl6049RQOQ", "0056I9QGLl6049RQOZ"
ACCOUNT, CONTACT = "001000000000000001", "003000000000000001"


def crm() -> Any:
    """The tables of a company with one user who is there and one who has left."""
    users = [
        {"user_id": OWNER, "name": "Ann", "email": "a@x.org", "is_active": True, "visible_at": day(0)},
        {"user_id": LEFT, "name": "Bo", "email": "b@x.org", "is_active": False, "visible_at": day(0)},
    ]
    return world({"employees": users})


def task(number: int = 1, **columns: Any) -> Task:
    """A case of one hour after the other."""
    opened = START + timedelta(hours=number)
    said: dict[str, Any] = {
        "case_key": hashlib.md5(f"answer {number}".encode()).hexdigest(),
        "case_type": "rescue",
        "state": "open",
        "owner_id": OWNER,
        "branch": "Elmbridge",
        "account_id": ACCOUNT,
        "contact_id": CONTACT,
        "opened_at": opened,
        "due_at": opened + timedelta(hours=8),
        "escalate_at": opened + timedelta(hours=16),
        "time_zone": "America/Los_Angeles",
    }
    return Task(**(said | columns))


def wanted(folder: Path, *tasks: Task) -> Path:
    """An outbox that wants these tasks and has had its dry run."""
    delivering.want(folder, tasks, "refresh")
    if standing.standing(folder).rehearsed is None:
        delivering.rehearse(folder)
    return folder


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def sent(folder: Path, writer: Writer, patience: float = 0.0, time: Time | None = None) -> Delivered:
    """One delivery, in which nobody really waits."""
    clock = time or Time()
    return delivering.deliver(folder, writer, patience, clock, clock.sleep)
