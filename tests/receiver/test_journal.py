"""The journal: what is acknowledged is on disk, one write for many, and no whole line is lost or changed."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from receiver import handing, journal
from receiver.journal import Journal, NotKeptError
from receiver.segments import Extent, Segments, Standing


def with_journal(folder: Path, work: Callable[[Journal], Awaitable[None]]) -> Journal:
    """Run `work` while commits are made."""
    opened: list[Journal] = []

    async def run() -> None:
        opened.append(Journal(folder))
        commits = asyncio.create_task(opened[0].commits())
        await work(opened[0])
        await opened[0].drained()
        commits.cancel()
        opened[0].close()

    asyncio.run(run())
    return opened[0]


def kept(folder: Path, *lines: bytes, sender: str = "answers") -> Journal:
    async def work(journal: Journal) -> None:
        await asyncio.gather(*(journal.keep(sender, line) for line in lines))

    return with_journal(folder, work)


def read(folder: Path) -> list[bytes]:
    return [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_bytes().splitlines()]


def test_many_at_once_are_a_few_writes_in_their_order(tmp_path: Path) -> None:
    lines = [b'{"n":%d}' % number for number in range(500)]
    made = kept(tmp_path, *lines)
    assert read(tmp_path / "answers") == lines
    assert made.commits_made <= 2


def test_it_is_durable_before_it_is_acknowledged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, folder of the file and folder of the folder are synced, and only then does `keep` return."""
    synced: list[str] = []
    fsync = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", noted)

    async def work(journal: Journal) -> None:
        synced.clear()
        await journal.keep("answers", b"{}")
        assert synced[0] == str(tmp_path)
        assert synced[1] == str(tmp_path / "answers")
        assert Path(synced[2]).parent == tmp_path / "answers"
        assert len(synced) == 3

    with_journal(tmp_path, work)


def test_each_process_begins_a_segment_and_leaves_what_a_crash_cut_off(tmp_path: Path) -> None:
    kept(tmp_path, b"1")
    [first] = (tmp_path / "answers").glob("*.jsonl")
    with first.open("ab") as file:
        file.write(b'{"cut o')
    kept(tmp_path, b"2")
    assert len(list((tmp_path / "answers").glob("*.jsonl"))) == 2
    assert [extent.lines for extent in Segments(tmp_path / "answers").extents().values()] == [1, 1]


def test_a_full_segment_makes_room_for_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 2)

    async def work(journal: Journal) -> None:
        for number in range(3):
            await journal.keep("answers", b"%d" % number)

    with_journal(tmp_path, work)
    assert len(list((tmp_path / "answers").glob("*.jsonl"))) == 3
    assert read(tmp_path / "answers") == [b"0", b"1", b"2"]


def test_a_full_disk_is_told_and_what_it_took_half_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write

    def full(descriptor: int, data: memoryview) -> int:
        if len(data) < 3:
            raise OSError(28, "No space left on device")
        return write(descriptor, data[:-2])

    async def work(journal: Journal) -> None:
        await journal.keep("answers", b"first")
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(NotKeptError, match="No space left"):
            await journal.keep("answers", b"second")
        assert journal.failure
        monkeypatch.setattr(os, "write", write)
        await journal.keep("answers", b"third")
        assert journal.failure is None

    with_journal(tmp_path, work)
    assert read(tmp_path / "answers") == [b"first", b"secon", b"third"]
    assert Segments(tmp_path / "answers").standing().received == 2


def test_a_failure_of_one_sender_is_not_that_of_another(tmp_path: Path) -> None:
    async def work(journal: Journal) -> None:
        (tmp_path / "qualtrics").write_text("in the way")
        outcomes = await asyncio.gather(
            journal.keep("answers", b"1"), journal.keep("qualtrics", b"2"), return_exceptions=True
        )
        assert outcomes[0] is None
        assert isinstance(outcomes[1], NotKeptError)

    with_journal(tmp_path, work)


def test_what_waits_for_the_disk_has_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "WAITING_BYTES", 10)

    async def work(journal: Journal) -> None:
        first = asyncio.create_task(journal.keep("answers", b"12345678901"))
        await asyncio.sleep(0)
        with pytest.raises(NotKeptError, match="wait for the disk"):
            await journal.keep("answers", b"1")
        await first

    with_journal(tmp_path, work)


def test_received_is_loaded_and_quarantined_and_waiting(tmp_path: Path) -> None:
    kept(tmp_path, b"1", b"2", b"3")
    segments = Segments(tmp_path / "answers")
    assert segments.standing() == Standing(received=3, loaded=0, quarantined=0, waiting=3)
    segments.settle(segments.extents(), quarantined=1)
    kept(tmp_path, b"4")
    assert segments.standing() == Standing(received=4, loaded=2, quarantined=1, waiting=1)
    assert Segments(tmp_path / "answers").standing() == segments.standing()


def test_a_segment_that_was_loaded_may_be_removed(tmp_path: Path) -> None:
    kept(tmp_path, b"1", b"2")
    segments = Segments(tmp_path / "answers")
    segments.settle(segments.extents())
    for path in segments.folder.glob("*.jsonl"):
        path.unlink()
    assert segments.standing() == Standing(received=2, loaded=2, quarantined=0, waiting=0)


def test_what_was_loaded_of_an_earlier_day_is_let_go_and_still_counted(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    for _ in range(2):
        kept(tmp_path, b'{"n":1}')
    segments = Segments(folder)
    first, second = sorted(segments.extents())
    segments.settle({first: segments.extents()[first]})
    ends = datetime.fromisoformat(f"{second[:10]}T00:00+00:00") + timedelta(days=1)
    assert segments.let_go(ends + timedelta(minutes=59)) == []
    assert segments.let_go(ends + timedelta(hours=1)) == [first]
    assert [path.name for path in folder.glob("*.jsonl")] == [second]
    assert Segments(folder).standing() == Standing(received=2, loaded=1, quarantined=0, waiting=1)


def test_a_load_never_takes_back_what_an_earlier_one_took(tmp_path: Path) -> None:
    kept(tmp_path, b"1", b"2")
    segments = Segments(tmp_path / "answers")
    whole = segments.extents()
    segments.settle(whole)
    segments.settle({name: Extent(2, 1) for name in whole})
    assert segments.standing().waiting == 0


def test_whole_lines_are_handed_to_the_inbox_and_grow_there(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    kept(tmp_path / "received", b"1", b"2")
    segments = Segments(tmp_path / "received" / "answers")
    [path] = segments.folder.glob("*.jsonl")
    with path.open("ab") as file:
        file.write(b'{"half')
    handing.hand_over(segments, inbox)
    [handed] = inbox.glob("*.jsonl")
    assert handed.name == f"received-{path.name}"
    assert handed.read_bytes() == b"1\n2\n"
    with path.open("ab") as file:
        file.write(b'":1}\n')
    assert [extent.lines for extent in handing.hand_over(segments, inbox).values()] == [3]
    assert handed.read_bytes() == b'1\n2\n{"half":1}\n'
    before = handed.stat()
    handing.hand_over(segments, inbox)
    assert handed.stat().st_mtime_ns == before.st_mtime_ns
    assert [each.name for each in inbox.iterdir()] == [handed.name]
