"""Counts the records of a response independently of the code that splits it: if they differ, one is wrong.

A record lost while a page is split leaves no trace, and every later count is one too low. So the records of
each page, and the lines of each export, are counted a second time in another way.
"""

import zipfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from ingestion.bodies import Unpacking
from ingestion.errors import LoadMismatchError
from ingestion.http import parsed
from ingestion.ndjson import json_lines
from ingestion.pages import Page, split_page


def counted_page(body: bytes, *path: str) -> Page | None:
    """`split_page`, and as many records as the parsed body has. Raises `LoadMismatchError` too."""
    page = split_page(body, *path)
    if page is not None:
        held = parsed(body)
        for key in path:
            held = held[key]
        _same(f"a page's `{'.'.join(path)}`", len(held), len(page.lines))
    return page


def counted_lines(
    archive: zipfile.ZipFile, member: str, size: int, unpacking: Unpacking
) -> Iterator[list[bytes]]:
    """`json_lines` of a member of an archive, and as many as it has. Raises `LoadMismatchError`, and what
    `unpacking` raises of it."""
    given = 0
    with archive.open(member) as stream:
        counting = _Counting(cast(BinaryIO, stream), unpacking)
        for lines in json_lines(cast(BinaryIO, counting), size):
            given += len(lines)
            yield lines
    if given != counting.lines:  # a member that has empty lines is read once more: vendors write none
        with archive.open(member) as stream:
            _same(f"`{member}` of an export", sum(1 for line in stream if line.strip()), given)


class _Counting:
    """A stream that counts the lines that are read from it."""

    def __init__(self, stream: BinaryIO, unpacking: Unpacking) -> None:
        self._stream = stream
        self._unpacking = unpacking
        self._breaks = 0
        self._last = b"\n"

    @property
    def lines(self) -> int:
        """The lines so far, empty ones among them; the last need not end in a line break."""
        return self._breaks + (self._last != b"\n")

    def read(self, size: int) -> bytes:
        chunk = self._stream.read(size)
        self._unpacking.saw(chunk)
        self._breaks += chunk.count(b"\n")
        self._last = chunk[-1:] or self._last
        return chunk


def _same(place: str, counted: int, received: int) -> None:
    if counted != received:
        raise LoadMismatchError(
            f"{place} has {counted} records by a second count, but {received} were received; nothing of this "
            "load is kept: report it with the vendor's response"
        )
