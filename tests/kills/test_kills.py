"""A refresh that is killed leaves nothing behind: one moment that the date draws; `make kills` has more."""

import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tests.kills.company import Company, Held
from tests.kills.killing import Reader, differences, killed, measured


@pytest.mark.long
def test_after_a_kill_and_a_refresh_everything_is_as_without_the_kill(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.found()
    expected, seconds = measured(company)
    moment = Random(datetime.now(UTC).date().toordinal()).random()
    assert killed(company, moment * seconds, expected) == [], f"after {moment:.3f} of {seconds:.1f} s"


def test_what_a_kill_may_leave_is_seen(tmp_path: Path) -> None:
    """A reader who finds no publication, a table that differs, and rows of no load."""
    with Reader(tmp_path / "published") as beside:
        time.sleep(0.3)
    assert beside.failed
    whole = Held({"marts.a": "1 x", "marts.b": "1 y"}, {"nps_scores": "h"}, {"raw_files.a": 0})
    left = Held({"marts.a": "2 x"}, {"nps_scores": "g"}, {"raw_files.a": 3})
    assert differences(whole, whole) == []
    assert differences(whole, left) == [
        "raw_files.a has 3 orphan rows",
        "marts.a differs",
        "marts.b differs",
        "published nps_scores differs",
    ]
