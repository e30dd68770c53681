"""Splits a CSV's bytes where its records end, and checks the quotation marks in them.

Nothing here knows columns or types. A stray mark makes a parser read lines as part of a cell. This must be
found here, because later nothing shows the lost rows. Blocks without marks cost a search for one; of those
with marks the places of marks, line ends and delimiters are compared as whole arrays.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

_MARK = b'"'
_SHOWN = 40
_DENY = (
    'double a mark that is part of a text (""), or write quotes = false in the mapping if quotation marks '
    "are ordinary characters"
)
_CONFIRM = f"{_DENY}, or quotes = true if the cell really holds these lines"
#: A cell beyond this is one whose quotation mark is never closed; each record is in memory as a whole.
CELL_BYTES = 64 << 20


class ByteStream(Protocol):
    """What bytes are read from: up to `size`, fewer only at the end."""

    def read(self, size: int, /) -> bytes: ...


class StrayMarkError(Exception):
    """A quotation mark that is against the rules, or takes rows into its cell.

    `before` are the bytes of the block before the record, `cell` the beginning of the cell.
    """

    def __init__(self, before: bytes, cell: str, problem: str, remedy: str = _DENY) -> None:
        super().__init__(problem)
        self.before = before
        self.cell = cell
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True)
class RowShape:
    """By what a line within a cell is known for a row: so many cells, and some that fit their columns."""

    delimiter: bytes
    width: int
    numbers: tuple[int, ...]
    null_tokens: frozenset[bytes]

    def fits(self, line: bytes) -> bool:
        """Whether a line looks like a row.

        That is so many cells and, where the file has columns of numbers or dates, a digit at the beginning of
        half of their cells at least. Prose may have as many commas; it has no digits in just these places.
        """
        cells = [cell.strip(b' "\r') for cell in line.split(self.delimiter)]
        if len(cells) != self.width:
            return False
        filled = [cells[at] for at in self.numbers if cells[at] not in self.null_tokens]
        if not self.numbers:
            return self.width > 1
        return bool(filled) and sum(cell[:1].isdigit() for cell in filled) * 2 >= len(filled)


def row_shape(rows: list[list[str]], delimiter: str, width: int, null_tokens: tuple[str, ...]) -> RowShape:
    """The shape of a file's rows, from some of them."""
    columns = list(zip(*(row for row in rows if len(row) == width), strict=True))
    tokens = {"", *(token.strip() for token in null_tokens)}
    numbers = []
    for at, column in enumerate(columns):
        filled = [cell for cell in (text.strip() for text in column) if cell not in tokens]
        if filled and sum(cell[0].isdigit() for cell in filled) * 10 >= len(filled) * 9:
            numbers.append(at)
    return RowShape(delimiter.encode(), width, tuple(numbers), frozenset(token.encode() for token in tokens))


def blocks(stream: ByteStream, size: int, shape: RowShape, quotes: bool | None) -> Iterator[bytes]:
    """The stream in blocks of whole records, of about `size` bytes; a longer record makes a longer block.

    `quotes` false: marks are ordinary characters. True: marks are right, whatever lines they take in.
    Raises `StrayMarkError`.
    """
    cut: Callable[[bytes, bool], int] = _last_line_end
    if quotes is not False:
        cut = _Marks(shape, swallowing=quotes is None).cut
    rest = b""
    while chunk := stream.read(max(size, len(rest))):
        data = rest + chunk
        end = cut(data, False)
        if end == 0 and len(data) > CELL_BYTES:
            raise StrayMarkError(b"", _beginning(data), f"is longer than {CELL_BYTES >> 20} MB")
        if end:
            yield data[:end]
        rest = data[end:]
    if rest:
        cut(rest, True)
        yield rest


def _last_line_end(data: bytes, at_end: bool) -> int:
    """Where the last line ends that is whole; 0 if none does. A return at the end may be half a line end."""
    end = data.rfind(b"\n") + 1
    return end or data.rfind(b"\r", 0, len(data) - 1) + 1


