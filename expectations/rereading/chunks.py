"""What every reader of a file gives: some thousand rows at a time, as columns of text, nothing typed."""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

_SPREAD = 2_654_435_769  # 2^32 over the golden ratio: multiples of it fill the numbers evenly
_ALL = 1 << 32


class Unusable(str):
    """The text of a cell that holds an error instead of a value."""


class Written(str):
    """The text of a value that is none in the file, such as a number; others may write it differently."""


class Rounded(Written):
    """The text of a number that has lost digits: no id. Equal to no other text."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rounded) and str.__eq__(self, other)

    def __hash__(self) -> int:
        return hash((Rounded, str(self)))


def is_same(text: str | None, written: str | None) -> bool:
    """Whether a text says the value that is written otherwise here."""
    if text is None or not isinstance(written, Written):
        return False
    for read in (float, datetime.fromisoformat):
        with contextlib.suppress(ValueError):
            return bool(read(text) == read(written))
    return False


@dataclass(frozen=True)
class Chunk:
    """`count` records of a file, and of those looked at the `numbers` and, by header, the texts.

    `broken` are the numbers of records of which no cells could be made. `lines` are the records themselves
    where they are JSON lines, which name their own columns.
    """

    count: int
    numbers: Sequence[int]
    columns: Mapping[str, Sequence[str | None]]
    broken: Sequence[int] = ()
    lines: Sequence[str] | None = None
    sheet: str | None = None

    def column(self, header: str) -> Sequence[str | None]:
        """The texts under a header; JSON lines need not have it."""
        return self.columns.get(header) or [None] * len(self.numbers)

    def only(self, places: Sequence[int], untold: Sequence[int], share: Share) -> Chunk:
        """Of a chunk that was read whole the rows that are meant, and of these those that are looked at. What
        does not tell counts as broken."""
        looked_at = set(share.chosen(self.numbers).tolist())
        chosen = [at for at in places if self.numbers[at] in looked_at]
        return Chunk(
            self.count - (len(self.numbers) - len(places) - len(untold)),
            [self.numbers[at] for at in chosen],
            {name: [cells[at] for at in chosen] for name, cells in self.columns.items()},
            share.chosen([*self.broken, *(self.numbers[at] for at in untold)]).tolist(),
            None if self.lines is None else [self.lines[at] for at in chosen],
            self.sheet,
        )


@dataclass(frozen=True)
class Share:
    """Which rows of a file are looked at: all, or those whose number has a hash below a share of all."""

    below: int = _ALL
    seed: int = 0

    #: The same in SQL, where a row's number and the two of its file are columns.
    CONDITION: ClassVar[str] = f"(row_number * {_SPREAD} + seed) % {_ALL} < below"

    @classmethod
    def of(cls, share: float, name: str) -> Share:
        """That share of the rows of the file of that name."""
        return cls(_ALL if share >= 1 else max(1, round(share * _ALL)), zlib.crc32(name.encode()))

    def chosen(self, numbers: Any) -> npt.NDArray[np.int64]:
        """Those of the numbers that are looked at."""
        given = np.asarray(numbers, np.int64)
        return given if self.below == _ALL else given[(given * _SPREAD + self.seed) % _ALL < self.below]


def unique_headers(found: Sequence[str]) -> list[str]:
    """Headers by the names under which their cells are kept: an empty one is `column_<n>`, a second `x` is
    `x_2`."""
    names: list[str] = []
    for at, header in enumerate(found, start=1):
        base = header.strip() or f"column_{at}"
        name, copy = base, 1
        while name in names:
            copy += 1
            name = f"{base}_{copy}"
        names.append(name)
    return names
