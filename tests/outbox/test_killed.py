"""kill -9 while tasks are written under a plan of faults: each case has one task, none is lost or twice."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from demo.server import serve
from demo.vendors.faults import Faults
from outbox.standing import standing
from tests.companies import ROOT
from tests.demo.vendor_world import day
from tests.outbox.tasks import crm, task, wanted


def killed(folder: Path, tasks: int, kills: int, seed: int) -> None:
    """The sender is killed so many times, at moments that the seed chooses, while so many tasks wait."""
    random = Random(seed)
    plan = Faults(
        seed, rate_429=0.02, rate_500=0.03, rate_truncated=0.02, rate_failed_late=0.04, rate_reset_late=0.04
    )
    with serve(crm(), day(90), plan) as servers:
        made = servers.tasks["salesforce"].made
        wanted(folder, *map(task, range(tasks)))
        for number in range(kills):
            process = _sending(folder, servers.base_url)
            aim = (number + random.random()) * tasks / (kills + 1)
            while len(made) < aim and process.poll() is None:
                time.sleep(0.002)
            time.sleep(random.random() / 50)
            process.kill()
            process.communicate()
            # Some cases change, and some are not valid any more, while nobody knows what was written.
            wanted(folder, *(task(each, state="invalid") for each in range(number, tasks, 2 * kills)))
        process = _sending(folder, servers.base_url)
        said, _ = process.communicate(timeout=500)
        assert process.returncode == 0, said
    found = standing(folder)
    assert not found.of("dead")
    assert not found.of("waiting")
    assert Counter(each.key for each in made) == dict.fromkeys(
        (each.task.case_key for each in found.of("written")), 1
    )
    assert len(found.tasks) == tasks
    closed = {each.task.case_key for each in found.tasks.values() if each.task.is_closed}
    assert {each.key for each in made if each.fields["Status"] == "Completed"} <= closed
    assert {each.key for each in made if each.fields["Status"] != "Completed"}.isdisjoint(closed)
    assert {each.task.case_key for each in found.of("dropped")} <= closed
    assert sum(plan.injected.values()) > 0


def _sending(folder: Path, base_url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.outbox.sending", str(folder), f"{base_url}/salesforce"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_tasks_survive_kills(tmp_path: Path) -> None:
    killed(tmp_path, tasks=60, kills=2, seed=1)


@pytest.mark.long
def test_a_thousand_tasks_survive_forty_kills(tmp_path: Path) -> None:
    killed(tmp_path, tasks=1_000, kills=40, seed=2)
