"""Records on their way from a vendor to a raw table, each with its own text and its place in the load.

Belongs here: a record's text, its hash, where it came from. Does not belong here: columns (`arrow.py`), or
how a page or an export is divided into records (`pages.py`, `ndjson.py`).
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

#: Makes a record of a line.
Parse: TypeAlias = Callable[[bytes], Any]
#: Makes records with tokens of those of a table (`hiding.py`).
Hide: TypeAlias = Callable[[Any, "Batch"], "Batch"]


@dataclass(frozen=True)
class Unparsed:
    """Stands for a record whose text could not be parsed, with the reason and a sentence about it."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Batch:
    """Records as the bytes each came as, one JSON text each without space around it, in the order in which
    they came.

    `positions` are 1-based places within the load; `origins` are stable names of where each came from
    (a path without host, job number or token), because they are part of the quarantine's key. `parse` makes a
    record of a line, or `Unparsed`; `given` are records that are more than their lines say. `hide` puts
    tokens in the place of personal data, as a table declares it.
    """

    lines: Sequence[bytes]
    positions: Sequence[int]
    origins: Sequence[str]
    parse: Parse
    given: Sequence[Any] | None = None
    hide: Hide | None = None

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def records(self) -> Iterable[Any]:
        """The records, each parsed when it is asked for: one that is used at once is still in the processor's
        cache."""
        return map(self.parse, self.lines) if self.given is None else self.given

    @cached_property
    def hashes(self) -> list[str]:
        """md5 of each line, hex. Cached, because one record may become rows of several questions."""
        return [hashlib.md5(line, usedforsecurity=False).hexdigest() for line in self.lines]

    def text(self, at: int) -> str:
        """A record's text. What is not UTF-8 is let through, escaped where nothing could be parsed of it."""
        line = self.lines[at]
        record = self.parse(line) if self.given is None else self.given[at]
        return line.decode("utf-8", "backslashreplace" if type(record) is Unparsed else "surrogatepass")

    def chosen(self, places: Sequence[int]) -> "Batch":
        """Only the records at these places."""
        return Batch(
            [self.lines[at] for at in places],
            [self.positions[at] for at in places],
            [self.origins[at] for at in places],
            self.parse,
            None if self.given is None else [self.given[at] for at in places],
            self.hide,
        )

    def renamed(self, origin: str) -> "Batch":
        """The same records under another origin, hashed once."""
        twin = replace(self, origins=[origin] * len(self))
        twin.__dict__["hashes"] = self.hashes
        return twin


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches of one parser as one, in their order."""
    if len(batches) == 1:
        return batches[0]
    is_given = any(each.given is not None for each in batches)
    return Batch(
        [line for each in batches for line in each.lines],
        [position for each in batches for position in each.positions],
        [origin for each in batches for origin in each.origins],
        batches[0].parse,
        [record for each in batches for record in each.records] if is_given else None,
        batches[0].hide,
    )


def md5(text: str) -> str:
    """md5 of the text's UTF-8, hex. Not for security: it names a version."""
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
