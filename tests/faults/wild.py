"""Records as nobody promised them, made of real ones by a seed, and the page that holds them.

Belongs here: wild values and where they are put. Does not belong here: what comes of them (`test_wild.py`).
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

from demo.vendors.scripts import describes_fields, records_of

Record = dict[str, Any]
_VALUES: Final[tuple[Callable[[Random], Any], ...]] = (
    lambda _: None,
    lambda drawn: drawn.choice((True, False)),
    lambda drawn: drawn.choice((0, -1, 11, 2**31, 2**53 + 1, 2**63, -(2**64), 10**30)),
    lambda drawn: drawn.choice((0.1, -0.0, 9.5, 1e300, 5e-324, float("nan"), float("inf"))),
    lambda drawn: drawn.choice(("", " ", "9", "ten", "null", "=1+1", "'; drop table x; --", "\\", '"', "%s")),
    lambda drawn: drawn.choice(
        ("👩‍👩‍👧‍👦", "e\u0301", "\u202egnp", "Ⅸ", "\ufeff", "\U0010ffff", "ß" * 7, "名前")
    ),
    lambda drawn: drawn.choice(("\x00", "\x1b[2J", "a\nb", "\r", "\u2028", "\x7f", "\ud800", "\udc00\ud800")),
    lambda drawn: "x" * drawn.choice((255, 256, 65_536, 100_000)) if drawn.random() < 0.05 else "x",
    lambda drawn: drawn.choice(
        (
            *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "10000-01-01T00:00:00Z", "2024-02-30"),
            *("2024-02-29T00:00:00Z", "1969-12-31T23:59:59Z", "2025-06-30T23:59:60Z", "2025-03-30T02:30:00"),
            *("2025-01-01T00:00:00+14:00", "2025-01-01", "0000-00-00", "-0001-01-01T00:00:00Z"),
        )
    ),
    lambda drawn: drawn.choice((-1, 0, 253_402_300_799, 253_402_300_800, -62_135_596_801, 1_735_689_600_000)),
    lambda _: [],
    lambda _: {},
    lambda _: [[{"deep": [None]}]],
    lambda drawn: {drawn.choice(("", "id", "👍", "a.b")): drawn.choice((1, "1", None))},
)
_NO_RECORDS: Final[tuple[Any, ...]] = (None, 7, "no record", [], {}, True)


def wild(real: list[Record], count: int, drawn: Random) -> list[Any]:
    """So many records; each is a real one with some values changed, members lost or added, or none at all."""
    made: list[Any] = []
    for _ in range(count):
        if drawn.random() < 0.01:
            made.append(drawn.choice(_NO_RECORDS))
            continue
        record = json.loads(json.dumps(drawn.choice(real)))
        for _ in range(drawn.choice((1, 1, 2, 5))):
            _spoil(record, drawn)
        made.append(record)
    return made


def _spoil(record: Record, drawn: Random) -> None:
    holder: Any = record
    while True:
        places = list(holder) if type(holder) is dict else range(len(holder))
        if not places:
            return
        place = drawn.choice(places)
        if type(holder[place]) in (dict, list) and holder[place] and drawn.random() < 0.8:
            holder = holder[place]
            continue
        kind = drawn.random()
        if kind < 0.1 and type(holder) is dict:
            del holder[place]
        elif kind < 0.2 and type(holder) is dict:
            holder[drawn.choice(("new", "", "Colour__c", "名"))] = drawn.choice(_VALUES)(drawn)
        else:
            holder[place] = drawn.choice(_VALUES)(drawn)
        return


def page_of(page: bytes, count: int, drawn: Random, sent: list[str]) -> bytes:
    """A page on which wild records come before its own, whose last leads to the next; `sent` has the text of
    each record then."""
    document = json.loads(page)
    records = records_of(document)
    if not records or describes_fields(document):
        return page
    records[:0] = wild(records, count, drawn)
    sent.extend(map(json.dumps, records))
    if "totalSize" in document:  # of a query, not of a page
        document["totalSize"] += count
    return json.dumps(document).encode()
