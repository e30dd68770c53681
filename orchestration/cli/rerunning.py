"""`nps audit rerun`: a past publication made again, and what came of it in a few lines."""

from __future__ import annotations

import os

from rich.console import Console

from orchestration import environment
from orchestration.cli import console as speak
from orchestration.cli import refreshing
from orchestration.rerun import Rerun, rerun
from publication.wording import count

_SHOWN = 12


def run(named: str | None, verbose: bool) -> int:
    """Make it again, say what is the same and what is not, and return the exit code."""
    with environment.restored():
        environment.prepare()
        os.environ["NPS_PAGES"] = "off"
        with refreshing.watched("rerun", verbose):
            made = rerun(named)
    write(made, speak.out)
    return 0 if made.is_the_same else speak.FAILED


def write(made: Rerun, console: Console) -> None:
    """What it was made from, and whether it is the same."""
    was, compared = made.made_from, made.compared
    loads, rows = (
        sum(each.number for each in was.raw.values()),
        sum(sum(each.rows.values()) for each in was.raw.values()),
    )
    _say(console, f"publication {made.sequence} ({made.version}), as of {was.as_of}")
    if made.lacking:
        _listed(console, "✗ raw is not what it was", made.lacking)
    else:
        _say(console, f"✓ raw as it was: {count(loads)} loads, {count(rows)} rows")
    _say(console, f"✓ the company's folder as it was: {count(len(was.company))} files")
    if made.other:
        _listed(console, "· the release is another one", made.other)
    else:
        _say(console, "✓ the release is the one that made it")
    if made.is_the_same:
        _say(
            console,
            f"✓ every cell of {count(compared.tables)} tables ({count(compared.rows)} rows) and every one of"
            f" {count(compared.figures)} figures in the ledger is built again as it was published",
        )
    for each in compared.differences:
        numbers = "is not the same"
        if each.lost is not None and each.added is not None:
            numbers = f"{count(each.lost)} rows that were published are gone, {count(each.added)} are new"
        _listed(console, f"✗ {each.table}: {numbers}", each.examples)


def _listed(console: Console, title: str, lines: tuple[str, ...]) -> None:
    _say(console, title)
    for line in lines[:_SHOWN]:
        _say(console, f"    {line}")
    if len(lines) > _SHOWN:
        _say(console, f"    and {count(len(lines) - _SHOWN)} more")


def _say(console: Console, line: str) -> None:
    console.print(line, soft_wrap=True, markup=False, highlight=False)
