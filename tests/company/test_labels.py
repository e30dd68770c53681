"""A sample of comments that somebody labelled: hashes and topics, each mistake with its line."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from company import checking, labels
from company.labels import FILE, Label
from tests.companies import VERDANT

ONE, OTHER = (hashlib.sha256(text.encode()).hexdigest() for text in ("one", "other"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "acme"
    shutil.copytree(VERDANT, path)
    (path / FILE).unlink()
    return path


def test_what_is_added_is_read_and_the_last_label_of_a_comment_counts(folder: Path) -> None:
    assert labels.read(folder) == ()
    first = Label(ONE, frozenset({"speed", "price"}), 'Ann "A" Lee', "2026-01-01")
    again = Label(ONE, frozenset(), "Bo", "2026-01-02")
    other = Label(OTHER, frozenset({"people"}), "Bo", "2026-01-02")
    for label in (first, other):
        labels.add(folder, label)
    assert labels.read(folder) == (first, other)
    assert checking.judge(folder) == []
    labels.add(folder, again)
    assert labels.read(folder) == (again, other)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            f"{ONE},pricing,Ann,2026-01-01",
            ':2: no topic is called "pricing"; write topics of definition/topics.toml',
        ),
        ("one,price,Ann,2026-01-01", ':2: comment_hash is "one"; write the SHA-256 of the comment'),
        (f"{ONE},price", ":2: 2 cells instead of 4; delete the line"),
    ],
)
def test_a_mistake_is_named_with_its_line(folder: Path, line: str, said: str) -> None:
    (folder / FILE).write_text(f"comment_hash,topics,labelled_by,labelled_on\n{line}\n", "utf-8")
    [mistake] = checking.judge(folder)
    assert str(mistake).startswith(f"{FILE}{said}")
    with pytest.raises(labels.LabelsError, match=r"labels/topics\.csv:2"):
        labels.read(folder)


def test_another_header_is_refused(folder: Path) -> None:
    (folder / FILE).write_text("comment,topics\n", "utf-8")
    [mistake] = checking.judge(folder)
    assert str(mistake).startswith(f"{FILE}:1: the header is another one; write comment_hash,topics,")
