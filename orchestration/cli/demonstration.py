"""`nps demo`: simulate, run the real pipeline against the simulated vendors, and show the result."""

from __future__ import annotations

import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration import environment, simulation
from orchestration.cli import console as speak
from orchestration.cli import figures, refreshing
from orchestration.environment import Home
from publication import pages, reader
from review import reports

HEADLINES = (
    ("The company", "company", "all_time"),
    ("By customer value", "customer_value_tier", "trailing_365d"),
    ("By journey stage", "journey_stage", "trailing_365d"),
)
NOT_DISTINGUISHABLE = "not distinguishable"


def run(answers: int, accounts: int | None, seed: int | None, days: int, verbose: bool) -> int:
    """Simulate (or let `days` pass), refresh, print the headline, and return the exit code."""
    with environment.restored():
        os.environ["NPS_COMPANY"] = str(environment.SIMULATED)  # whatever company is this person's own
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
    """Print NPS with its interval by value, stage and branch, and the places of all files."""
    for title, by, period in HEADLINES:
        console.print()
        console.print(figures.table(reader.show(home.published, by, period, last=1), title))
    console.print()
    console.print(branches(home))
    console.print()
    console.print(places(home))


def branches(home: Home) -> Table:
    """The branches that differ from the rest of the company, and the number of those that do not."""
    cards = reader.scorecards(home.published, "relationship")
    compared = [card for card in cards if card.standing is not None]
    differing = sorted(
        (card for card in compared if card.standing != NOT_DISTINGUISHABLE),
        key=lambda card: (card.best_rank or 0, card.branch_name),
    )
    alike = len(compared) - len(differing)
    return figures.scorecards(
        differing,
        f"By branch, relationship: {alike} of {len(compared)} are {NOT_DISTINGUISHABLE}"
        + (", the others" if differing else ""),
    )


def places(home: Home) -> Table:
    """What was made, and where it is."""
    table = Table(box=None, show_header=False, pad_edge=False)
    current = home.published / "current"
    for what, where in (
        ("everything, by links", home.reports / reports.INDEX),
        ("pages to read", current / pages.FOLDER / pages.INDEX),
        ("published tables", current / "nps.duckdb"),
        ("as Parquet", current / "parquet"),
        ("manifest", current / "manifest.json"),
        ("true figures", home.demo / "truth.json"),
    ):
        table.add_row(what, _relative(where))
    return table


def _relative(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
