"""Asks a person, comment by comment, which topics it mentions.

Belongs here: the questions. Does not belong here: which comments (`orchestration.labelled`), or the file of
labels (`company.labels`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import duckdb
import typer
from rich.console import Console

from company import labels
from orchestration import labelled
from orchestration.clear_texts import Clear
from orchestration.cli.comments_view import staff
from topics.masked import masked
from topics.taxonomy import Taxonomy

_STOP = "q"


def run(
    connection: duckdb.DuckDBPyConnection,
    company: Path,
    declared: Taxonomy,
    by: str,
    count: int,
    language: str | None,
    console: Console,
    clear: Clear,
) -> None:
    """Ask about the next comments of the sample until all are labelled, or the person stops."""
    if not by.strip():
        raise ValueError("nobody labels: write a name after --by")
    known = labels.read(company)
    names = staff(connection, clear)
    for number, topic in enumerate(declared.topics, 1):
        console.print(f"{number:>3}  {topic.label}: {topic.meaning}", markup=False, soft_wrap=True)
    console.print(f"Answer with numbers (1 4), nothing for no topic, {_STOP} to stop.", style="dim")
    done = 0
    for name, told, comment in islice(labelled.unlabelled(connection, known, language, clear), count):
        console.print(f"\n{masked(comment, told, names)}", markup=False, soft_wrap=True)
        topics = _asked(declared, console)
        if topics is None:
            break
        today = datetime.now(UTC).date().isoformat()
        labels.add(company, labels.Label(name, topics, by.strip(), today))
        done += 1
    console.print(
        f"{done} labelled now, {len(known) + done} in all, in {labels.FILE}; `nps refresh` publishes what"
        " they say of the taxonomy",
        soft_wrap=True,
        markup=False,
    )


def _asked(declared: Taxonomy, console: Console) -> frozenset[str] | None:
    """The topics that the person names; None: they stop."""
    while True:
        answer = typer.prompt("topics", default="", show_default=False).replace(",", " ").split()
        if answer == [_STOP]:
            return None
        if all(each.isdecimal() and 1 <= int(each) <= len(declared.topics) for each in answer):
            return frozenset(declared.topics[int(each) - 1].name for each in answer)
        console.print(f"write numbers from 1 to {len(declared.topics)}, with spaces between", style="yellow")
