"""How the tests are shared among workers: what one of them builds, none of the others builds again.

Does not belong here: what any of them proves.
"""

import re
import subprocess
import sys
from pathlib import Path

GROUPED = """import pytest

@pytest.mark.xdist_group("shared")
@pytest.mark.parametrize("number", range(4))
def test_one_of_several(number: int) -> None:
    assert number >= 0
"""


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
