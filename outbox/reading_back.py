"""What people changed of tasks in the target, as states of their cases.

Only the status that a task has now counts, from the moment on at which it was first seen. One that the outbox
has written itself says nothing new; neither does one of a task that the outbox does not know, nor of a case
that is no longer valid.

Belongs here: whose a status is, and what it says. Does not belong here: loading tasks (the vendors' loaders),
or the log of cases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from outbox import log
from outbox.kinds import Kind
from outbox.standing import Target
from outbox.task import INVALID, Task

OPEN = "open"


@dataclass(frozen=True)
class Seen:
    """A task as it was loaded: its status, since when (UTC) it has that, and the user who changed it last."""

    id: str
    case_key: str
    status: str
    since: datetime
    by: str | None


@dataclass(frozen=True)
class Told:
    """A state that somebody told of a case, at a moment in UTC."""

    state: str
    at: datetime


@dataclass
class Found:
    """`new` are case and what was told of it there; `there` is case → state that the target has by people.

    `unknown` is status → tasks that have it; `strangers` are tasks that the outbox has not written.
    """

    new: list[tuple[Seen, Told]] = field(default_factory=list)
    there: dict[str, str] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    strangers: int = 0


def judge(
    target: Target,
    kind: Kind,
    states: Mapping[str, str],
    seen: Iterable[Seen],
    told: Mapping[str, Sequence[Told]],
) -> Found:
    """What the tasks that were loaded say beyond what was written to them and `told` before (by case)."""
    assert kind.status is not None, "nobody changes tasks there"
    found = Found()
    for each in seen:
        known = target.tasks.get(each.case_key)
        if known is None or known.id not in (None, each.id):
            found.strangers += 1
            continue
        written = [kind.status(task) for task in (known.sent, *known.unsure) if task]
        if each.status in written or known.task.state == INVALID:
            continue
        state = states.get(each.status)
        if state is None:
            found.unknown[each.status] += 1
        if not state:
            continue
        if known.sent and known.sent.state != state:
            found.there[each.case_key] = state
        if _is_new(each, state, told.get(each.case_key, ()), kind, known.task):
            found.new.append((each, Told(state, each.since)))
    return found


def _is_new(seen: Seen, state: str, told: Sequence[Told], kind: Kind, task: Task) -> bool:
    """Whether the case was told nothing at that moment, and before it something else than the status says."""
    assert kind.status is not None
    if any(each.at == seen.since for each in told):
        return False
    before = state_of([each for each in told if each.at < seen.since])
    return before != state and kind.status(replace(task, state=before)) != seen.status


def state_of(told: Sequence[Told]) -> str:
    """What was told last."""
    return max(told, key=lambda each: each.at).state if told else OPEN


def keep(folder: Path, there: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Note what people changed there, so that it is not changed back, and what state each case has by now."""
    log.append(
        folder,
        (
            {"event": "read_back", "case_key": key, "state": state, "wanted": wanted.get(key, state)}
            for key, state in there.items()
        ),
    )
