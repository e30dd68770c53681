"""How the tests are shared among workers: what one of them builds, none of the others builds again.

Does not belong here: what any of them proves.
"""

import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.architecture.test_repository import ROOT
from tests.cases.every import of_modules
from tests.sampling import of_the_day
from tests.slow import SLOW

GROUPED = """import pytest

@pytest.mark.xdist_group("shared")
@pytest.mark.parametrize("number", range(4))
def test_one_of_several(number: int) -> None:
    assert number >= 0
"""


CLOCKED = """import time
import pytest

@pytest.mark.parametrize("moment", [time.time_ns()])
def test_now(moment: int) -> None:
    assert moment
"""


def collected(folder: Path, *further: str) -> list[str]:
    """The ids of the folder's tests, in order, as a process that starts now finds them."""
    options = ["--collect-only", "-q", "-p", "no:cacheprovider"]
    found = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *further, folder],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return [line for line in found.stdout.splitlines() if "::" in line]


@pytest.mark.long
def test_every_process_collects_the_same_tests(request: pytest.FixtureRequest) -> None:
    """Else the workers refuse to begin: an id must not hold a moment or the order of a set."""
    own = [re.sub(r"@[\w-]+$", "", item.nodeid) for item in request.session.items]  # a worker adds the group
    known = set(own)
    assert [name for name in collected(ROOT / "tests") if name in known] == own


def test_an_id_that_holds_a_moment_is_seen(tmp_path: Path) -> None:
    (tmp_path / "test_clocked.py").write_text(CLOCKED)
    assert collected(tmp_path) != collected(tmp_path)


@pytest.mark.parametrize("share", [1, 2, 3, 7])
def test_what_a_day_leaves_out_another_day_has(share: int) -> None:
    days = [date(2026, 12, 30) + timedelta(days=number) for number in range(share)]
    chosen = [each for day in days for each in of_the_day(range(5), share, day)]
    assert sorted(chosen) == [0, 1, 2, 3, 4]


#: What every day runs: the company's truth, the recount, dbt's own tests and the cases from the field.
EVERY_DAY = (
    *("end_to_end/test_published_equals_truth.py", "expectations/test_recount.py", "cases/test_cases.py"),
    *("dbt/test_upstream_answers.py", "dbt/test_downstream/test_downstream_recount.py"),
)


def test_slow_modules_are_there_once_and_none_that_every_day_runs() -> None:
    assert [slow for slow in SLOW if not (ROOT / "tests" / slow).exists()] == []
    assert sorted(SLOW) == sorted(set(SLOW))
    assert [each for each in EVERY_DAY for slow in SLOW if Path(each).is_relative_to(slow)] == []


def test_the_long_suite_has_the_slow_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLOW_SHARE", raising=False)  # of `make test`, which has those that the date draws
    assert '-m "long or many or slow"' in (ROOT / "Makefile").read_text("utf-8")
    assert collected(ROOT / "tests" / "look" / "test_dialects.py", "-m", "slow")


@pytest.mark.long
def test_cases_that_share_a_build_have_the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANY_SHARE", "4")
    today = "\n".join(collected(ROOT / "tests" / "cases" / "test_cases.py"))
    drawn = {
        module: {f"[{case.kind.replace(' ', '_')}]" in today for case in cases}
        for module, cases in of_modules().items()
    }
    assert all(len(said) == 1 for said in drawn.values()), drawn
    assert {True} in drawn.values()
    assert {False} in drawn.values()


def test_a_group_stays_on_one_worker(tmp_path: Path) -> None:
    """Releases of pytest and pytest-xdist that do not fit share groups out like any test, without a word."""
    for name in ("here", "there"):
        (tmp_path / f"test_{name}.py").write_text(GROUPED)
    options = ["-v", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    workers = re.findall(r"\[(gw\d)\].* PASSED", ran.stdout)
    assert len(workers) == 8
    assert len(set(workers)) == 1
