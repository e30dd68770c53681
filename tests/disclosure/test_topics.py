"""What few mention, or few leave out, does not follow from other members, other windows, or from the scores.

The attacker is stronger than any reader: of each topic that has a row all bands are known, not only what the
row says of them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expectations.recount.bridge_hidden import of_few
from expectations.recount.statistics import Counts
from expectations.recount.suppression import digest, for_others
from expectations.recount.topic_counts import ALL, QUARTER, REST, YEAR, Cell, Counted, Parts
from expectations.recount.topics_hidden import hidden
from tests.disclosure.attacker import Attacker
from tests.disclosure.scores import in_doubt

FLOOR = 5
KIND = ("relationship", "2023.1")
NOBODY = (0, 0, 0)
Members = Mapping[str, Parts]


def cell(member: str) -> Cell:
    return (*KIND, "company" if member == ALL else "journey_stage", member)


def added(parts: Sequence[Parts]) -> Parts:
    return Parts(
        *(cast("Any", tuple(int(band) for band in np.sum(of, axis=0))) for of in zip(*parts, strict=True))
    )


def visible(members: Members) -> set[str]:
    """The members whose score is shown: by decision 60."""
    names = sorted(members, key=digest)
    bands = np.array([np.sum(members[name], axis=0) for name in names])
    counts, same = Counts(*bands.T), np.zeros(len(names), np.int64)
    few = counts.responses < FLOOR
    gone = few | for_others(counts, few, np.full(len(names), float(FLOOR)), same, np.arange(len(names)))
    return {name for name, is_gone in zip(names, gone, strict=True) if not is_gone}


def shown(windows: Mapping[str, Members], *, is_protected: bool) -> set[tuple[str, str]]:
    """Grain and member (or the company) of each row of the topic; without protection each part that has the
    floor's answers."""
    whole = {window: {**members, ALL: added([*members.values()])} for window, members in windows.items()}
    counted = cast(
        "Counted",
        SimpleNamespace(
            windows={
                window: {
                    cell(name): SimpleNamespace(parts=lambda _, parts=parts: parts)
                    for name, parts in of.items()
                }
                for window, of in whole.items()
            }
        ),
    )
    seen = {
        (grain, cell(name)) for grain in windows if grain != REST for name in (*visible(windows[grain]), ALL)
    }
    found = set()
    for grain in (each for each in windows if each != REST):
        for segment in ("company", "journey_stage"):
            gone = hidden(counted, (*KIND, segment), grain, "price", FLOOR, seen)
            found |= {
                (grain, name)
                for name, parts in whole[grain].items()
                if cell(name)[2] == segment and (grain, cell(name)) in seen
                if min(sum(parts.mentioning), sum(parts.other)) >= FLOOR
                if not (is_protected and cell(name) in gone)
            }
    return found


def attacker(windows: Mapping[str, Members], told: set[tuple[str, str]]) -> Attacker:
    """All that rows of the topic and scores say of parts and bands."""
    found = Attacker()
    for window, members in windows.items():
        of_company = {**members, ALL: added([*members.values()])}
        seen = visible(members) | {ALL}
        for name, parts in of_company.items():
            for place in range(3):
                for band in range(3):
                    unknown = (window, name, place, band)
                    if (window, name) in told:
                        found.knows(unknown, parts[place][band])
                    if name == ALL:
                        found.adds_up([(window, member, place, band) for member in members], unknown)
                    if window == YEAR and QUARTER in windows:
                        found.adds_up([(each, name, place, band) for each in (QUARTER, REST)], unknown)
            if window != REST:
                for band in range(3) if name in seen else ():
                    total = sum(part[band] for part in parts)
                    found.learns({(window, name, place, band): 1 for place in range(3)}, total)
                everything: dict[Hashable, float] = {
                    (window, name, place, band): 1.0 for place in range(3) for band in range(3)
                }
                found.learns(everything, sum(map(sum, parts)))
    return found


def recovered(windows: Mapping[str, Members], *, is_protected: bool = True) -> list[tuple[str, str, int]]:
    """Window, member and part of few answers, of which the attacker doubts fewer than two bands."""
    attack = attacker(windows, shown(windows, is_protected=is_protected))
    return [
        (window, name, place)
        for window, members in windows.items()
        for name, parts in members.items()
        for place, part in enumerate(parts)
        if 0 < sum(part) < FLOOR
        if in_doubt(attack.interval((window, name, place, band)) for band in range(3)) < 2
    ]


SAID = Parts((6, 2, 3), (4, 3, 5), NOBODY)


@pytest.mark.parametrize(
    ("few", "told"),
    [
        # few mention it in one member: the company less the others
        (Parts((1, 0, 1), (5, 4, 3), NOBODY), 0),
        # all but few mention it
        (Parts((5, 4, 3), (1, 0, 1), NOBODY), 1),
        # few say nothing: the score less both groups
        (Parts((5, 4, 3), (5, 4, 3), (0, 1, 1)), 2),
    ],
)
def test_without_protection_a_topic_of_few_is_recovered(few: Parts, told: int) -> None:
    windows = {YEAR: {"buy": few, "use": SAID, "leave": SAID}}
    assert (YEAR, "buy", told) in recovered(windows, is_protected=False)
    assert not recovered(windows)


def test_the_rest_of_a_year_is_not_told_by_its_quarter() -> None:
    rest = {"buy": Parts((1, 0, 1), (5, 4, 3), NOBODY), "use": SAID, "leave": SAID}
    quarter = dict.fromkeys(rest, SAID)
    year = {name: added([rest[name], quarter[name]]) for name in rest}
    windows = {YEAR: year, QUARTER: quarter, REST: rest}
    assert (REST, "buy", 0) in recovered(windows, is_protected=False)
    assert not recovered(windows)


_PART = st.tuples(*[st.integers(0, 5)] * 3)
#: Nobody who mentions it is a passive, which the company's row says; one passive of the second is silent.
OF_ONE_MIND = [((0, 0, 2), (0, 0, 5), (0, 0, 3)), ((0, 0, 3), NOBODY, (0, 1, 1))]


@settings(max_examples=12, deadline=None)
@example(OF_ONE_MIND)
@given(
    st.lists(
        st.tuples(_PART, _PART, _PART).filter(lambda parts: any(map(any, parts))), min_size=2, max_size=4
    )
)
def test_no_topic_tells_what_few_people_said(parts: list[tuple[Any, Any, Any]]) -> None:
    """But for scores by themselves: where all answers of a member are of one band, they are known. And but
    for a group that is shown: if nobody of it is of a band, nobody of a part of it is."""
    members = {f"m{place}": Parts(*each) for place, each in enumerate(parts)}
    windows = {YEAR: members}
    without_topics = attacker(windows, set())
    if (YEAR, ALL) in shown(windows, is_protected=True):
        for place, of_company in enumerate(added([*members.values()])):
            for band in (band for band in range(3) if of_company[band] == 0):
                without_topics.knows((YEAR, ALL, place, band), 0)
    for window, name, place in recovered(windows):
        bounds = (without_topics.interval((window, name, place, band)) for band in range(3))
        assert of_few(members[name][place], NOBODY, FLOOR)
        assert in_doubt(bounds) < 2