class _Marks:
    """Cuts blocks with quotation marks, and judges these. Each block begins with a record."""

    def __init__(self, shape: RowShape, swallowing: bool) -> None:
        self._shape = shape
        self._looks_for_rows = swallowing
        d = re.escape(shape.delimiter)
        blanks = b"" if shape.delimiter == b" " else b" *+"
        quoted, plain = rb'"[^"]*+(?:""[^"]*+)*+"' + blanks, rb'[^"\r\n' + d + rb"][^\"\r\n" + d + rb"]*+"
        # Cells by the rules, then one that has a mark within: `5" pipe`.
        self._up_to_inner_mark = re.compile(
            rb"(?:(?:" + quoted + rb"|" + plain + rb")?+[\r\n" + d + rb"])*+"
            rb"(?P<inner>[^\"\r\n" + d + rb"][^\"\r\n" + d + rb"]*+\"[^\r\n" + d + rb"]*+)?"
        )
        self._after = frozenset(b'"\r\n' + shape.delimiter)

    def cut(self, data: bytes, at_end: bool) -> int:
        """Where the last whole record ends. Raises `StrayMarkError`."""
        if _MARK not in data:
            return _last_line_end(data, at_end)
        text = np.frombuffer(data, np.uint8)
        marks = np.flatnonzero(text == _MARK[0])
        if (wrong := self._first_wrong(text, marks)) is not None:
            text = np.frombuffer(self._without_inner_marks(data), np.uint8)
            marks = np.flatnonzero(text == _MARK[0])
            wrong = self._first_wrong(text, marks)
        opening, closing = marks[0::2], marks[1::2]
        is_open = len(opening) > len(closing)
        if is_open:
            closing = np.append(closing, len(data))
        parted = opening[1:] != closing[:-1] + 1  # not the two marks that stand for one within a cell
        opening = opening[np.append(True, parted)[: len(opening)]]
        closing = closing[np.append(parted, True)[: len(closing)]]
        line_end = b"\n" if b"\n" in data else b"\r"
        ends = np.flatnonzero(text == line_end[0])
        # Of each line end the cell with marks that opened last before it, and whether that is still open.
        cell = np.searchsorted(opening, ends) - 1
        inside = np.append(closing, -1)[cell] > ends
        outer = ends[~inside]
        if wrong is not None:
            problem = "is followed by more text after its closing quotation mark"
            raise self._stray(data, outer, int(opening[np.searchsorted(opening, marks[wrong]) - 1]), problem)
        if self._looks_for_rows and inside.any():
            whole = len(data) if at_end else int(ends[-1])
            cells = opening[cell[inside]], closing[cell[inside]]
            self._refuse_rows_inside(data[:whole], ends, inside, outer, *cells)
        if is_open and at_end:
            raise self._stray(data, outer, int(opening[-1]), "has a quotation mark that is never closed")
        return int(outer[-1]) + 1 if len(outer) else 0

    def _first_wrong(self, text: Any, marks: Any) -> int | None:
        """The first mark that cannot be what its place among the marks makes it: opening, closing in turn."""
        before = np.where(marks > 0, text[marks - 1], ord("\n"))
        after = np.where(marks + 1 < len(text), text[np.minimum(marks + 1, len(text) - 1)], ord("\n"))
        beside = np.where(np.arange(len(marks)) % 2 == 0, before, after)
        for at in np.flatnonzero(~np.isin(beside, list(self._after))).tolist():
            if at % 2 == 0 or not self._only_blanks_after(text, int(marks[at])):
                return int(at)
        return None

    def _only_blanks_after(self, text: Any, mark: int) -> bool:
        """Whether blanks alone part a closing mark from the end of its cell, which harms nothing."""
        rest = text[mark + 1 : mark + 1 + 256].tobytes().lstrip(b" ")
        return not rest or rest[0] in self._after - {_MARK[0]}

    def _without_inner_marks(self, data: bytes) -> bytes:
        """The block with another character for each mark within a cell that does not begin with one.

        Every reader takes these as they are. Ends at a cell that is against the rules, which stays.
        """
        blank, at = bytearray(data), 0
        while found := self._up_to_inner_mark.match(data, at):
            start, at = found.span("inner")
            if at < 0:
                break
            blank[start:at] = blank[start:at].replace(_MARK, b"'")
        return bytes(blank)

    def _refuse_rows_inside(
        self, data: bytes, ends: Any, inside: Any, outer: Any, opened: Any, closed: Any
    ) -> None:
        """Raises where a line that begins within a cell looks like a row of its own."""
        delimiters = np.flatnonzero(np.frombuffer(data, np.uint8) == self._shape.delimiter[0])
        starts, following = ends[inside] + 1, np.append(ends[1:], len(data))[inside]
        is_inner = closed >= following  # or else the cell is closed in this line
        counts = np.searchsorted(delimiters, following) - np.searchsorted(delimiters, starts)
        for at in np.flatnonzero(counts == self._shape.width - 1).tolist():
            line = data[int(starts[at]) : int(following[at])]
            if not self._shape.fits(line):
                continue
            # The last line of a comment in the first column looks like a row too, as the cells of its own row
            # follow in it; its first line does not.
            first = self._record_start(outer, int(opened[at]))
            if is_inner[at] or self._shape.fits(data[first : self._line_end(data, first)]):
                problem = f"takes in lines that look like rows of their own ({_beginning(line)})"
                raise self._stray(data, outer, int(opened[at]), problem, _CONFIRM)

    def _record_start(self, outer: Any, place: int) -> int:
        earlier = int(np.searchsorted(outer, place))
        return int(outer[earlier - 1]) + 1 if earlier else 0

    @staticmethod
    def _line_end(data: bytes, start: int) -> int:
        found = data.find(b"\n" if b"\n" in data else b"\r", start)
        return len(data) if found < 0 else found

    def _stray(
        self, data: bytes, outer: Any, opening: int, problem: str, remedy: str = _DENY
    ) -> StrayMarkError:
        first = self._record_start(outer, opening)
        return StrayMarkError(data[:first], _beginning(data[opening:]), problem, remedy)


def _beginning(data: bytes) -> str:
    """The first line of a text, or so much of it as a message can show; tabs as blanks."""
    text = data[: _SHOWN * 4].decode("utf-8", "ignore").replace("\t", " ")
    line = re.split(r"[\r\n]", text, maxsplit=1)[0]
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def count_records(data: bytes, delimiter: str) -> int:
    """How many records whole blocks have; for messages only."""
    lines = io.StringIO(data.decode("utf-8", "ignore"), newline="")
    return sum(1 for row in csv.reader(lines, delimiter=delimiter) if row)
