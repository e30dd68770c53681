"""What a load takes of memory: no more for many records than for some, and enough for a large one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingestion import load, warehouse
from tests.benchmarks import canned
from tests.benchmarks.memory import loads

# Groups so small that a hundred thousand records are many.
_SMALL = "landing.GROUP_ROWS = 20_000; warehouse.MEMORY = '150MB'"


@pytest.mark.long
def test_memory_does_not_grow_with_the_records() -> None:
    """The engine fills its share of 150 MB with some 150,000 records: 90 MB of the growth are its due.
    Without a share it would keep a kilobyte of each; rows that stayed in garbage would take 700 bytes:
    180 MB and 126 MB of 180,000 more."""
    some, many = loads(60_000, _SMALL), loads(240_000, _SMALL)
    for name, few, all_of_them in zip(("first", "second"), some, many, strict=True):
        assert all_of_them.received == few.received + 180_000
        grown = all_of_them.megabytes - few.megabytes
        assert grown < 150, f"the {name} load of 240,000 records took {grown:.0f} MB more"


def test_records_too_large_for_the_engines_share_are_loaded_with_all_it_needs(
    monkeypatch: pytest.MonkeyPatch, query: Callable[[str], list[tuple[Any, ...]]], home: Path
) -> None:
    monkeypatch.setattr(canned, "ANSWER", canned.ANSWER.replace("Answer", "x" * 5_000_000))
    monkeypatch.setattr(warehouse, "MEMORY", "16MB")
    given: list[str | None] = []
    pipeline = warehouse.pipeline

    def noted(name: str, memory: str | None) -> Any:
        given.append(memory)
        return pipeline(name, memory)

    monkeypatch.setattr(warehouse, "pipeline", noted)
    with canned.canned(answers=4, invitations=1) as settings:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        report = load.load_source("qualtrics")
    assert given == ["16MB", None]
    assert report.rows["responses"] == 4
    held = query("select count(*), min(length(comment)) > 5000000 from raw_qualtrics.responses")
    assert held == [(4, True)]
