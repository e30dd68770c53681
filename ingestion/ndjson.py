"""Lines of JSON from a stream, some ten thousands at a time, however large the stream.

A line that cannot be decoded or parsed becomes `Unparsed` in its place, so that no line is lost and the
others keep their numbers. Knows neither vendors nor files' names.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from ingestion.arrow import Unparsed
from ingestion.http import parsed
from ingestion.tables import Reason

_CHUNK: Final = 1 << 22


def json_lines(stream: BinaryIO, size: int) -> Iterator[tuple[list[Any], list[str]]]:
    """`(records, texts)` of up to `size` lines each; empty lines are no records."""
    records: list[Any] = []
    texts: list[str] = []
    for line in _lines(stream):
        record, text = _read(line)
        records.append(record)
        texts.append(text)
        if len(records) >= size:
            yield records, texts
            records, texts = [], []
    if records:
        yield records, texts


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
