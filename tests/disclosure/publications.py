"""What two publications tell of the answers that came in between: differencing.

Answers are counted cell by cell, as in `all_time`: what came since is a difference of shown figures.

Belongs here: differences of cells that are shown in both. Does not belong here: what is published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

#: An answer: its band, and its members by dimension.
Answer: TypeAlias = Mapping[str, Any]
FLOOR = 5


def told(before: Sequence[Answer], between: Sequence[Answer], segments: Iterable[Sequence[str]]) -> int:
    """Of how many answers that came in between the band follows: those of a cell that only one band came to.

    A cell counts as shown once it has the floor's answers, though some are hidden for others: so this is the
    most that differences of single cells can tell.
    """
    known: set[int] = set()
    for split_by in segments:
        already = Counter(tuple(answer[name] for name in split_by) for answer in before)
        came: dict[tuple[Any, ...], list[int]] = {}
        for place, answer in enumerate(between):
            came.setdefault(tuple(answer[name] for name in split_by), []).append(place)
        for cell, places in came.items():
            if already[cell] >= FLOOR and len({between[place]["nps_band"] for place in places}) == 1:
                known.update(places)
    return len(known)
