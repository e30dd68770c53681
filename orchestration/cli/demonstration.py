"""`nps demo`: simulate, run the real pipeline against the simulated vendors, and show what came out."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration import environment, simulation
from orchestration.cli import console as speak
from orchestration.cli import figures, refreshing
from orchestration.environment import Home
from publication import reader

HEADLINES = (
    ("The company", "company", "all_time"),
    ("By customer value", "customer_value_tier", "trailing_365d"),
    ("By journey stage", "journey_stage", "trailing_365d"),
)
BEST_AND_WORST = 5
UNASSIGNED = "Unassigned"


def run(answers: int, accounts: int | None, seed: int | None, days: int, verbose: bool) -> int:
    """Simulate (or let `days` pass), refresh, print the headline, and return the exit code."""
    with environment.restored():
        home = environment.prepare()
        with refreshing.watched("demo", verbose) as log:
            if days:
                simulation.advance(home, days)
            else:
                simulation.found(home, answers, accounts, seed)
            report = refreshing.refreshed(home)
        code = refreshing.conclude(report, log)
    if code == 0:
        headline(home, speak.out)
    return code


def headline(home: Home, console: Console) -> None:
    """NPS with its interval by value, stage and branch, and where everything is."""
    for title, by, period in HEADLINES:
        console.print()
        console.print(figures.table(reader.show(home.published, by, period, last=1), title))
    console.print()
    console.print(branches(home))
    console.print()
    console.print(places(home))


def branches(home: Home) -> Table:
    """The best and the worst branches with a reportable relationship score."""
    scores = reader.show(home.published, "branch", "trailing_365d", "relationship", last=1)
    scored = [score for score in scores if score.nps is not None and score.members != (UNASSIGNED,)]
    ranked = sorted(scored, key=lambda score: score.nps or 0.0, reverse=True)
    several = len(ranked) > 2 * BEST_AND_WORST
    ends = [*ranked[:BEST_AND_WORST], *ranked[-BEST_AND_WORST:]] if several else ranked
    return figures.table(ends, f"By branch, the best and the worst of {len(ranked)} with a score")


def places(home: Home) -> Table:
    """What was made, and where."""
    table = Table(box=None, show_header=False, pad_edge=False)
    current = home.published / "current"
    for what, where in (
        ("published tables", current / "nps.duckdb"),
        ("as Parquet", current / "parquet"),
        ("what was published", current / "manifest.json"),
        ("the guard's report", home.data_docs),
        ("what is true", home.demo / "truth.json"),
    ):
        table.add_row(what, _relative(where))
    return table


def _relative(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
