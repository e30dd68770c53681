"""`nps refresh`: progress during the run, a short table at the end, a reliable exit code."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from orchestration import environment, logs, progress, simulation
from orchestration.cli import console as speak
from orchestration.environment import Home
from publication.wording import count

if TYPE_CHECKING:
    from orchestration.acceptance import Accepted
    from orchestration.report import RefreshReport

LIMITS = "limits"
SHOWN = 20
STAGES = {
    "simulate": "simulate the company",
    "start": "start the engine",
    "restore": "restore what was there",
    "load": "load what is new",
    "build": "build the models",
    "prepare": "start the models",
    "guard": "check the definition",
    "publish": "publish",
    "copy": "copy what is published",
    "tell": "tell subscribers",
}


def run(verbose: bool, accept: Sequence[str] = (), reason: str | None = None) -> int:
    """Refresh, report the result, and return the exit code.

    `accept` names limits that may be exceeded, `reason` says why. Raises ConfigurationError, before anything
    is started, if these are not understood.
    """
    from orchestration import acceptance, erasing, retaining

    accepted = acceptance.read(accept, reason)
    with environment.restored():
        home = environment.prepare()
        with watched("refresh", verbose) as log:
            report = refreshed(home, accepted)
        code = conclude(report, log)
        for line in (*erasing.remarks(home), *retaining.remarks(home)):
            speak.out.print(line, style="yellow", markup=False, soft_wrap=True)
        return code


def replay(verbose: bool, accept: Sequence[str] = (), reason: str | None = None) -> int:
    """Rebuild from raw, report the result, and return the exit code. `accept` and `reason` as in `run`.

    A simulated company's vendors are not started; only its day counts.
    """
    from orchestration import acceptance

    accepted = acceptance.read(accept, reason)
    with environment.restored():
        home = environment.prepare()
        if company := simulation.state(home):
            os.environ["NPS_AS_OF"] = company.today.isoformat()
        with watched("replay", verbose) as log:
            progress.report("start", "")
            from orchestration.refresh import replay as rebuild

            report = rebuild(accepted)
        return conclude(report, log)


def refreshed(home: Home, accepted: Sequence[Accepted] = ()) -> RefreshReport:
    """One refresh; in the home of a simulated company its vendors run meanwhile."""
    progress.report("start", "")
    with simulation.vendors(home, lambda: import_module("orchestration.refresh")):
        from orchestration.refresh import refresh

        return refresh(accepted)


def conclude(report: RefreshReport, log: Path | None) -> int:
    """Print the short table and, after a failure, what stopped the run; return the exit code."""
    summary(report, speak.out)
    if report.succeeded:
        if logs.are_json():
            done = "published" if report.changed else "nothing changed"
            message = f"{done}: version {report.version}, {report.seconds:.0f} s"
            print(logs.line("info", message, "end"), file=sys.stderr, flush=True)
        return 0
    for line in report.exceeded:
        speak.say_error(line)
    if report.went_on:
        for line in report.gaps:
            speak.say_error(line)
        without = f"version {report.version} is published without what is new there"
        where = f"; details in {log}" if log else ""
        speak.say_error(f"not every source could be loaded: {without}{where}")
        return speak.FAILED
    for failed in report.failed_checks[1:]:
        if not (report.exceeded and failed.check == LIMITS):
            speak.say_error(f"{failed.check} on {failed.asset}: {failed.finding}")
    if report.exceeded:
        speak.say_error('to publish anyway, with a reason: nps refresh --accept LIMIT[:SUBJECT] --reason "…"')
    for source in report.never_loaded:
        accepting = f'nps refresh --accept incomplete_source:{source} --reason "…"'
        speak.say_error(f"nothing was ever loaded of {source}; to publish without it: {accepting}")
    stays = f"the previous publication stays ({report.version})"
    if report.changed:
        stays = f"version {report.version} is published"
    elif report.version is None:
        stays = "nothing is published yet"
    where = f"; details in {log}" if log else ""
    first = report.failed_checks[0].check if report.failed_checks else ""
    error = f"{len(report.exceeded)} limits exceeded" if report.exceeded and first == LIMITS else report.error
    speak.say_error(f"stopped at {report.failed_step or LIMITS}: {error}; {stays}{where}")
    return speak.FAILED


@contextmanager
def watched(command: str, verbose: bool) -> Iterator[Path | None]:
    """Show progress on standard error; the steps' own output goes to the log file that is yielded."""
    file = speak.log_file(environment.home().logs, command)
    log = None if verbose else file
    logs.begin(file.stem)
    with speak.chatter_in(log) as terminal, _shown(terminal, live=not verbose):
        yield log


