"""`nps init` and `nps check`: a company folder to begin with, and whether one is in order."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from company import approvals, checking, dimensions, reading, writing
from orchestration import environment
from orchestration.cli import console as speak
from orchestration.environment import ConfigurationError


def begin(folder: Path, out: Console) -> None:
    """Write a folder and say what comes next.

    Raises:
        ConfigurationError: something lies there already, or it cannot be written.
    """
    folder = folder.expanduser().resolve()
    try:
        files = writing.write(folder)
    except writing.FolderInUseError as error:
        raise ConfigurationError(str(error)) from error
    for path in files:
        out.print(str(path.relative_to(folder)), style="dim", markup=False)
    out.print(f"Now: export NPS_COMPANY={folder}", soft_wrap=True, markup=False)
    out.print("README.md says what each file holds; nps check says what is wrong with it.")
    out.print(
        f"Its definition is approved by {approvals.PRODUCT} alone, and published so. After your changes:"
        " nps definition propose 1 --by YOU; nps definition approve 1 --by ANOTHER, or YOU with --alone.",
        soft_wrap=True,
        markup=False,
    )


def check(folder: Path | None, out: Console) -> int:
    """Print every mistake, else what each declared dimension costs, one per line; return the exit code."""
    judged = folder.expanduser().resolve() if folder else environment.company_alone()
    if not judged.is_dir():
        raise ConfigurationError(f"{judged} is not a folder; `nps init DIR` writes one")
    mistakes = checking.judge(judged)
    for mistake in mistakes:
        out.print(str(mistake), soft_wrap=True, markup=False)
    if not mistakes:
        if folder is None:
            _say_what_is_stale(out)
        for dimension in dimensions.declared(judged):
            out.print(dimension.cost(), style="dim", soft_wrap=True, markup=False)
        if alone := approvals.alone(reading.definition(judged)):
            out.print(f"approved by the author alone: {', '.join(alone)}", soft_wrap=True, markup=False)
    out.print(f"{judged}: {_counted(len(mistakes))}", style="bold", soft_wrap=True, markup=False)
    return speak.UNUSABLE if mistakes else 0


def _say_what_is_stale(out: Console) -> None:
    from orchestration import gaps  # which imports what loads

    for gap in gaps.standing(environment.home()):
        out.print(gap.sentence, style="yellow", soft_wrap=True, markup=False)


def _counted(mistakes: int) -> str:
    return "in order" if not mistakes else "1 mistake" if mistakes == 1 else f"{mistakes} mistakes"
