"""Lines of JSON from a stream, some thousands at a time, however large the stream.

A line that cannot be decoded or parsed becomes `Unparsed` in its place, so that no line is lost and the
others keep their numbers. Knows neither vendors nor files' names.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO, Final

from ingestion.http import parsed
from ingestion.records import Unparsed
from ingestion.tables import Reason

_CHUNK: Final = 1 << 22


def json_lines(stream: BinaryIO, size: int) -> Iterator[list[bytes]]:
    """Up to `size` lines at a time, without space around them; empty lines are no records."""
    lines = _lines(stream)
    while block := list(islice(lines, size)):
        yield block


def read_lines(lines: Sequence[bytes]) -> tuple[list[Any], list[str]]:
    """The lines as records and texts."""
    read = [_read(line) for line in lines]
    return [record for record, _ in read], [text for _, text in read]


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    left = b""
    while chunk := stream.read(_CHUNK):
        *whole, left = (left + chunk).split(b"\n")
        yield from filter(None, map(bytes.strip, whole))
    if last := left.strip():
        yield last


def _read(line: bytes) -> tuple[Any, str]:
    try:
        text = line.decode()
    except UnicodeDecodeError as failure:
        detail = f"the line is not UTF-8 at its byte {failure.start + 1}"
        return Unparsed(Reason.UNDECODABLE, detail), line.decode("utf-8", "backslashreplace")
    try:
        return parsed(line), text
    except (ValueError, RecursionError) as failure:
        return Unparsed(Reason.MALFORMED_JSON, f"the line is not JSON ({failure})"), text
