"""What HubSpot tells of a record inside another one, as records of their own: merges and changes.

Each is put together from HubSpot's own texts, so that raw keeps what was sent, and the guard reads it there.
Belongs here: taking records apart. Does not belong here: columns (`hubspot_tables.py`) and requests.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import orjson

from ingestion.arrow import dig
from ingestion.crm.hubspot_tables import MERGED
from ingestion.http import parsed
from ingestion.pages import split_page

#: How many versions of a property HubSpot shows; what was before them, it no longer knows.
SHOWN_VERSIONS: Final = 20


class Sent(NamedTuple):
    """A record and its text."""

    line: bytes
    record: Any


def sent(lines: Sequence[bytes]) -> list[Sent]:
    """Records with their texts."""
    return [Sent(line, parsed(line)) for line in lines]


def with_merged(found: Sequence[Sent]) -> Iterator[Sent]:
    """The records, and after each what was merged into it: `{"id", "archived", "mergedInto"}`.

    A record that was merged away is shown nowhere else. A survivor lists all that ever were, chains included.
    """
    for each in found:
        yield each
        for merged in merged_ids(each.record):
            record = {"id": merged, "archived": True, "mergedInto": each.record}
            yield Sent(b'{"id":%b,"archived":true,"mergedInto":%b}' % (_written(merged), each.line), record)


def merged_ids(record: Any) -> list[str]:
    """The ids of what was merged into a record."""
    listed = dig(record, "properties", MERGED)
    ids = listed.split(";") if type(listed) is str else []
    return [each for each in map(str.strip, ids) if each and each != dig(record, "id")]


def changes(found: Sequence[Sent], properties: Sequence[str]) -> Iterator[bytes]:
    """The changes of each record's properties: `{"id", "property", "version", "previous"}`.

    The first version of a property is no change: it held since the company came to be. Only where it is
    younger than the company, and no earlier one can have left the list, was there nothing before.
    """
    for line, record in found:
        company = _written(dig(record, "id") if type(record) is dict else None)
        for name in properties:
            page = split_page(line, "propertiesWithHistory", name)
            versions = sorted(sent(page.lines) if page else (), key=lambda each: _moment(each.record))
            before = b"null"
            for place, version in enumerate(versions):
                if place or _is_later(version.record, record, len(versions)):
                    yield b'{"id":%b,"property":"%b","version":%b,"previous":%b}' % (
                        company,
                        name.encode(),
                        version.line,
                        before,
                    )
                before = version.line


def _written(value: Any) -> bytes:
    """A value as JSON, be it text that UTF-8 cannot hold."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value).encode()


def _is_later(version: Any, record: Any, versions: int) -> bool:
    return versions < SHOWN_VERSIONS and _moment(version) > str(dig(record, "createdAt"))


def _moment(version: Any) -> str:
    """As HubSpot writes it, all in one form and in UTC; a version without one comes first, and is refused."""
    return str(dig(version, "timestamp") or "")
