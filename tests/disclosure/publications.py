"""What two publications tell of the answers that came in between: differencing.

Answers are counted cell by cell, as in `all_time`: what came since is a difference of shown figures.

Belongs here: differences of cells that are shown in both. Does not belong here: what is published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import numpy as np

from expectations.recount import released
from expectations.recount.periods import Calendar
from expectations.recount.statistics import Integers
from expectations.recount.suppression import Mask

#: An answer: its band, and its members by dimension.
Answer: TypeAlias = Mapping[str, Any]
#: Dimensions and members.
Cell: TypeAlias = tuple[tuple[str, ...], tuple[Any, ...]]
FLOOR = 5
_EPOCH = date(1970, 1, 1)
_BANDS = ("promoter", "passive", "detractor")


def told(
    before: Sequence[Answer],
    between: Sequence[Answer],
    segments: Iterable[Sequence[str]],
    hidden: Collection[Cell] = (),
) -> int:
    """Of how many answers that came in between the band follows: those of a cell that only one band came to.

    A cell counts as shown once it has the floor's answers (and nobody holds it back, `hidden`), though some
    are hidden for others: so this is the most that differences of single cells can tell.
    """
    known: set[int] = set()
    for split_by in segments:
        already = Counter(tuple(answer[name] for name in split_by) for answer in before)
        came: dict[tuple[Any, ...], list[int]] = {}
        for place, answer in enumerate(between):
            came.setdefault(tuple(answer[name] for name in split_by), []).append(place)
        for cell, places in came.items():
            is_told = already[cell] >= FLOOR and (tuple(split_by), cell) not in hidden
            if is_told and len({between[place]["nps_band"] for place in places}) == 1:
                known.update(places)
    return len(known)


def held_back(answers: Sequence[Answer], as_of: date, segments: Iterable[Sequence[str]]) -> set[Cell]:
    """The cells that a publication does not show as of its day. Answers are of one type and version."""
    calendar = Calendar.of(min((answer["response_date"] for answer in answers), default=None), as_of)
    company: Mask | None = None
    clean: dict[str, Mask] = {}
    found: set[Cell] = set()
    for split_by in sorted(map(tuple, segments), key=len) if answers else ():
        cells = sorted({tuple(answer[name] for name in split_by) for answer in answers})
        upto: Integers = np.zeros((len(calendar.days), len(cells), 3), np.int64)
        for answer in answers:
            place = cells.index(tuple(answer[name] for name in split_by))
            later = calendar.days > (answer["response_date"] - _EPOCH).days
            upto[later, place, _BANDS.index(answer["nps_band"])] += 1
        group = released.released(
            upto,
            calendar,
            np.full(len(cells), float(FLOOR)),
            [str(cell[0]) if cell else "" for cell in cells],
            [np.arange(len(cells))],
            company,
            [clean[name] for name in split_by] if len(split_by) == 2 else (),
        )
        if not split_by:
            company = group.unreleased
        if len(split_by) == 1:
            clean[split_by[0]] = group.clean
        today = int(np.searchsorted(calendar.days, (as_of - _EPOCH).days))
        found |= {(split_by, cells[place]) for place in np.flatnonzero(group.unreleased[today]).tolist()}
    return found
