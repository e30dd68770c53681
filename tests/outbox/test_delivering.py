"""Each task is written once, whatever the target says and wherever the process is killed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from outbox import delivering, log
from outbox.delivering import NotRehearsedError
from outbox.outcomes import GoneError, LaterError, RefusedError, UnusableError
from outbox.standing import standing
from outbox.task import Task
from tests.outbox.tasks import Time, sent, task, wanted


class Books:
    """A target that keeps tasks by their key, and fails as it is told to before or after it wrote."""

    def __init__(self) -> None:
        self.kept: dict[str, Task] = {}
        self.asked: list[str] = []
        self.before: list[Exception | None] = []
        self.after: list[Exception | None] = []

    def create(self, task: Task) -> str:
        self._ask("create", task)
        return f"id of {task.case_key}"

    def change(self, known: str, task: Task, before: Sequence[Task]) -> None:
        assert known == f"id of {task.case_key}"
        assert self.kept[task.case_key] in before
        self._ask("change", task)

    def _ask(self, how: str, task: Task) -> None:
        self.asked.append(how)
        if self.before and (failure := self.before.pop(0)):
            raise failure
        self.kept[task.case_key] = task
        if self.after and (failure := self.after.pop(0)):
            raise failure


def test_a_task_is_written_once_and_again_only_when_it_says_something_else(tmp_path: Path) -> None:
    books = Books()
    wanted(tmp_path, task(1), task(2))
    assert sent(tmp_path, books).written == 2
    assert delivering.want(tmp_path, [task(1), task(2)], "fast") == 0
    assert sent(tmp_path, books).written == 0
    wanted(tmp_path, task(2, state="contacted"))
    assert sent(tmp_path, books).written == 1
    assert books.asked == ["create", "create", "change"]
    assert books.kept[task(2).case_key].state == "contacted"


def test_nothing_is_written_before_a_dry_run(tmp_path: Path) -> None:
    books = Books()
    delivering.want(tmp_path, [task()], "refresh")
    with pytest.raises(NotRehearsedError, match="nps outbox rehearse"):
        sent(tmp_path, books)
    assert delivering.rehearse(tmp_path) == [task()]
    assert not books.asked
    assert sent(tmp_path, books).written == 1


def test_what_was_written_without_an_answer_is_written_under_the_same_key(tmp_path: Path) -> None:
    books = Books()
    books.after = [LaterError("answered 500"), LaterError("could not be reached", is_counted=False), None]
    assert sent(wanted(tmp_path, task()), books, patience=60).written == 1
    assert books.asked == ["create"] * 3
    assert len(books.kept) == 1


def test_what_is_wanted_back_while_nobody_knows_what_is_there(tmp_path: Path) -> None:
    books = Books()
    sent(wanted(tmp_path, task()), books)
    books.after = [LaterError("cut off")]
    sent(wanted(tmp_path, task(state="invalid")), books)
    assert sent(wanted(tmp_path, task()), books).written == 1
    assert books.kept[task().case_key].state == "open"


def test_pauses_grow_and_retry_after_is_honoured(tmp_path: Path) -> None:
    books, time = Books(), Time()
    books.before = [
        LaterError("500"),
        LaterError("500"),
        LaterError("500", 90),
        UnusableError("429", 30),
        None,
    ]
    assert sent(wanted(tmp_path, task()), books, 600, time).written == 1
    assert [pause for pause in time.slept if pause] == [1, 2, 90, 30]


def test_a_target_that_takes_nothing_is_asked_once(tmp_path: Path) -> None:
    books = Books()
    books.before = [UnusableError("answered 401: no session")]
    done = sent(wanted(tmp_path, *map(task, range(20))), books)
    assert (done.written, done.died, done.waiting) == (0, 0, 20)
    assert done.problem == "answered 401: no session"
    assert len(books.asked) == 1
    assert sent(tmp_path, books, 120).written == 20


def test_a_target_that_is_down_is_not_asked_for_each_task(tmp_path: Path) -> None:
    books = Books()
    books.before = [LaterError("could not be reached", is_counted=False) for _ in range(100)]
    done = sent(wanted(tmp_path, *map(task, range(50))), books)
    assert len(books.asked) == 5
    assert done.problem.startswith("5 requests in a row got no clear answer")


def test_a_target_that_is_down_for_days_kills_no_task(tmp_path: Path) -> None:
    books = Books()
    books.before = [LaterError("could not be reached", is_counted=False) for _ in range(25)]
    assert sent(wanted(tmp_path, task()), books, patience=86_400).written == 1


def test_a_refused_task_is_dead_with_its_reason_until_somebody_wants_it(tmp_path: Path) -> None:
    books = Books()
    books.before = [RefusedError("the owner has left")]
    assert sent(wanted(tmp_path, task(1), task(2)), books).died == 1
    [dead] = standing(tmp_path).of("dead")
    assert (dead.task, dead.reason) == (task(1), "the owner has left")
    assert sent(tmp_path, books).written == 0
    delivering.again(tmp_path, task(1).case_key, "ann")
    assert sent(tmp_path, books).written == 1
    assert not standing(tmp_path).of("dead")


def test_a_task_that_the_target_fails_at_again_and_again_is_dead(tmp_path: Path) -> None:
    books = Books()
    books.before = [LaterError("answered 500") for _ in range(100)]
    done = sent(wanted(tmp_path, task()), books, patience=86_400)
    assert (done.died, len(books.asked)) == (1, delivering.TRIES)
    assert standing(tmp_path).of("dead")[0].reason == "12 times in vain; the last: answered 500"


def test_an_invalid_case_closes_its_task_and_needs_none_where_none_was_begun(tmp_path: Path) -> None:
    books = Books()
    books.before = [None, RefusedError("no such owner"), LaterError("cut off")]
    tasks = [task(number) for number in range(4)]
    sent(wanted(tmp_path, *tasks[:3]), books)
    wanted(tmp_path, *(task(number, state="invalid") for number in range(4)))
    found = standing(tmp_path)
    assert [each.task.case_key for each in found.of("dropped")] == [tasks[1].case_key, tasks[3].case_key]
    assert sent(tmp_path, books, 60).written == 2
    # The third may have been there: it was not known, so it is made and closed.
    assert {key: each.state for key, each in books.kept.items()} == {
        tasks[0].case_key: "invalid",
        tasks[2].case_key: "invalid",
    }


def test_a_task_that_somebody_deleted_is_not_made_again(tmp_path: Path) -> None:
    books = Books()
    sent(wanted(tmp_path, task(1), task(2)), books)
    books.before = [GoneError(), GoneError()]
    wanted(tmp_path, task(1, owner_id="other"), task(2, state="resolved"))
    done = sent(tmp_path, books)
    assert (done.died, done.written) == (1, 1)
    assert standing(tmp_path).of("dead")[0].reason == delivering.DELETED


def test_only_one_process_sends(tmp_path: Path) -> None:
    wanted(tmp_path, task())
    with log.sending(tmp_path), pytest.raises(log.BusyError):
        sent(tmp_path, Books())
    assert sent(tmp_path, Books()).written == 1


class Killed(BaseException):
    """The process ends here."""


class Disk:
    """`os` for the log, which ends the process half-way through the given operation."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def write(self, descriptor: int, data: bytes) -> int:
        self.step(lambda: os.write(descriptor, data[: len(data) // 2]))
        return os.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        self.step(lambda: None)
        os.fsync(descriptor)

    def step(self, half: Callable[[], object]) -> None:
        self.count += 1
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                half()
                raise Killed


class Observed(Books):
    """Books that can be killed before they write, and after, as the disk is."""

    def __init__(self, disk: Disk) -> None:
        super().__init__()
        self.disk = disk

    def _ask(self, how: str, task: Task) -> None:
        self.disk.step(lambda: self.kept.update({task.case_key: task}))
        super()._ask(how, task)
        self.disk.step(lambda: None)


def lived(folder: Path, disk: Disk, books: Books) -> None:
    """What a day brings: two cases, one of which changes before the other becomes invalid."""
    wanted(folder, task(1), task(2))
    sent(folder, books)
    wanted(folder, task(1, state="contacted"), task(2, state="invalid"))
    sent(folder, books)


def test_a_kill_at_any_moment_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk()
    monkeypatch.setattr(log, "os", disk)
    lived(tmp_path / "whole", disk, Observed(disk))
    moments = disk.count
    assert moments > 30
    for moment in range(moments):
        disk.left, books, folder = moment, Observed(disk), tmp_path / str(moment)
        with pytest.raises(Killed):
            lived(folder, disk, books)
        disk.left = None
        lived(folder, disk, books)
        assert len(standing(folder).of("written")) == 2
        assert [each.state for each in books.kept.values()] == ["contacted", "invalid"]


def test_a_log_that_does_not_know_of_requests_before_they_leave_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep above would find a case that was made, forgotten and so never closed."""
    books = Books()
    books.after = [Killed()]  # type: ignore[list-item]
    append = log.append
    monkeypatch.setattr(
        log, "append", lambda folder, lines: append(folder, [x for x in lines if x["event"] != "sending"])
    )
    with pytest.raises(Killed):
        sent(wanted(tmp_path, task()), books)
    wanted(tmp_path, task(state="invalid"))
    sent(tmp_path, books)
    assert books.kept[task().case_key].state == "open"
