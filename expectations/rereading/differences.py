"""What the second reading says where it disagrees, in a sentence for the person who has to look."""

from __future__ import annotations

from typing import NamedTuple

#: Differences of one kind that are told of a table; the others are of the same kind.
EXAMPLES = 5
_SHOWN = 80


class Difference(NamedTuple):
    """One disagreement: the raw table, where it is, what was loaded there and what was read again."""

    table: str
    place: str
    loaded: str
    reread: str

    def __str__(self) -> str:
        return f"{self.place}: loaded {_shown(self.loaded)}, read again {_shown(self.reread)}"


def of_row(table: str, file: str, row: int, column: str, loaded: object, reread: object) -> Difference:
    """A difference in one value, or in what became of a whole row."""
    where = f", column {column}" if column else ""
    return Difference(table, f"{file}, row {row}{where}", str(loaded), str(reread))


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
