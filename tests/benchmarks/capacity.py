"""`python -m tests.benchmarks.capacity`: what a company of a size needs: memory, disk and minutes.

For each number of answers: a simulated company of three years is loaded, built, judged and published whole,
then one more day of it, then nothing new. Each is `nps` in a process of its own; the vendors' is another one.
Prints figures, never a verdict. Larger sizes of single stages: `python -m tests.benchmarks`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

ANSWERS: Final = (4_000, 20_000)
YEARS: Final = 3
_NPS: Final = Path(sys.executable).with_name("nps")


class Used(NamedTuple):
    """Of one command: what it was, its seconds by the clock and on all cores, and the peak resident memory
    of its largest process in megabytes."""

    what: str
    seconds: float
    cpu_seconds: float
    megabytes: float


def used(what: str, home: Path, command: Sequence[str]) -> Used:
    """Run `nps` on a state folder. Raises RuntimeError where it fails."""
    began = time.monotonic()
    with (home.parent / "output").open("wb") as output:
        process = subprocess.Popen(
            [_NPS, *command], env={**os.environ, "NPS_HOME": str(home)}, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"nps {' '.join(command)}: {(home.parent / 'output').read_text('utf-8')}")
    cpu = usage.ru_utime + usage.ru_stime
    return Used(what, time.monotonic() - began, cpu, usage.ru_maxrss * 1024 / 1_000_000)


def megabytes(folder: Path, without: str = "") -> float:
    """What the files of a folder take on disk, without one of its folders."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files if without not in path.parts) / 1_000_000


def measured(answers: int, home: Path) -> Iterator[Used]:
    """Everything, one more day, and nothing new."""
    yield used("all, with the simulation", home, ["demo", "--answers", str(answers)])
    yield used("one more day", home, ["demo", "--days", "1"])
    yield used("nothing new", home, ["demo", "--days", "0"])


def main() -> None:
    """Measure at the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, nargs="+", default=ANSWERS)
    print(f"| answers in {YEARS} years | what | seconds | CPU s | peak MB | state MB | published MB | load |")
    print("|---|---|---|---|---|---|---|---|")
    for answers in parser.parse_args().answers:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            for each in measured(answers, home):
                current = (home / "published" / "current").resolve()
                version = json.loads((current / "manifest.json").read_bytes())["version"]
                assert version == current.name
                sizes = f"{megabytes(home, 'demo'):,.0f} | {megabytes(current):,.0f}"
                figures = f"{each.seconds:,.0f} | {each.cpu_seconds:,.0f} | {each.megabytes:,.0f} | {sizes}"
                print(f"| {answers:,} | {each.what} | {figures} | {os.getloadavg()[0]:.0f} |", flush=True)


if __name__ == "__main__":
    main()
