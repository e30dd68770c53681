"""What the receiver has kept, before and after a load: answers go to the inbox, what was taken is settled and
let go once the guard has read it.

A load of files takes the answers themselves. A load of a vendor that posts events asks its API for what
they name, so it has taken all that came before it began. Belongs here: what a load means for the journal.
Does not belong here: when to load (`received.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ingestion import warehouse
from ingestion.files.inbox import bytes_hash
from orchestration.environment import Home
from receiver import handing, senders
from receiver.segments import Segments

_ANSWERS = Path("surveys") / "responses"
_TABLE = "surveys_responses"
_FILES = "files"


@contextmanager
def taken(home: Home, source: str) -> Iterator[None]:
    """A load of this source; if it fails, what was received goes on waiting."""
    for sender in senders.known().values():
        segments = Segments(home.received / sender.name)
        if sender.source == source and segments.folder.is_dir():
            break
    else:
        yield
        return
    if source != _FILES:
        before = segments.extents()
        yield
        segments.settle(before)
        return
    handed = handing.hand_over(segments, home.inbox / _ANSWERS)
    hashes = {name: bytes_hash(home.inbox / _ANSWERS / handing.file_name(name)) for name in handed}
    yield
    read, quarantined = _read_by_loads()
    segments.settle(
        {
            name: extent
            for name, extent in handed.items()
            if read.get(handing.file_name(name)) == hashes[name]
        },
        quarantined,
    )


def let_go(home: Home, now: datetime) -> None:
    """Remove what loads have taken of earlier days, here and in the inbox, once the guard has read it again:
    raw has it, and the vault its texts."""
    for sender in senders.known().values():
        segments = Segments(home.received / sender.name)
        segments.let_go(now)
        if sender.source == _FILES:
            there = {handing.file_name(path.name) for path in segments.folder.glob("*.jsonl")}
            for path in (home.inbox / _ANSWERS).glob(f"{handing.PREFIX}*.jsonl"):
                if path.name.removeprefix(handing.PREFIX) in segments.extents() and path.name not in there:
                    path.unlink()


def waiting(home: Home, sources: Collection[str]) -> list[str]:
    """Those of the sources for which something was received that no load has taken."""
    posting = [sender for sender in senders.known().values() if sender.source in sources]
    return [each.source for each in posting if Segments(home.received / each.name).standing().waiting]


def _read_by_loads() -> tuple[dict[str, str], int]:
    """The hash of each received file at its last reading, and how many of their rows are in quarantine."""
    pattern = f"{handing.PREFIX}%"
    with warehouse.pipeline(_FILES).sql_client() as client:
        table = client.make_qualified_table_name
        read = client.execute_sql(
            f"select file_name, arg_max(file_hash, _dlt_load_id) from {table('intake')} "
            "where table_name = %s and file_name like %s group by file_name",
            _TABLE,
            pattern,
        )
        [(quarantined,)] = client.execute_sql(
            f"select count(distinct (origin, position)) from {table('quarantine')} as quarantine "
            "where table_name = %s and origin like %s and not exists ("
            f"select 1 from {table('withdrawals')} as gone where gone.table_name = quarantine.table_name "
            "and gone.origin = quarantine.origin and gone.original_hash = quarantine.original_hash)",
            _TABLE,
            pattern,
        ) or [(0,)]
    return {name: hashed.partition(":")[0] for name, hashed in read or []}, quarantined
