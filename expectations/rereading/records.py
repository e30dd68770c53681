"""A file's rows as records of its table: under the mapping, with defaults, typed, or unreadable.

Belongs here: which cell is which column, and what a row must have. Does not belong here: what one text means
(`values`), or how cells are told apart (`csv_files`, `json_lines`, `sheets`, `parquet`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from expectations.file_tables import FileTable, Kind, kind_of
from expectations.rereading.chunks import Chunk, Rounded, Unusable
from expectations.rereading.mapping import Mapping
from expectations.rereading.values import BLANKS, Values, identifier
from expectations.rereading.words import is_known, is_of_words


class _Unreadable:
    """Stands for what a text does not say."""

    def __repr__(self) -> str:
        return "unreadable"


UNREADABLE: Final = _Unreadable()
_BLANKS = f"{BLANKS}\t\r\n"


@dataclass(frozen=True)
class Records:
    """Records of a chunk: the `numbers` of their rows, their `places` in the file (the same, unless a row
    answers several questions), the typed `values` of each column, the records' `ids`, and which of them are
    `unreadable`: without a required value, or with one that is none."""

    numbers: Sequence[int]
    places: Sequence[int]
    values: dict[str, list[Any]]
    ids: list[str | None]
    unreadable: frozenset[int]


class Rereading:
    """One file under its mapping."""

    def __init__(self, path: Path, mapping: Mapping, table: FileTable) -> None:
        self._path = path
        self._mapping = mapping
        self._table = table
        self._values = Values(mapping)
        self._known: dict[str, dict[str | None, Any]] = {}

    def meant(self, chunk: Chunk) -> tuple[list[int], list[int]]:
        """The places of the rows that the mapping's `[rows]` are about, and of those that do not tell."""
        cells = [(chunk.column(header), wanted) for header, wanted in self._mapping.rows.items()]
        everywhere = range(len(chunk.numbers))
        untold = [at for at in everywhere if any(isinstance(column[at], Unusable) for column, _ in cells)]
        meant = [
            at
            for at in everywhere
            if all((column[at] or "").strip(_BLANKS).lower() in wanted for column, wanted in cells)
        ]
        return sorted(set(meant) - set(untold)), untold

    def records(self, chunk: Chunk) -> Iterator[Records]:
        """The records of a chunk: one of each row, or of each row one for each question."""
        shared = {
            column: self._column(column, self._mapping.columns.get(column), chunk)
            for column in self._table.columns
            if not (self._mapping.questions and column in ("score", "question_id"))
        }
        if not self._mapping.questions:
            yield self._judged(chunk, chunk.numbers, shared)
        count = len(self._mapping.questions)
        for at, (question, header) in enumerate(self._mapping.questions.items(), start=1):
            own = {
                "score": self._column("score", (header,), chunk),
                "question_id": [question] * len(chunk.numbers),
            }
            places = [(number - 1) * count + at for number in chunk.numbers]
            yield self._judged(chunk, places, {**shared, **own})

    def _judged(self, chunk: Chunk, places: Sequence[int], values: dict[str, list[Any]]) -> Records:
        bad: set[int] = set()
        for column, found in values.items():
            if UNREADABLE in found:
                bad.update(at for at, value in enumerate(found) if value is UNREADABLE)
            if column in self._table.filled and None in found:
                bad.update(at for at, value in enumerate(found) if value is None)
            if column in self._table.filled and kind_of(column) is Kind.ID:  # of spaces alone it names nobody
                bad.update(at for at, value in enumerate(found) if not str(value).strip(_BLANKS))
        if self._table.one_of:
            named = [values[column] for column in self._table.one_of]
            bad.update(
                at
                for at in range(len(chunk.numbers))
                if not any(str(column[at] or "").strip(BLANKS) for column in named)
            )
        keys = [values[column] for column in self._table.key]
        ids = keys[0] if len(keys) == 1 else [":".join(map(str, parts)) for parts in zip(*keys, strict=True)]
        return Records(chunk.numbers, places, values, ids, frozenset(bad))

    def _column(self, column: str, theirs: tuple[str, ...] | None, chunk: Chunk) -> list[Any]:
        """The typed values of a column of ours."""
        count = len(chunk.numbers)
        if theirs is None and (column in self._mapping.used or column not in chunk.columns):
            return [self._default(column)] * count
        header, *more = theirs or (column,)
        if header == "@row" and not more:
            return [f"{self._path.name}-{number}" for number in chunk.numbers]
        if more or header.startswith("@"):
            return self._joined(column, [header, *more], chunk)
        return self._typed(column, chunk.column(header))

    def _typed(self, column: str, texts: Sequence[str | None]) -> list[Any]:
        """Each text once: many are alike."""
        known = self._known.setdefault(column, {})
        read = self._reader(column)
        for text in set(texts) - known.keys():
            known[text] = read(text)
        return list(map(known.__getitem__, texts))

    def _reader(self, column: str) -> Callable[[str | None], Any]:
        default = self._default(column)
        nulls = self._mapping.is_null(column)
        kept_as_it_is = kind_of(column) in (Kind.TEXT, Kind.ID)
        scores = self._mapping.scores if column == "score" else {}
        of_words = is_of_words(self._table, column)
        parse = self._values.reader(column)

        def read(text: str | None) -> Any:
            if text is None:
                return default
            if isinstance(text, Unusable) or (isinstance(text, Rounded) and kind_of(column) is Kind.ID):
                return UNREADABLE
            trimmed = text.strip(BLANKS)
            if trimmed in nulls:
                return default
            if of_words:
                text = self._mapping.statuses.get(trimmed, text)
                return parse(text) if is_known(self._table, column, text) else UNREADABLE
            try:
                return parse(text if kept_as_it_is else scores.get(trimmed, trimmed))
            except (ValueError, ArithmeticError):
                return UNREADABLE

        return read

    def _default(self, column: str) -> Any:
        """What stands in where the file has no such column or value."""
        text = self._mapping.defaults.get(column, self._table.defaults.get(column))
        if text is None:
            return None
        try:
            return self._values.reader(column)(text)
        except (ValueError, ArithmeticError):
            return UNREADABLE

    def _joined(self, column: str, parts: Sequence[str], chunk: Chunk) -> list[Any]:
        """An id of several parts; one that is missing makes the id missing."""
        found = [self._part(column, part, chunk) for part in parts]
        default = self._default(column)
        joined: list[Any] = []
        for cells in zip(*found, strict=True):
            if UNREADABLE in cells:
                joined.append(UNREADABLE)
            else:
                joined.append(default if None in cells else ":".join(cells))
        return joined

    def _part(self, column: str, part: str, chunk: Chunk) -> list[Any]:
        if part == "@file":
            return [self._path.name.split(".")[0]] * len(chunk.numbers)
        if part == "@sheet":
            return [chunk.sheet] * len(chunk.numbers)
        if part == "@row":
            return list(map(str, chunk.numbers))
        nulls = self._mapping.is_null(column)
        return [
            None if text is None or text.strip(BLANKS) in {"", *nulls} else _id(text)
            for text in chunk.column(part)
        ]


def _id(text: str) -> Any:
    try:
        return UNREADABLE if isinstance(text, Unusable | Rounded) else identifier(text.strip(BLANKS))
    except ValueError:
        return UNREADABLE
