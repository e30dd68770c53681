"""`python -m tests.benchmarks.memory`: what memory a load takes, by the number of records.

A canned Qualtrics sends answers and twice as many invitations. Each load is a process of its own, and so is
the load after it, of the same records, which compares all of them with raw. Prints figures, never a verdict;
the verdict is in `tests/ingestion/test_memory.py`. CPU seconds are without the vendor's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Final, NamedTuple

from orchestration import environment
from tests.benchmarks.canned import canned

RECORDS: Final = (100_000, 1_000_000)
_LOAD: Final = """
import json, time
from pathlib import Path
from ingestion import landing, load, warehouse
{before}
received = sum(load.load_source("qualtrics").received.values())
[peak] = [line.split()[1] for line in Path("/proc/self/status").open() if line.startswith("VmHWM")]
print(json.dumps([received, int(peak) * 1024 / 1_000_000, time.process_time()]))
"""


class Peak(NamedTuple):
    """Of one process: the versions it received, its largest resident memory in megabytes, its CPU seconds."""

    received: int
    megabytes: float
    cpu_seconds: float


def load(settings: dict[str, str], home: str, before: str = "") -> Peak:
    """Loads Qualtrics into a state folder, in a process of its own, after the statements `before`."""
    command = [sys.executable, "-c", _LOAD.format(before=before)]
    own = {**os.environ, **settings, "NPS_HOME": home}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=own, cwd=environment.CHECKOUT
    )
    return Peak(*json.loads(done.stdout.splitlines()[-1]))  # after the engine's progress


def loads(records: int, before: str = "") -> Iterator[Peak]:
    """The first load of so many records, and one of the same records again."""
    answers = records // 3
    with tempfile.TemporaryDirectory() as home, canned(answers, records - answers) as settings:
        yield load(settings, home, before)
        yield load(settings, home, before)


def main() -> None:
    """Measure at the sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, nargs="+", default=RECORDS)
    print(f"{'records':>12} {'load':12} {'peak MB':>8} {'CPU s':>8}  load of the machine")
    for records in parser.parse_args().records:
        for name, peak in zip(("first", "nothing new"), loads(records), strict=True):
            figures = f"{peak.megabytes:8,.0f} {peak.cpu_seconds:8,.1f}  {os.getloadavg()[0]:.0f}"
            print(f"{records:12,} {name:12} {figures}", flush=True)


if __name__ == "__main__":
    main()
