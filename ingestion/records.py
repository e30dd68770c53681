"""Records on their way: a block not yet parsed, a batch of parsed ones, and what could not be parsed.

Belongs here: a record's text, its hash, its place in the load. Does not belong here: columns (`arrow.py`,
`native.py`) or where records come from.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

#: Makes records and their texts of lines.
Parse: TypeAlias = Callable[[Sequence[bytes]], tuple[Sequence[Any], Sequence[str]]]


@dataclass(frozen=True)
class Unparsed:
    """Stands for a record whose text could not be parsed, with the reason and a sentence about it."""

    reason: str
    detail: str


@dataclass(frozen=True)
class Batch:
    """Parsed records (or `Unparsed`) with the text each came as, in the order in which they came.

    `positions` are 1-based places within the load; `origin` is a stable name of where they came from
    (a path without host, job number or token), because it is part of the quarantine's key.
    """

    records: Sequence[Any]
    texts: Sequence[str]
    positions: Sequence[int]
    origin: str

    @cached_property
    def hashes(self) -> list[str]:
        """md5 of each text, hex. Cached, because one record may become rows of several questions."""
        return [md5(text) for text in self.texts]

    def part(self, objects: bool) -> "Batch":
        """Only the records that are JSON objects, or only those that are not."""
        places = [at for at, record in enumerate(self.records) if (type(record) is dict) is objects]
        return self if len(places) == len(self.records) else self.chosen(places)

    def chosen(self, places: Sequence[int]) -> "Batch":
        """Only the records at these places."""
        return Batch(
            [self.records[at] for at in places],
            [self.texts[at] for at in places],
            [self.positions[at] for at in places],
            self.origin,
        )

    def renamed(self, origin: str) -> "Batch":
        """The same records under another origin, hashed once."""
        twin = Batch(self.records, self.texts, self.positions, origin)
        twin.__dict__["hashes"] = self.hashes
        return twin


@dataclass(frozen=True)
class Block:
    """Records as bytes, one JSON text each without space around it, of which `parsed` makes a `Batch`."""

    lines: Sequence[bytes]
    positions: Sequence[int]
    origin: str
    parse: Parse

    def __len__(self) -> int:
        return len(self.lines)

    def parsed(self) -> Batch:
        """The same records as Python objects."""
        records, texts = self.parse(self.lines)
        return Batch(records, texts, self.positions, self.origin)

    def parts(self, size: int) -> "list[Block]":
        """The same lines in blocks of at most that many."""
        return [
            Block(self.lines[at : at + size], self.positions[at : at + size], self.origin, self.parse)
            for at in range(0, len(self), size)
        ]

    @cached_property
    def data(self) -> bytes:
        """The lines, one below the other."""
        return b"\n".join(self.lines)

    @cached_property
    def hashes(self) -> "pa.Array[Any]":
        """md5 of each line, hex."""
        made = [hashlib.md5(line, usedforsecurity=False).hexdigest() for line in self.lines]
        return pa.array(made, pa.string())

    @cached_property
    def payloads(self) -> "pa.Array[Any]":
        """The lines as text, which they need not be: validate it."""
        ends = np.fromiter(accumulate(map(len, self.lines), initial=0), np.int32, len(self) + 1)
        buffers = [None, pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(self.lines))]
        return pa.Array.from_buffers(pa.string(), len(self), buffers)


def md5(text: str) -> str:
    """md5 of the text's UTF-8, hex. Not for security: it names a version."""
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
