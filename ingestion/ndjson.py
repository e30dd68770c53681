"""Lines of JSON from a stream, some thousands at a time, however large the stream.

A line that cannot be decoded or parsed becomes `Unparsed` in its place, so that no line is lost and the
others keep their numbers. Knows neither vendors nor files' names.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, Final

import orjson

from ingestion.http import parsed
from ingestion.records import Unparsed
from ingestion.tables import Reason

_CHUNK: Final = 1 << 22


def json_lines(stream: BinaryIO, size: int) -> Iterator[list[bytes]]:
    """Up to `size` lines at a time, without space around them; empty lines are no records."""
    lines = _lines(stream)
    while block := list(islice(lines, size)):
        yield block


def read_line(line: bytes) -> Any:
    """The line as a record."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return _read_odd(line)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    left = b""
    while chunk := stream.read(_CHUNK):
        *whole, left = (left + chunk).split(b"\n")
        yield from filter(None, map(bytes.strip, whole))
    if last := left.strip():
        yield last


def _read_odd(line: bytes) -> Any:
    try:
        line.decode()
        return parsed(line)
    except UnicodeDecodeError as failure:
        return Unparsed(Reason.UNDECODABLE, f"the line is not UTF-8 at its byte {failure.start + 1}")
    except (ValueError, RecursionError) as failure:
        return Unparsed(Reason.MALFORMED_JSON, f"the line is not JSON ({failure})")
