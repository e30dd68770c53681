"""Sends what waits for one target: one task after the other, each known to the log before and after.

A process that is killed leaves a task that is `sending`; the next one sends it again under the same external
id, so the target has it once. What fails is tried again after growing pauses, and after `TRIES` failures of
the target itself, or one refusal, it is dead until somebody looks at it.

Belongs here: in which order, how often and when. Does not belong here: what a target understands
(`targets/`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from outbox import log
from outbox.outcomes import GoneError, LaterError, RefusedError, UnusableError
from outbox.standing import Standing, Target, add, standing
from outbox.task import Task, written

TRIES: Final = 12
PAUSE_SECONDS: Final = 60.0
LONGEST_SECONDS: Final = 3600.0
#: After so many requests in a row that got no clear answer, the other tasks need not find out as well.
_IN_A_ROW: Final = 5
DELETED: Final = "somebody has deleted the task there; it is not made again"


class NotRehearsedError(Exception):
    """Nothing may be written to a target that has had no dry run."""


class Writer(Protocol):
    """A target. Every method may raise what `outcomes` has."""

    def create(self, task: Task) -> str:
        """The target's id of the task with this case key, which is there afterwards as it should be."""

    def change(self, known: str, task: Task, before: Sequence[Task]) -> None:
        """What differs from any of what may be there is so from now on; what people changed besides stays."""


@dataclass(frozen=True)
class Delivered:
    """What one delivery did, and what is left; `problem` of the target as a whole, if any."""

    written: int
    died: int
    waiting: int
    problem: str


def want(folder: Path, tasks: Iterable[Task], way: str) -> int:
    """Put tasks into the outbox as they should be; how many are new or other than before."""
    known = standing(folder).tasks
    new = [task for task in tasks if task.case_key not in known or known[task.case_key].task != task]
    log.append(folder, ({"event": "wanted", "way": way, "task": written(task)} for task in new))
    return len(new)


def compared(folder: Path, differences: Mapping[str, Sequence[str]]) -> None:
    """Keep what of each of these cases the fast lane told otherwise than the refresh after it."""
    log.append(
        folder,
        (
            {"event": "compared", "case_key": key, "differs": list(names), "at": _text(_now())}
            for key, names in differences.items()
        ),
    )


def again(folder: Path, case_key: str, by: str) -> None:
    """A dead task is tried once more."""
    log.append(folder, [{"event": "again", "case_key": case_key, "by": by, "at": _text(_now())}])


def rehearse(folder: Path) -> list[Task]:
    """A dry run: the tasks that would be sent. From now on they may be."""
    tasks = [each.task for each in standing(folder).of("waiting")]
    log.append(folder, [{"event": "rehearsed", "tasks": len(tasks), "at": _text(_now())}])
    return tasks


def deliver(
    folder: Path,
    writer: Writer,
    patience: float = 0.0,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> Delivered:
    """Send what is due, and what becomes due within so many seconds.

    Raises:
        NotRehearsedError: no dry run went before. BusyError: another process is sending to this target.
    """
    done: dict[str, int] = {"written": 0, "dead": 0}
    ends = now() + timedelta(seconds=patience)
    with log.sending(folder):
        while True:
            target = standing(folder)  # anew each time: others may want something meanwhile
            if target.rehearsed is None:
                raise NotRehearsedError(
                    "nothing was written: look at a dry run first (`nps outbox rehearse`)"
                )
            waiting = target.of("waiting")
            times = [_due(target, each) for each in waiting]
            if not times or min(times) > max(ends, now()):
                break
            sleep(max(0.0, (min(times) - now()).total_seconds()))
            _send_due(folder, target, waiting, writer, now, done)
    is_paused = target.not_before is not None and target.not_before > now()
    return Delivered(done["written"], done["dead"], len(waiting), target.reason if is_paused else "")


def _send_due(
    folder: Path,
    target: Target,
    waiting: list[Standing],
    writer: Writer,
    now: Callable[[], datetime],
    done: dict[str, int],
) -> None:
    """One pass over the tasks that are due; it ends when the target as a whole takes nothing more."""

    def note(line: dict[str, Any]) -> None:
        log.append(folder, [{**line, "at": _text(now())}])
        add(target, line)

    unclear = 0
    for each in waiting:
        if _due(target, each) > now():
            continue
        outcome = _sent(each, writer, now(), note)
        unclear = unclear + 1 if outcome["event"] == "failed" else 0
        if unclear == _IN_A_ROW:
            reason = f"{unclear} requests in a row got no clear answer; the last: {outcome['reason']}"
            note({"event": "paused", "reason": reason, "not_before": _after(now(), PAUSE_SECONDS)})
            unclear = 0
        done[outcome["event"]] = done.get(outcome["event"], 0) + 1


def _sent(
    each: Standing, writer: Writer, now: datetime, note: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    """One request, known to the log before and after: the line that says what came of it."""
    task, key = each.task, {"case_key": each.task.case_key}
    outcome: dict[str, Any]
    before = [*filter(None, [each.sent]), *each.unsure]
    note({"event": "sending", **key, "task": written(task)})
    try:
        if each.id is None or each.sent is None:
            known = writer.create(task)
        else:
            known = each.id
            writer.change(known, task, before)
        outcome = {"event": "written", **key, "id": known, "task": written(task)}
    except GoneError:
        if task.is_closed:  # nothing is left to close
            outcome = {"event": "written", **key, "id": each.id, "task": written(task)}
        else:
            outcome = {"event": "dead", **key, "reason": DELETED, "may_be_there": False}
    except RefusedError as refusal:
        outcome = {"event": "dead", **key, "reason": str(refusal), "may_be_there": False}
    except UnusableError as failure:
        until = _after(now, PAUSE_SECONDS if failure.retry_after is None else failure.retry_after)
        note({"event": "paused", "reason": str(failure), "not_before": until})
        outcome = {"event": "failed", **key, "reason": str(failure), "not_before": until}
        outcome |= {"is_counted": False}
    except LaterError as failure:
        if failure.is_counted and each.counted + 1 >= TRIES:
            reason = f"{TRIES} times in vain; the last: {failure}"
            outcome = {"event": "dead", **key, "reason": reason, "may_be_there": True}
        else:
            pause = max(min(2.0**each.attempts, LONGEST_SECONDS), failure.retry_after or 0.0)
            outcome = {"event": "failed", **key, "reason": str(failure), "not_before": _after(now, pause)}
            outcome |= {"is_counted": failure.is_counted}
    note(outcome)
    return outcome


def _due(target: Target, each: Standing) -> datetime:
    moments = [moment for moment in (target.not_before, each.not_before) if moment is not None]
    return max(moments, default=datetime.min.replace(tzinfo=UTC))


def _after(now: datetime, seconds: float) -> str:
    return _text(now + timedelta(seconds=seconds))


def _now() -> datetime:
    return datetime.now(UTC)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