def summary(report: RefreshReport, console: Console) -> None:
    """The short table at the end."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column()
    for load in report.loads:
        kept = f"{count(load.quarantined)} in quarantine" if load.quarantined else ""
        table.add_row(load.source, count(load.rows), f"new rows  {kept}".rstrip())
    if report.standing_since is None:
        table.add_row("models", count(report.models), "built")
        failed = f", {len(report.failed_checks)} failed" if report.failed_checks else ""
        table.add_row("checks", count(report.checks_passed), f"passed{failed}")
    console.print(table)
    if report.standing_since is not None:
        console.print(f"nothing is new: what was built and checked at {report.standing_since} still holds")
    for remark in (remark for load in report.loads for remark in load.remarks):
        console.print(remark, style="yellow", markup=False, highlight=False, soft_wrap=True)
    for line in report.shortfall[:SHOWN]:
        console.print(line, style="yellow", markup=False, soft_wrap=True)
    if len(report.shortfall) > SHOWN:
        console.print(f"[dim]and {len(report.shortfall) - SHOWN} more; see marts.audit_unmatched[/]")
    if report.shortfall or any(load.quarantined for load in report.loads):
        console.print("[dim]`nps sources` shows the details, file by file[/]")
    for line in report.accepted:
        console.print(f"accepted: {line}", markup=False, soft_wrap=True)
    for line in report.not_needed:
        console.print(f"--accept {line} had no effect: not exceeded", markup=False, soft_wrap=True)
    if report.succeeded:
        for line in report.gaps:
            console.print(line, style="yellow", markup=False, soft_wrap=True)
    if report.succeeded or report.went_on:
        version = (
            f"published version {report.version}"
            if report.changed
            else (f"nothing changed: version {report.version} stays")
        )
        console.print(f"{version} [dim](as of {report.as_of}, {report.seconds:.0f} s)[/]")
    for problem in report.undelivered:
        speak.say_error(problem)


@contextmanager
def _shown(terminal: Console, live: bool) -> Iterator[None]:
    """Show the stages: a live line on a terminal, otherwise one line per stage, or JSON for machines."""
    if logs.are_json():
        with progress.listening(logs.Reporter(terminal.file).on_report):
            yield
        return
    display = Progress(terminal, live and terminal.is_terminal)
    with progress.listening(display.on_report):
        if display.animated:
            # Other output belongs in the log: Live would bring it back to the terminal.
            with Live(
                display,
                console=terminal,
                refresh_per_second=4,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            ):
                yield
        else:
            yield
        display.finish()


class Progress:
    """Turns reports into lines; a stage ends when another begins."""

    def __init__(self, terminal: Console, animated: bool) -> None:
        self.terminal, self.animated = terminal, animated
        self.stage, self.detail, self.steps = "", "", 0
        self.began = time.monotonic()

    def on_report(self, stage: str, detail: str) -> None:
        if stage != self.stage:
            self.finish()
            self.stage, self.steps, self.began = stage, 0, time.monotonic()
        self.detail, self.steps = detail, self.steps + 1

    def finish(self) -> None:
        if self.stage:
            took = time.monotonic() - self.began
            self.terminal.print(f"  {STAGES.get(self.stage, self.stage):<24}{took:6.1f} s", style="dim")

    def __rich__(self) -> Text:
        took = time.monotonic() - self.began
        label = STAGES.get(self.stage, self.stage)
        return Text.assemble(
            (f"  {label:<24}", "bold"), f"{took:6.1f} s  ", (self.detail, "dim"), overflow="ellipsis"
        )
