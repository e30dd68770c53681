"""`make mutate` and `make clean-runs`: every careless change must be stopped, and nothing sound may be.

Exit code 1 when a mutation survives or a clean run is stopped.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from rich.console import Console

from tests.mutation import catalogue, report, running
from tests.mutation.worker import Outcome

FIRST_SEED = 1_000


def main() -> int:
    """Run what the arguments say; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("names", nargs="*", help="mutations or concerns to try (default: all)")
    parser.add_argument("--clean", type=int, metavar="RUNS", help="run this many clean companies instead")
    parser.add_argument("--draw", type=int, metavar="N", help="try only N of them, drawn by today's date")
    parser.add_argument("--report", type=Path, help="also write PATH.md and PATH.json")
    parser.add_argument("--workers", type=int, default=running.WORKERS)
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    if options.clean:
        return clean(console, options.clean, options.workers)
    return mutate(console, set(options.names), options.workers, options.report, options.draw)


def mutate(
    console: Console, names: set[str], workers: int, path: Path | None, drawn: int | None = None
) -> int:
    """Try the named mutations, or so many of them that today's date draws; 1 when one survives."""
    started = time.monotonic()
    chosen = {
        concern: [m for m in members if not names or m.name in names or concern in names]
        for concern, members in catalogue.by_concern().items()
    }
    tried = [mutation for members in chosen.values() for mutation in members]
    if drawn is not None:
        tried = Random(date.today().isoformat()).sample(tried, min(drawn, len(tried)))
    if not tried:
        raise SystemExit(f"no mutation or concern is called {', '.join(sorted(names))}")
    outcomes = {o.name: o for o in _told(console, running.try_all(tried, workers), len(tried))}
    console.print(report.mutation_table(chosen, outcomes))
    console.print(report.checks_table(list(outcomes.values())))
    if path:
        report.write(path, chosen, outcomes)
    survivors = [outcome.name for outcome in outcomes.values() if outcome.stopped_by is None]
    stopped, took = len(tried) - len(survivors), time.monotonic() - started
    console.print(f"{stopped} of {len(tried)} mutations stopped in {took:.0f} s")
    for name in survivors:
        console.print(f"[red]survived: {name}")
    return 1 if survivors else 0


def clean(console: Console, runs: int, workers: int) -> int:
    """Refresh so many other companies; 1 when anything objects."""
    started = time.monotonic()
    seeds = range(FIRST_SEED, FIRST_SEED + runs)
    alarms = [o for o in _told(console, running.run_all_clean(seeds, workers), runs) if o.stopped_by]
    for outcome in alarms:
        console.print(f"[red]false alarm: {outcome.name}: {outcome.stopped_by}")
    console.print(f"{len(alarms)} false alarms in {runs} clean runs, {time.monotonic() - started:.0f} s")
    return 1 if alarms else 0


def _told(console: Console, outcomes: Iterator[Outcome], expected: int) -> Iterator[Outcome]:
    """A line for each outcome as it comes, so that a run of minutes shows where it is."""
    for at, outcome in enumerate(outcomes, 1):
        found = outcome.stopped_by
        verdict = f"{found.check} ({found.stage})" if found else "published"
        console.print(
            f"{at:>3}/{expected} {outcome.name}: {verdict}, {outcome.seconds:.1f} s", highlight=False
        )
        yield outcome


if __name__ == "__main__":
    sys.exit(main())
