"""`python -m tests.benchmarks.loaders`: what each loader costs from API or file to raw, and nothing else.

For comparing two states of the loaders: run it in both, by turns, on the same machine. CPU seconds are those
of the loading process over all cores, without the vendors'.

Belongs here: the loaders alone. Does not belong here: the stages after them (`make bench`).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console

from demo import server
from orchestration import environment
from tests.benchmarks.__main__ import HISTORY_END, measure, report, vendors
from tests.companies import speak_for_verdant

SOURCES = ("salesforce", "stripe", "qualtrics")
ANSWERS, CSV_ROWS = 50_000, 200_000


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=ANSWERS)
    parser.add_argument("--csv-rows", type=int, default=CSV_ROWS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NPS_HOME"] = folder
        speak_for_verdant()
        os.environ["NPS_VENDORS"] = ",".join(SOURCES)
        environment.prepare()
        world = Path(folder) / "world"
        measure("generate", world, HISTORY_END, str(asked.answers))
        with vendors(world) as (address, process):
            os.environ.update(server.environment(address))
            measured = [measure("load", world, HISTORY_END, source, process) for source in SOURCES]
        measured.append(measure("load CSV", world, HISTORY_END, str(asked.csv_rows)))
    title = f"{asked.answers:,} answers over the APIs, {asked.csv_rows:,} rows of CSV"
    report(Console(width=110), title, measured)


if __name__ == "__main__":
    main()
