"""`nps backfill`: a source's past, month by month, with progress and an estimate of what is left.

Belongs here: what a person sees. Does not belong here: the order of the loads (`ingestion/backfill.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from orchestration.cli.options import Verbose

if TYPE_CHECKING:
    from ingestion.backfill import Month

_DAY = ["%Y-%m-%d"]


def backfill(
    source: Annotated[str, typer.Argument(help="A vendor whose API can filter by time.")],
    since: Annotated[datetime, typer.Option("--from", formats=_DAY, help="The first day (UTC).")],
    until: Annotated[
        datetime, typer.Option("--to", formats=_DAY, help="The first day that is left out (UTC).")
    ],
    verbose: Verbose = False,
) -> None:
    """Load a span of a vendor's past, month by month; `nps refresh` then builds what was loaded.

    Interrupted or killed, the same command goes on where it ended: a month that is done is not asked for
    again. The cursors of ordinary loads stay where they are.

    Exit code 0: done; 1: a month could not be loaded, those before it are; 2: nothing was started.
    """
    from orchestration.cli import console

    with console.errors_in_one_line(verbose):
        raise typer.Exit(run(source, since.date(), until.date(), verbose))


def run(source: str, since: date, until: date, verbose: bool) -> int:
    """Load the span, report each month, and return the exit code."""
    from ingestion import backfill, errors
    from orchestration import environment, instance, preflight, simulation
    from orchestration.cli import console

    with environment.restored():
        home = environment.prepare()
        preflight.refuse(home)
        done: list[Month] = []
        with simulation.vendors(home), instance.alone(home):
            try:
                span = backfill.planned(source, since, until)
            except errors.ConfigurationError as error:
                raise environment.ConfigurationError(str(error)) from error
            log = None if verbose else console.log_file(home.logs, "backfill")
            try:
                with console.chatter_in(log) as terminal:
                    for month in _shown(terminal, source, len(span), backfill.backfill(source, span)):
                        done.append(month)
            except (errors.LoadError, errors.LoadMismatchError) as error:
                write(done, console.out)
                console.say_error(f"{error}; {len(done)} of {len(span)} months are done; run this again")
                return console.FAILED
        write(done, console.out)
        return 0


def _shown(terminal: Console, source: str, months: int, done: Iterator[Month]) -> Iterator[Month]:
    """The months as they are done; a bar meanwhile, and where nobody looks a line for each."""
    bar = Progress(
        TextColumn("  {task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=terminal,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
        disable=not terminal.is_terminal,
    )
    with bar:
        task = bar.add_task(source, total=months)
        for month in done:
            bar.advance(task)
            if not terminal.is_terminal:
                terminal.print(f"  {source} {month.window.start:%Y-%m} {_took(month)}", style="dim")
            yield month


def _took(month: Month) -> str:
    return "was done before" if month.report is None else f"{month.report.seconds:.1f} s"


def write(done: list[Month], console: Console) -> None:
    """A row for each month: what came, what of it is new, and what is in quarantine."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("from", "up to"):
        table.add_column(heading)
    for heading in ("received", "new", "quarantined", "time"):
        table.add_column(heading, justify="right")
    for month in done:
        report = month.report
        brought = (report.received, report.rows, report.quarantined) if report else ()
        counts = [f"{sum(each.values()):,}" for each in brought] or ["", "", ""]
        days = (f"{month.window.start:%Y-%m-%d}", f"{month.window.end:%Y-%m-%d}")
        table.add_row(*days, *counts, _took(month))
    console.print(table)
