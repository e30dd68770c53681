"""Whose definition tests judge by: the simulated company's, whatever company the shell has named.

No pages are made but where a test asks for them: they cost seconds, and few tests read any.

Belongs here: where that folder is, what test processes inherit, and how a folder of a test is changed and
approved.
"""

from __future__ import annotations

import contextlib
import csv
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeAlias

from company import approving

ROOT = Path(__file__).resolve().parents[1]
VERDANT = ROOT / "demo" / "verdant"
Cells: TypeAlias = Mapping[str, str]
#: Table of a definition → pairs of which row of the first version is decided anew, and how.
Decisions: TypeAlias = Mapping[str, Sequence[tuple[Cells, Cells]]]


def speak_for_verdant() -> None:
    """Make this process and its children the simulated company's.

    The project in the checkout is completed by its definition, as `make lint` does: a link that git ignores.
    """
    os.environ["NPS_COMPANY"] = str(VERDANT)
    os.environ["NPS_PAGES"] = "off"
    link = ROOT / "dbt_project" / "definition"
    with contextlib.suppress(FileExistsError):
        link.symlink_to(Path("..", "demo", "verdant", "definition"))


def seal(folder: Path, subject: str = "2023.1", author: str = "Ann", approver: str = "The Board") -> None:
    """Approve a test's folder as it is now: a version with all that versions share, or one shared table."""
    today = date(2026, 11, 29)
    approving.propose(folder, subject, author, today)
    approving.approve(folder, subject, approver, "For a test", today)


def add_version(definition: Path, version: str, begins: str, reason: str, decided: Decisions) -> None:
    """End the definition's only version and begin another: the same rows, but for what it decides anew."""
    file = definition / "nps_definitions.csv"
    columns, [first] = read_table(file)
    second = first | {"definition_version": version, "valid_from": begins, "reason": reason}
    write_table(file, columns, [first | {"valid_to": begins}, second])
    for table, decisions in decided.items():
        columns, rows = read_table(definition / f"{table}.csv")
        copied = [row | {"definition_version": version} for row in rows]
        for where, changes in decisions:
            [found] = [row for row in copied if where.items() <= row.items()]
            found |= changes
        write_table(definition / f"{table}.csv", columns, rows + copied)


def read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns and rows of a table of a definition."""
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        return list(reader.fieldnames or ()), list(reader)


def write_table(path: Path, columns: Sequence[str], rows: Sequence[Cells]) -> None:
    """Write such a table."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
