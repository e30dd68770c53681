"""A JSON page as records, each with its own piece of the page's text, untouched.

Raw keeps what the vendor sent, character for character; serialising a parsed record again would change
numbers and escapes. A page as vendors write it is cut between its records, `},{`, and each piece is parsed:
where all pieces are JSON, and so is the page without them, no other cut is possible. Any other page is parsed
whole and taken apart at its brackets and commas, which NumPy finds.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from json import JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from ingestion.http import parsed

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_SCAN: Final[Any] = JSONDecoder().scan_once  # type: ignore[attr-defined]
_QUOTE, _SLASH, _OPEN, _CLOSE, _COMMA = 1, 2, 3, 4, 5
_MARKS: Final = np.zeros(128, np.uint8)
_MARKS[list(b'"\\{[}],')] = _QUOTE, _SLASH, _OPEN, _OPEN, _CLOSE, _CLOSE, _COMMA


#: Stands in for the list's records while the page around them is parsed.
_RECORDS: Final = "the records of this page stand here"


class Page:
    """The texts of a page's list, as bytes, and the members beside it."""

    def __init__(self, lines: Sequence[bytes], envelope: dict[str, Any]) -> None:
        self.lines = lines
        self.envelope = envelope

    @cached_property
    def records(self) -> list[Any]:
        """The list's values."""
        return [self.record(at) for at in range(len(self.lines))]

    def record(self, at: int) -> Any:
        """One of the list's values."""
        return _SCAN(decoded(self.lines[at]), 0)[0]


class _Outline:
    """Where a JSON text has brackets and commas outside of strings, and how deep each is."""

    def __init__(self, text: str) -> None:
        self._text = text
        marks, kinds = _marks_of(text)
        steps = np.where(kinds == _OPEN, 1, np.where(kinds == _CLOSE, -1, 0))
        self._marks = marks
        self._is_comma = kinds == _COMMA
        self._depths = np.cumsum(steps)

    def end(self, start: int) -> int:
        """Where the value that starts there ends."""
        if self._text[start] not in "{[":
            return int(_SCAN(self._text, start)[1])
        _, last = self._span(start)
        return int(self._marks[last]) + 1

    def elements(self, start: int) -> list[str]:
        """The texts of the list that starts there."""
        first, last = self._span(start)
        inside = slice(first, last)
        own = self._is_comma[inside] & (self._depths[inside] == self._depths[first])
        cuts = [start, *self._marks[inside][own].tolist(), int(self._marks[last])]
        texts = [self._text[begin + 1 : end].strip(" \t\n\r") for begin, end in pairwise(cuts)]
        return texts if texts[0] else []

    def _span(self, start: int) -> tuple[int, int]:
        """The marks with which the object or list opens and closes."""
        first = int(np.searchsorted(self._marks, start))
        return first, first + int(np.argmax(self._depths[first:] < self._depths[first]))


def split_page(body: bytes, *path: str) -> Page | None:
    """The page's list at a path of keys, and what stands beside it; `None` where there is no such list.
    Raises `ValueError` for a body that is not JSON."""
    return _cut_between_objects(body, path) or _taken_apart(body, path)


def _cut_between_objects(body: bytes, path: Sequence[str]) -> Page | None:
    """The page, where it is written as vendors do; `None` for any other."""
    key = b'"%b":[' % path[-1].encode()
    start, end = body.find(key) + len(key), body.rfind(b"]")
    first, *others = body[start:end].split(b"},{")
    pieces = [first]
    if others:
        pieces = [first + b"}", *(b"{%b}" % piece for piece in others[:-1]), b"{" + others[-1]]
    if pieces[0][:1] != b"{" or pieces[-1][-1:] != b"}":
        return None
    try:
        for piece in pieces:
            orjson.loads(piece)
        around = orjson.loads(b'%b"%b"%b' % (body[:start], _RECORDS.encode(), body[end:]))
        for outer in path[:-1]:
            around = around[outer]
        return Page(pieces, around) if around.pop(path[-1]) == [_RECORDS] else None
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def _taken_apart(body: bytes, path: Sequence[str]) -> Page | None:
    text = whole_text(body)
    *outer, list_key = path
    outline = _Outline(text)
    at = _skip(text, 0)
    for wanted in outer:
        starts = [start for key, start in _members(text, at, outline) if key == wanted]
        if not starts:
            return None
        at = starts[-1]
    texts: list[str] | None = None
    envelope: dict[str, Any] = {}
    for key, start in _members(text, at, outline):
        if key == list_key and text[start] == "[":
            texts = outline.elements(start)
        else:
            envelope[key] = _SCAN(text, start)[0]
    return None if texts is None else Page(list(map(encoded, texts)), envelope)


def whole_text(body: bytes) -> str:
    """The text of a JSON document. Raises `ValueError` for a body that is none."""
    parsed(body)
    return decoded(body)


def decoded(line: bytes) -> str:
    """A record's text, half characters let through: the columns judge them."""
    return line.decode("utf-8", "surrogatepass")


def encoded(text: str) -> bytes:
    """The bytes of a record's text, half characters too."""
    return text.encode("utf-8", "surrogatepass")


def member_text(text: str, *path: str) -> str | None:
    """The text of an object's member at a path of keys; `None` where there is none."""
    at = _skip(text, 0)
    for wanted in path:
        starts = [start for key, start in _members(text, at) if key == wanted]
        if not starts:
            return None
        at = starts[-1]
    return text[at : _SCAN(text, at)[1]]


def _marks_of(text: str) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """The places of brackets and commas outside of strings, and what each is."""
    if text.isascii():
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
    else:  # places are counted in characters
        wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        codes = np.minimum(wide, 127).astype(np.uint8)
    kinds = _MARKS[codes]
    marks = np.flatnonzero(kinds)
    kinds = kinds[marks]
    if "\\" in text:
        slashes = marks[kinds == _SLASH]
        order = np.arange(len(slashes))
        is_first = np.diff(slashes, prepend=-2) != 1
        escaping = (order - np.maximum.accumulate(np.where(is_first, order, 0))) % 2 == 0
        plain = (kinds != _SLASH) & ~np.isin(marks, slashes[escaping] + 1)
        marks, kinds = marks[plain], kinds[plain]
    is_quote = kinds == _QUOTE
    outside = ~is_quote & (np.cumsum(is_quote) % 2 == 0)
    return marks[outside], kinds[outside]


def _members(text: str, at: int, outline: _Outline | None = None) -> Iterator[tuple[str, int]]:
    """The keys of the object at `at` and where their values start; nothing where it is no object."""
    if text[at] != "{":
        return
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1)
        start = _skip(text, _skip(text, at) + 1)
        yield key, start
        at = _skip(text, outline.end(start) if outline else _SCAN(text, start)[1])
        at = _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
