"""`make bench`: the cost of each stage, of one more day, and the ratio to a hand-written script.

Prints figures, never a verdict. The vendors run in a process of their own; their time is that process's CPU
time while a source loads, and is shown beside the loader's. The named baseline is `baseline_*.sql`: a DuckDB
script in four parts that makes the same `nps_scores` from the same data as Parquet, without history,
quarantine, checks or publication. Both results are compared column by column, so that the ratio compares
equal work.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import duckdb
import httpx
import psutil
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from demo import inbox, server
from orchestration import environment
from tests.companies import speak_for_verdant
from tests.comparison import differences

HISTORY_END = date(2026, 1, 1)
SOURCES = ("salesforce", "stripe", "qualtrics", "files")
PROOFS = ("guard", "recount", "agreement")
AGAIN = "read again"
CSV_ROWS = (1_000_000, 4_000_000)  # beside the pipeline, at every size: the target is rows/s of one file
CELL = (
    *("survey_type", "measure", "period_grain", "period_start", "period_end"),
    *("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel"),
)
MAXIMUM_PAGE = 50_000  # the vendors' small pages would measure the vendors


@dataclass(frozen=True)
class Measured:
    """A stage's wall seconds, rows, peak memory in bytes, the vendors' own seconds in it, and its own CPU
    seconds over all cores, which other work on the machine disturbs less."""

    stage: str
    seconds: float
    rows: int
    peak_bytes: int
    vendor_seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def own_seconds(self) -> float:
        """Seconds without the vendors' own."""
        return max(self.seconds - self.vendor_seconds, 1e-9)


def measure(stage: str, world: Path, as_of: date, argument: str = "", vendor: int | None = None) -> Measured:
    """Run a stage in a process of its own. Raises SystemExit with its output when it fails."""
    process = psutil.Process(vendor) if vendor else None
    before = _cpu(process)
    command = [
        sys.executable,
        "-m",
        "tests.benchmarks.stages",
        stage,
        str(world),
        as_of.isoformat(),
        argument,
    ]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=output, stderr=errors, cwd=environment.CHECKOUT)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        if child.returncode:
            raise SystemExit(f"{stage} {argument} failed:\n{output.read()[-3000:]}{errors.read()[-3000:]}")
        figures = json.loads(output.read().strip().splitlines()[-1])
    rows = figures["rows"] if figures["rows"] >= 0 else answers_in_mart()
    name = f"{stage} {argument}".strip() if stage != "generate" else stage
    peak, vendors_own = usage.ru_maxrss * 1024, _cpu(process) - before
    return Measured(name, figures["seconds"], rows, peak, vendors_own, figures["cpu_seconds"])


def answers_in_mart() -> int:
    """Answers received, as the mart has them."""
    with duckdb.connect(str(environment.home().warehouse), read_only=True) as connection:
        return int(connection.execute("select count(*) from marts.fct_survey_responses").fetchall()[0][0])


def _cpu(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


@contextmanager
def vendors(world: Path, maximum_page: int | None = MAXIMUM_PAGE) -> Iterator[tuple[str, int]]:
    """The simulated vendors in a process of their own, without faults: its address and process id. Without a
    `maximum_page`, pages are as large as the vendors' own."""
    command = [
        sys.executable,
        "-m",
        "demo.server",
        "--world",
        str(world),
        "--now",
        f"{HISTORY_END}T00:00:00Z",
    ]
    command += ["--maximum-page", str(maximum_page)] if maximum_page else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=environment.CHECKOUT)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.wait()


def refresh(world: Path, as_of: date, vendor: int) -> list[Measured]:
    """Every stage from the vendors' pages and the inbox to the published copy, in order."""
    os.environ["NPS_AS_OF"] = as_of.isoformat()
    midnight = datetime.combine(as_of, time_of_day(), UTC)
    inbox.deliver(pq.read_table(world / "erasures.parquet"), midnight, environment.home().inbox)
    measured = [measure("load", world, as_of, source, vendor) for source in SOURCES]
    stages = (AGAIN, "build", "build publication", *PROOFS, "publish")
    return measured + [measure(stage, world, as_of) for stage in stages]


def differences_from_baseline() -> dict[str, int]:
    """In how many rows each column of the published scores is not what the hand-written script has."""
    home = environment.home()
    with duckdb.connect(str(home.published / "current" / "nps.duckdb"), read_only=True) as connection:
        by_hand = connection.read_parquet(str(home.path / "baseline.parquet"))
        connection.register("by_hand", by_hand)
        return differences(connection, "by_hand", "nps_scores", CELL)


