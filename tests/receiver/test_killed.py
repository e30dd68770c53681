"""kill -9 under load: every answer that was acknowledged is there afterwards, whole."""

import asyncio
import json
from itertools import count
from pathlib import Path

import pytest

from receiver.segments import Segments
from tests.receiver.listening import listening, posted_until_it_dies

pytestmark = pytest.mark.xdist_group("receiver")


def killed(root: Path, times: int, seconds: float) -> None:
    """The receiver is killed so many times; what it acknowledged is what is there, or less."""
    acknowledged: list[str] = []
    ids = (f"R{number}" for number in count())
    for _ in range(times):
        with listening(root) as receiver:
            before = len(acknowledged)
            acknowledged += asyncio.run(posted_until_it_dies(receiver, ids, seconds))
            assert len(acknowledged) > before
    folder = root / "home" / "received" / "answers"
    extents = Segments(folder).extents()
    assert len(extents) == times
    kept = [
        json.loads(line)["response_id"]
        for name, extent in extents.items()
        for line in (folder / name).read_bytes()[: extent.size].splitlines()
    ]
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))


def test_no_acknowledged_answer_is_lost(tmp_path: Path) -> None:
    killed(tmp_path, times=2, seconds=0.5)


@pytest.mark.long
def test_no_acknowledged_answer_is_lost_in_fifty_crashes(tmp_path: Path) -> None:
    killed(tmp_path, times=50, seconds=0.7)
