"""The labelled sample of a company, `labels/topics.csv`: which topics a person found in a comment.

It holds no comment, only the hash of one: a comment that is erased takes its label's meaning with it. It is
data about the taxonomy and no part of the definition, so nobody approves it.

Belongs here: the file, what is wrong with it, and adding to it. Does not belong here: which comments are
asked about (`orchestration.labelled`), or what follows from the labels (`nps_topics`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from company import taxonomy
from company.mistakes import Mistake

FILE: Final = "labels/topics.csv"
_COLUMNS: Final = ("comment_hash", "topics", "labelled_by", "labelled_on")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Label:
    """The topics that a person found in a comment (by the SHA-256 of its text); none: none of them."""

    comment_hash: str
    topics: frozenset[str]
    labelled_by: str
    labelled_on: str


class LabelsError(ValueError):
    """The file cannot be used; the message names its line and a remedy."""


def read(folder: Path) -> Sequence[Label]:
    """The labels of a folder, the last one of each comment; none without a file.

    Raises:
        LabelsError: the file is not what it must be.
    """
    found, mistakes = _read(folder)
    if mistakes:
        raise LabelsError(str(mistakes[0]))
    return tuple({label.comment_hash: label for label in found}.values())


def judge(folder: Path) -> Iterator[Mistake]:
    """Every mistake in the file."""
    yield from _read(folder)[1]


def add(folder: Path, label: Label) -> None:
    """Write a label at the end of the file, which begins with it."""
    path = folder / FILE
    path.parent.mkdir(exist_ok=True)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, lineterminator="\n")
        if is_new:
            lines.writerow(_COLUMNS)
        lines.writerow(
            (label.comment_hash, ";".join(sorted(label.topics)), label.labelled_by, label.labelled_on)
        )


def _read(folder: Path) -> tuple[list[Label], list[Mistake]]:
    path = folder / FILE
    if not path.exists():
        return [], []
    topics = taxonomy.names(folder)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        if tuple(next(lines, ())) != _COLUMNS:
            remedy = f"write {','.join(_COLUMNS)}, or let `nps topics label` write it"
            return [], [Mistake(FILE, 1, "the header is another one", remedy)]
        found, mistakes = [], []
        for line in filter(None, lines):
            problem = _problem(line, topics)
            if problem:
                mistakes.append(Mistake(FILE, lines.line_num, *problem))
            else:
                name, said, by, on = line
                found.append(Label(name, frozenset(filter(None, said.split(";"))), by, on))
    return found, mistakes


def _problem(line: Sequence[str], topics: Collection[str]) -> tuple[str, str] | None:
    if len(line) != len(_COLUMNS):
        return f"{len(line)} cells instead of {len(_COLUMNS)}", "delete the line and label the comment again"
    if not _HASH.fullmatch(line[0]):
        return (
            f'comment_hash is "{line[0]}"',
            "write the SHA-256 of the comment, 64 digits and letters a to f",
        )
    unknown = sorted(set(filter(None, line[1].split(";"))) - set(topics))
    if unknown:
        return (
            f'no topic is called "{unknown[0]}"',
            f"write topics of {taxonomy.FILE}, separated by semicolons",
        )
    return None