def report(console: Console, title: str, measured: list[Measured]) -> None:
    """Print one table of figures."""
    table = Table(title=title, title_justify="left")
    for column in ("stage", "seconds", "of it vendors", "CPU s", "rows", "rows/s (own time)", "peak MiB"):
        table.add_column(column, justify="left" if column == "stage" else "right")
    for one in measured:
        table.add_row(
            one.stage,
            f"{one.seconds:,.2f}",
            f"{one.vendor_seconds:,.2f}" if one.vendor_seconds else "",
            f"{one.cpu_seconds:,.2f}",
            f"{one.rows:,}",
            f"{one.rows / one.own_seconds:,.0f}",
            f"{one.peak_bytes / 2**20:,.0f}",
        )
    console.print(table)


def bench(console: Console, answers: int, folder: Path) -> None:
    """All figures at one size."""
    os.environ["NPS_HOME"] = str(folder)
    speak_for_verdant()
    os.environ["NPS_VENDORS"] = ",".join(sorted(SOURCES))
    environment.prepare()
    world = folder / "world"
    generated = measure("generate", world, HISTORY_END, str(answers))
    with vendors(world) as (address, vendor):
        os.environ.update(server.environment(address))
        answers_alone = measure("load answers", world, HISTORY_END, vendor=vendor)
        full = refresh(world, HISTORY_END, vendor)
        byhand = measure("baseline", world, HISTORY_END)
        csv = [
            measure(stage, world, HISTORY_END, str(rows))
            for rows in CSV_ROWS
            for stage in ("load CSV", "read CSV again")
        ]
        different = differences_from_baseline()
        report(console, f"{answers:,} answers: everything", [generated, *full, byhand, *csv])
        report(
            console, f"{answers:,} answers: Qualtrics' answers alone, from exports to raw", [answers_alone]
        )
        report_ratios(console, full, byhand, different)
        report_second_reading(console, full)
        tomorrow = HISTORY_END + timedelta(days=1)
        httpx.post(f"{address}/_demo/clock", json={"now": f"{tomorrow}T00:00:00Z"}).raise_for_status()
        one_more = refresh(world, tomorrow, vendor)
    total, again = own_seconds(full), own_seconds(one_more)
    report(console, f"{answers:,} answers: one more day after three years", one_more)
    console.print(f"one more day / full build: {again:.1f} s / {total:.1f} s = {again / total:.1%}\n")


def report_ratios(
    console: Console, full: list[Measured], byhand: Measured, different: dict[str, int]
) -> None:
    """The whole against the hand-written script, and the proofs against the rest."""
    total, proofs = own_seconds(full), own_seconds([one for one in full if one.stage in PROOFS])
    console.print(
        f"whole pipeline / hand-written script: {total:.1f} s / {byhand.seconds:.1f} s"
        f" = {total / byhand.seconds:.1f}; rows that differ between the two, by column: {different or 0}"
    )
    console.print(
        f"{', '.join(PROOFS)} / the rest of the pipeline: {proofs:.1f} s / {total - proofs:.1f} s"
        f" = {proofs / (total - proofs):.1%}"
    )


def report_second_reading(console: Console, full: list[Measured]) -> None:
    """The second reading against the loads that it reads again."""
    [again] = [one for one in full if one.stage == AGAIN]
    loads = own_seconds([one for one in full if one.stage.startswith("load ")])
    console.print(f"{AGAIN} / the loads: {again.seconds:.1f} s / {loads:.1f} s = {again.seconds / loads:.1%}")


def machine() -> str:
    """When, and on what."""
    size = f"{os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"
    return f"{time.strftime('%Y-%m-%d')}, {size}, Python {sys.version.split()[0]}\n"


def own_seconds(measured: list[Measured]) -> float:
    """Together, without the vendors' time."""
    return sum(one.own_seconds for one in measured)


def main() -> None:
    """Measure at the sizes asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--answers", type=int, nargs="+", default=[100_000, 1_000_000])
    options = parser.parse_args()
    console = Console(width=110)
    console.print(machine())
    for answers in options.answers:
        with tempfile.TemporaryDirectory(prefix="nps-bench-") as folder:
            bench(console, answers, Path(folder))


if __name__ == "__main__":
    main()
