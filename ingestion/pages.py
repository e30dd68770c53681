"""A JSON page as records, each with its own piece of the page's text, untouched.

Raw keeps what the vendor sent, letter for letter; writing a parsed record out again would change numbers
and escapes. The text is taken for valid JSON: `http.py` has parsed it once.
"""

import re
from collections.abc import Iterator
from json import JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final, NamedTuple

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_SCAN: Final[Any] = JSONDecoder().scan_once  # type: ignore[attr-defined]


class Page(NamedTuple):
    """The records of a page's list, their texts, and the page's other members."""

    records: list[Any]
    texts: list[str]
    envelope: dict[str, Any]


def split_page(text: str, list_key: str) -> Page | None:
    """The page's list under a top-level key; `None` when the page is no object or has no such list."""
    at = _skip(text, 0)
    if text[at] != "{":
        return None
    page = Page([], [], {})
    found = False
    for key, start in _members(text, at):
        if key == list_key and text[start] == "[":
            found = True
            for value, begin, end in _elements(text, start):
                page.records.append(value)
                page.texts.append(text[begin:end])
        else:
            page.envelope[key] = _SCAN(text, start)[0]
    return page if found else None


def member_text(text: str, *path: str) -> str | None:
    """The text of an object's member at a path of keys; `None` where there is none."""
    at = _skip(text, 0)
    for wanted in path:
        if text[at] != "{":
            return None
        starts = [start for key, start in _members(text, at) if key == wanted]
        if not starts:
            return None
        at = starts[-1]
    return text[at : _SCAN(text, at)[1]]


def _members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The keys of the object at `at` and where their values start."""
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = scanstring(text, at + 1)
        start = _skip(text, _skip(text, at) + 1)
        yield key, start
        at = _next(text, _SCAN(text, start)[1])


def _elements(text: str, at: int) -> Iterator[tuple[Any, int, int]]:
    """The values of the list at `at` and where each begins and ends."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        value, end = _SCAN(text, at)
        yield value, at, end
        at = _next(text, end)


def _next(text: str, at: int) -> int:
    at = _skip(text, at)
    return _skip(text, at + 1) if text[at] == "," else at


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
