"""Many comments at once, on several processes, and what is counted of them.

Belongs here: spreading the work, and the counts. Does not belong here: one comment (`assigning`).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Final

from topics.assigning import Assigner, Reading
from topics.comments import Note
from topics.taxonomy import Taxonomy

#: A process needs seconds for its dictionaries: fewer comments are read sooner in this one.
WORTH_A_PROCESS: Final = 10_000
_AT_ONCE: Final = 2_000
_EXAMPLES: Final = 3
#: The id of a comment, and its text.
Comment = tuple[str, str | None]
Read = tuple[str, Reading]


@dataclass
class Counts:
    """How many comments were read, in which language, with which topics, and which of them are unusual."""

    comments: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    notes: Counter[Note] = field(default_factory=Counter)
    examples: dict[Note, list[str]] = field(default_factory=dict)

    def add(self, comment: str, reading: Reading) -> None:
        """Count one comment, by its id."""
        self.comments += 1
        self.languages[reading.language or "none"] += 1
        self.topics.update(mention.topic for mention in reading.mentions)
        for note in reading.notes:
            self.notes[note] += 1
            if len(named := self.examples.setdefault(note, [])) < _EXAMPLES:
                named.append(comment)

    def said(self) -> list[str]:
        """A line for each kind of unusual comment, in the order of `Note`, with the first ids."""
        return [
            f"{self.notes[note]:,} of {self.comments:,} comments: {note} ({', '.join(self.examples[note])}"
            f"{', …' if self.notes[note] > len(self.examples[note]) else ''})"
            for note in Note
            if self.notes[note]
        ]


def read_all(comments: Iterable[Comment], taxonomy: Taxonomy, processes: int = 2) -> Iterator[Read]:
    """Every comment with what was found in it, in the order in which they came."""
    rest = iter(comments)
    first = list(islice(rest, WORTH_A_PROCESS))
    if processes < 2 or len(first) < WORTH_A_PROCESS:
        assigner = Assigner(taxonomy)
        yield from ((name, assigner.read(text)) for chunk in (first, rest) for name, text in chunk)
        return
    # Spawned: a fork would take the locks of whatever threads this process has.
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (taxonomy,)) as pool:
        for part in pool.map(_read_part, _parts(first, rest)):
            yield from part


def _parts(*sources: Iterable[Comment]) -> Iterator[list[Comment]]:
    for source in sources:
        comments = iter(source)
        while part := list(islice(comments, _AT_ONCE)):
            yield part


_of_this_process: list[Assigner] = []


def _begin(taxonomy: Taxonomy) -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    _of_this_process.append(Assigner(taxonomy))


def _end_with_parent() -> None:
    """A parent that was killed tells nobody, and its processes would wait for work forever."""
    if (parent := parent_process()) is not None:
        parent.join()
        os._exit(1)


def _read_part(comments: list[Comment]) -> list[Read]:
    [assigner] = _of_this_process
    return [(name, assigner.read(text)) for name, text in comments]
