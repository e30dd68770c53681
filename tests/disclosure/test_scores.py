"""What few answers said does not follow from the other members of their dimension.

The attacker who reads the demo's publication is in `tests/end_to_end/test_nothing_hidden_is_recovered.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.recount.statistics import Counts
from expectations.recount.suppression import for_others
from tests.disclosure.scores import BANDS, in_doubt, learnt

FLOOR = 5
_COUNTS = st.tuples(*[st.integers(0, 9)] * 3).filter(any)


def company(members: list[tuple[int, ...]]) -> dict[str, Any]:
    return dict(zip(BANDS, (sum(band) for band in zip(*members, strict=True)), strict=True))


def published(members: list[tuple[int, ...]], *, is_protected: bool = True) -> list[dict[str, Any]]:
    """The rows of a group; if not protected, only those with few answers are hidden."""
    counts, same = Counts(*np.array(members).T), np.zeros(len(members), np.int64)
    few, floor = counts.responses < FLOOR, np.full(len(members), float(FLOOR))
    hidden = few | (for_others(counts, few, floor, same, np.arange(len(members))) & is_protected)
    return [
        {"name": name, "responses": sum(member)}
        | dict(zip(BANDS, [None] * 3 if hidden[name] else member, strict=True))
        for name, member in enumerate(members)
    ]


@settings(max_examples=6, deadline=None)
@given(st.lists(_COUNTS, min_size=2, max_size=6))
def test_what_few_answers_said_is_not_recovered(members: list[tuple[int, ...]]) -> None:
    """An attacker is left with two bands or more in doubt, unless everybody in the company said the same."""
    rows, whole = published(members), company(members)
    few = [row for row in rows if row["responses"] < FLOOR]
    for row in few[:2] if len([band for band in whole.values() if band]) > 1 else ():
        assert in_doubt(learnt(whole, rows, row)) >= 2


@pytest.mark.parametrize(
    ("few", "goes"),
    [
        # one by itself is known exactly
        ([(1, 0, 2)], [1]),
        # two who all said the same, whichever of them said it
        ([(0, 3, 0), (0, 4, 0)], [2]),
        # the next one says the same again
        ([(4, 0, 0), (6, 0, 0)], [1, 2]),
    ],
)
def test_without_protection_it_is_recovered(few: list[tuple[int, ...]], goes: list[int]) -> None:
    members = [*few, (4, 3, 1), (9, 3, 2)]
    whole, unprotected, rows = company(members), published(members, is_protected=False), published(members)
    assert in_doubt(learnt(whole, unprotected, unprotected[0])) == 0
    assert in_doubt(learnt(whole, rows, rows[0])) >= 2
    hidden = [row["name"] for row in rows if row["promoters"] is None]
    assert [name for name in hidden if sum(members[name]) >= FLOOR] == goes


def test_nobody_is_hidden_where_nobody_has_few_answers() -> None:
    assert all(row["promoters"] is not None for row in published([(5, 0, 0), (6, 0, 0)]))
