"""JSON lines by Python's `json`: numbers count lines, and an empty line is no record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from expectations.rereading.chunks import Chunk, Rounded, Share, Written
from expectations.rereading.csv_files import utf8
from expectations.rereading.mapping import Mapping as FileMapping


def read(path: Path, mapping: FileMapping, share: Share) -> Iterator[Chunk]:
    """The file's records."""
    last, pending = 0, b""
    for text in chain(utf8(path, mapping.encoding), [None]):
        *lines, pending = (pending + (text or b"\n")).split(b"\n")
        numbered = {at: line for at, line in enumerate(lines, start=last + 1) if line.strip()}
        last += len(lines)
        good: list[tuple[int, dict[str, Any], str]] = []
        broken: list[int] = []
        for number in share.chosen(list(numbered)).tolist():
            record = _object(numbered[number])
            if record is None and mapping.rows and _is_text(numbered[number]):
                record = {}  # says of itself that it is not meant
            if record is None:
                broken.append(number)
            else:
                good.append((number, record, numbered[number].decode().rstrip("\r\n")))
        yield Chunk(
            len(numbered),
            [number for number, _, _ in good],
            _columns([record for _, record, _ in good]),
            broken,
            [line for _, _, line in good],
        )


def _columns(objects: Sequence[Mapping[str, Any]]) -> dict[str, list[str | None]]:
    names = dict.fromkeys(name for each in objects for name in each)
    return {name: [_text(each.get(name)) for each in objects] for name in names}


def _object(line: bytes) -> dict[str, Any] | None:
    """The object that a line holds; of members of one name the first counts."""
    try:
        found = json.loads(
            line.decode(),
            object_pairs_hook=lambda members: dict(reversed(members)),
            parse_constant=_refuse,
            parse_float=_fraction,
        )
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_text(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _fraction(written: str) -> str:
    """A number with a fraction or an exponent, which has lost digits where it is an id."""
    value = repr(float(written))
    return Written(value) if written.lower() == value or "e" not in written.lower() else Rounded(value)


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
