"""The topics of comments that a company declares in `definition/topics.toml`: each flaw with its line.

Belongs here: the file. Does not belong here: what a taxonomy must be, or what it matches (`topics`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from company.folder import DEFINITION
from company.mistakes import Mistake, Page, read
from topics.taxonomy import Flaw, Taxonomy, flaws, taxonomy

FILE = f"{DEFINITION}/topics.toml"


def declared(folder: Path) -> Taxonomy | None:
    """The taxonomy of a folder; None if it declares no topics.

    Raises:
        topics.taxonomy.TaxonomyError: it has flaws, which `judge` names with their lines.
    """
    page = read(folder, FILE)
    return taxonomy(page.content) if page.content is not None else None


def names(folder: Path) -> frozenset[str]:
    """What the topics of a folder are called, whatever else is wrong with them; none without a file."""
    content = read(folder, FILE).content or {}
    return frozenset(name for name, topic in content.items() if isinstance(topic, dict))


def judge(folder: Path) -> Iterator[Mistake]:
    """Every mistake in the declaration; none if there is no declaration."""
    if not (folder / FILE).exists():
        return
    page = read(folder, FILE)
    if page.content is None:
        yield from filter(None, [page.mistake])
        return
    for flaw in flaws(page.content):
        yield Mistake(FILE, _line(page, flaw), flaw.problem, flaw.remedy)


def _line(page: Page, flaw: Flaw) -> int:
    """Where the words are, or the topic, or what stands at the top."""
    kind, _, language = flaw.key.partition(".")
    if language:
        return page.line(f"{flaw.topic}.{kind}", language) or page.line(flaw.topic, flaw.key)
    return page.line(flaw.topic, flaw.key)
