"""What people changed of tasks in the target: whose a status is, what it says, what stays."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from outbox import kinds, reading_back
from outbox.reading_back import Seen, Told
from outbox.standing import Target, standing
from outbox.task import TOLD, Task
from tests.outbox.tasks import sent, task, wanted

NINE, TEN, ELEVEN = (datetime(2026, 3, 3, hour) for hour in (9, 10, 11))
SALESFORCE = kinds.known()["salesforce"]
KEY = task().case_key


class Writer:
    """A target that takes every task, and keeps what it was told to change."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, str]] = []

    def create(self, task: Task) -> str:
        return f"id of {task.case_key}"

    def change(self, known: str, task: Task, before: Any) -> None:
        self.changes += [(each.state, task.state) for each in before if each.state != task.state]


def written(folder: Path, **columns: Any) -> Target:
    """An outbox that has written the task."""
    sent(wanted(folder, task(**columns)), Writer())
    return standing(folder)


def seen(status: str, since: datetime = TEN, key: str = KEY, id: str = f"id of {KEY}") -> Seen:
    return Seen(id, key, status, since, "005A")


def judged(target: Target, each: Seen, *told: Told, **states: str) -> reading_back.Found:
    return reading_back.judge(target, SALESFORCE, {**SALESFORCE.states, **states}, [each], {KEY: told})


@pytest.mark.parametrize(
    ("status", "state"),
    [("In Progress", "contacted"), ("Waiting on someone else", "contacted"), ("Completed", "resolved")],
)
def test_a_status_that_somebody_chose_is_a_state_since_that_moment(
    tmp_path: Path, status: str, state: str
) -> None:
    found = judged(written(tmp_path), seen(status))
    assert found.new == [(seen(status), Told(state, TEN))]
    assert found.there == {KEY: state}
    assert not judged(written(tmp_path), seen(status), Told(state, TEN)).new  # read a second time


@pytest.mark.parametrize("state", ["open", "contacted", "resolved", "no_response", "invalid"])
def test_what_the_outbox_wrote_says_nothing_new(tmp_path: Path, state: str) -> None:
    written(tmp_path)
    target = written(tmp_path, state=state)
    assert SALESFORCE.status
    found = judged(target, seen(SALESFORCE.status(task(state=state)), ELEVEN))
    assert (found.new, found.there) == ([], {})


def test_moments_decide_between_here_and_there(tmp_path: Path) -> None:
    target = written(tmp_path)
    late, early = Told("contacted", ELEVEN), Told("contacted", NINE)
    [(_, change)] = judged(target, seen("Completed"), late).new
    assert reading_back.state_of([change, late]) == "contacted"
    [(_, change)] = judged(target, seen("Completed"), early).new
    assert reading_back.state_of([change, early]) == "resolved"
    assert judged(target, seen("Not Started"), early).new == []  # as it was written
    assert judged(target, seen("Completed"), Told("no_response", NINE)).new == []  # on its way there


def test_what_somebody_reopens_there_is_open(tmp_path: Path) -> None:
    written(tmp_path)
    target = written(tmp_path, state="resolved")
    [(_, change)] = judged(target, seen("Not Started"), Told("resolved", NINE)).new
    assert change == Told("open", TEN)
    target = written(tmp_path, state="invalid")
    assert judged(target, seen("Not Started")).new == []  # there is nothing to do any more


def test_what_nobody_knows_is_told_and_not_guessed(tmp_path: Path) -> None:
    target = written(tmp_path)
    found = judged(target, seen("Erledigt"))
    assert (found.new, found.there, found.unknown) == ([], {}, {"Erledigt": 1})
    [(_, change)] = judged(target, seen("Erledigt"), Erledigt="no_response").new
    assert change.state == "no_response"
    nothing = judged(target, seen("Deferred"))
    assert (nothing.new, nothing.unknown) == ([], {})
    for stranger in (seen("Completed", key="another"), seen("Completed", id="a copy of it")):
        found = judged(target, stranger)
        assert (found.new, found.strangers) == ([], 1)


def test_what_was_read_back_is_not_changed_back(tmp_path: Path) -> None:
    found = judged(written(tmp_path), seen("Waiting on someone else"))
    reading_back.keep(tmp_path, found.there, {KEY: "contacted"})
    assert standing(tmp_path).tasks[KEY].state == "written"
    writer = Writer()
    sent(wanted(tmp_path, task(state="contacted")), writer)
    assert writer.changes == []
    sent(wanted(tmp_path, task(state="resolved")), writer)
    assert writer.changes == [("contacted", "resolved")]


def test_every_status_that_is_written_is_understood() -> None:
    for name, kind in kinds.known().items():
        assert {*kind.states.values()} <= {"", *TOLD}, name
        for state in TOLD if kind.status else ():
            assert kind.status is not None
            read = kind.states[kind.status(task(state=state))]
            assert read == ("resolved" if state == "no_response" else state)
