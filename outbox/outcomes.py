"""What a target may say of a task, other than that it has it.

Belongs here: the four ways in which a task does not get through. Does not belong here: which answer means
which (`calling.py`, `targets/`), or what follows (`delivering.py`).
"""

from __future__ import annotations


class RefusedError(Exception):
    """The target will never take this task as it is. The message says why, for a person."""


class GoneError(Exception):
    """The target had the task, and somebody has deleted it there."""


class LaterError(Exception):
    """Not now, for a reason that concerns this request. The target may have taken the task all the same.

    `is_counted`: the target itself failed, so if it goes on, something is wrong with the task.
    """

    def __init__(self, reason: str, retry_after: float | None = None, *, is_counted: bool = True) -> None:
        super().__init__(reason)
        self.retry_after, self.is_counted = retry_after, is_counted


class UnusableError(Exception):
    """The target takes no task now, whichever it is: a limit, the credentials, a field that is not set up."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class UnsentError(Exception):
    """Not every task is written. The message says where, and why."""
