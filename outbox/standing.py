"""What the log of a target amounts to: each task with what was last wanted, tried and written of it.

Lines, by their `event`:
* `wanted`: the task as it should be, and which way told it (`refresh` or `fast`);
* `sending`: a request is about to leave with this task. What it did is unknown until it is `written`, or
  refused;
* `written`: the target has that revision; its own id of the task;
* `failed`: not now, why, and not before when; `is_counted` where too many of it mean for good;
* `dead`: never, and why; `may_be_there` where the target may have taken it although it did not say so;
* `again`: somebody wants a dead one tried all the same;
* `read_back`: somebody changed the status there; the state that it stands for, and the case's state by now;
* `compared`: what the fast lane said, beside the next refresh; the names of what differs;
* `paused`: the target as a whole takes nothing before then, and why;
* `rehearsed`: a dry run went through these tasks.

Belongs here: adding lines up. Does not belong here: sending (`delivering.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from outbox import log
from outbox.task import Task, read

State = Literal["waiting", "written", "dead", "dropped"]


@dataclass
class Standing:
    """One task. `sent` is what the target is known to have, `unsure` what it may have instead."""

    task: Task
    way: str
    sent: Task | None = None
    id: str | None = None
    unsure: list[Task] = field(default_factory=list)
    is_dead: bool = False
    reason: str = ""
    attempts: int = 0
    counted: int = 0
    not_before: datetime | None = None

    @property
    def state(self) -> State:
        """What is to be done: a case that was closed before anything left for the target needs no task."""
        if not self.unsure:
            if self.sent == self.task:
                return "written"
            if self.sent is None and self.task.is_closed:
                return "dropped"
        return "dead" if self.is_dead else "waiting"


@dataclass
class Target:
    """All tasks of a target by their case, in the order in which they were first wanted."""

    tasks: dict[str, Standing] = field(default_factory=dict)
    not_before: datetime | None = None
    reason: str = ""
    rehearsed: int | None = None

    def of(self, state: State) -> list[Standing]:
        """The tasks in a state."""
        return [each for each in self.tasks.values() if each.state == state]


def standing(folder: Path) -> Target:
    """What the log in `folder` amounts to."""
    target = Target()
    for line in log.lines(folder):
        add(target, line)
    return target


def add(target: Target, line: dict[str, Any]) -> None:
    """One line more."""
    event = line["event"]
    if event == "paused":
        target.not_before, target.reason = datetime.fromisoformat(line["not_before"]), line["reason"]
    elif event == "rehearsed":
        target.rehearsed = line["tasks"]
    elif event == "wanted":
        task = read(line["task"])
        each = target.tasks.setdefault(task.case_key, Standing(task, line["way"]))
        if each.task != task:  # another task than the one that failed: it begins anew
            each.attempts = each.counted = 0
            each.is_dead, each.reason, each.not_before = False, "", None
        each.task, each.way = task, line["way"]
    else:
        _add_to(target.tasks[line["case_key"]], line)


def _add_to(each: Standing, line: dict[str, Any]) -> None:
    match line["event"]:
        case "sending":
            each.unsure.append(read(line["task"]))
        case "written":
            each.sent, each.id, each.unsure = read(line["task"]), line["id"], []
            each.attempts = each.counted = 0
            each.reason, each.not_before = "", None
        case "failed":
            each.attempts += 1
            each.counted += line["is_counted"]
            each.reason, each.not_before = line["reason"], datetime.fromisoformat(line["not_before"])
        case "dead":
            each.is_dead, each.reason = True, line["reason"]
            if not line["may_be_there"]:
                each.unsure.pop()
        case "read_back":
            each.sent = each.sent and replace(each.sent, state=line["state"])
            each.task = replace(each.task, state=line["wanted"])
        case "compared":
            each.way = "refresh"
        case "again":
            each.is_dead, each.attempts, each.counted, each.not_before = False, 0, 0, None
