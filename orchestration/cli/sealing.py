"""What the commands of `nps definition` do and print. Does not belong here: the rules (`company`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from company import approvals, approving, changes, reading
from company.approving import ApprovalError
from company.contents import Content
from orchestration import environment
from orchestration.cli import console as speak
from orchestration.environment import ConfigurationError


def diff(subject: str | None, effect: bool, verbose: bool) -> None:
    """Print what has changed since it was approved, and what that does to published figures.

    Raises:
        ConfigurationError: the folder cannot be read, or nothing is called so.
    """
    folder = environment.company_alone()
    held = reading.definition(folder)
    if held.mistakes:
        raise ConfigurationError(f"{held.mistakes[0]}; `nps check` names every mistake")
    try:
        parts = changes.compared(folder, held, subject)
    except ApprovalError as error:
        raise ConfigurationError(str(error)) from error
    if not parts:
        speak.out.print(f"{folder}: approved as it is", soft_wrap=True, markup=False)
        return
    for part in parts:
        if part.changes:
            of = f"{part.content.table.name} of {part.content.said}" if part.content.version else ""
            said = f"{of or part.content.said}, {part.since}:"
            speak.out.print(said, style="bold", soft_wrap=True, markup=False, highlight=False)
        for change in part.changes:
            speak.out.print(f"  {change.said}", soft_wrap=True, markup=False, highlight=False)
    if effect and not (folder / approvals.FILE).exists():
        speak.out.print("what it does to published figures can be calculated once it is proposed")
    elif effect:
        from orchestration.cli import previewing

        changed = {part.content.table.name for part in parts if part.changes}
        previewing.run(sorted(changed), verbose)


def propose(subject: str, by: str) -> None:
    """Enter a proposal. Raises ConfigurationError if it may not be."""
    folder = environment.company_alone()
    try:
        parts = approving.propose(folder, subject, by, _today())
    except ApprovalError as error:
        raise ConfigurationError(str(error)) from error
    _told(folder, parts, f"proposed by {by.strip()}")
    speak.out.print(
        f'Now somebody else: nps definition approve {subject} --by NAME --reason "…"',
        soft_wrap=True,
        markup=False,
    )


def approve(subject: str, by: str, reason: str, alone: bool) -> None:
    """Enter an approval. Raises ConfigurationError if it may not be."""
    folder = environment.company_alone()
    try:
        parts = approving.approve(folder, subject, by, reason, _today(), alone=alone)
    except ApprovalError as error:
        raise ConfigurationError(str(error)) from error
    _told(folder, parts, f"approved by {by.strip()}{', who is alone' if alone else ''}")


def _told(folder: Path, parts: Sequence[Content], what: str) -> None:
    for part in parts:
        of = f" of version {part.version}" if part.version else ""
        speak.out.print(f"{part.hash[:12]}  {part.table.name}{of}", style="dim", markup=False)
    speak.out.print(f"{folder}: {what}", soft_wrap=True, markup=False)


def _today() -> date:
    return datetime.now(UTC).date()
