"""What a line of the bridge takes out does not tell what few people said.

The attacker who reads the demo's publication is in `tests/end_to_end/test_nothing_hidden_is_recovered.py`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import definition
from expectations.recount.bridge import Received, lines
from expectations.recount.bridge_hidden import Bands, hidden, hidden_beside, of_few
from tests.disclosure.bridge import BANDS, attacker
from tests.disclosure.scores import in_doubt

FLOOR = 5
MARCH = date(2025, 3, 5)
SCORES = {"promoters": 10.0, "passives": 8.0, "detractors": 3.0, "no band": None}
#: Survey, reason, band, answers.
Answers = list[tuple[str, str, str, int]]
REASONS = ("preview_or_test", "staff_or_own_domain", "superseded", "quarantine_window")
COUNTED: Answers = [("sv_1", "counted", band, 12) for band in BANDS]


def published(answers: Answers, *, is_protected: bool = True) -> list[dict[str, Any]]:
    """The bridges; if not protected, only those are hidden that end on few answers."""
    received: Counter[Received] = Counter()
    for survey, reason, band, number in answers:
        key = Received("relationship", "qualtrics", survey, MARCH, "2023.1", reason, SCORES[band])
        received[key] += number
    rows = [each._asdict() for each in lines(received, definition.versions(), set())]
    if is_protected:
        return rows
    for row in rows:
        if row["reportability"] == "suppressed_for_others":
            taken = definition.EXCLUSIONS[: row["line_number"]]
            row.update(
                {
                    band: sum(
                        number
                        for survey, reason, said, number in answers
                        if said == band and row["survey_id"] in (survey, "(all)") and reason not in taken
                    )
                    for band in BANDS
                }
            )
    return rows


def recovered(answers: Answers, *, is_protected: bool = True) -> list[tuple[str, str]]:
    """Survey and reason of few answers with a band, of which the attacker doubts fewer than two bands."""
    attack = attacker(published(answers, is_protected=is_protected))
    taken: dict[tuple[str, str], Counter[str]] = {}
    for survey, reason, band, number in answers:
        if reason != "counted":
            for key in ((survey, reason), ("(all)", reason)):
                taken.setdefault(key, Counter())[band] += number
    few = [
        key
        for key, bands in taken.items()
        if of_few((0, 0, 0), (bands["promoters"], bands["passives"], bands["detractors"]), FLOOR)
    ]
    return [key for key in few if in_doubt(attack.interval((*key, band)) for band in BANDS) < 2]


@pytest.mark.parametrize(
    ("taken_out", "without"),
    [
        # two answers of staff
        ([("sv_1", "staff_or_own_domain", "promoters", 2)], {"staff_or_own_domain"}),
        # many, who all said the same
        ([("sv_1", "preview_or_test", "detractors", 20)], {"preview_or_test"}),
        # between two lines that take out enough
        (
            [
                ("sv_1", "preview_or_test", "detractors", 5),
                ("sv_1", "preview_or_test", "passives", 5),
                ("sv_1", "staff_or_own_domain", "promoters", 1),
                ("sv_1", "superseded", "detractors", 5),
                ("sv_1", "superseded", "promoters", 5),
            ],
            {"staff_or_own_domain"},
        ),
        # of another survey, which follows from the first and both
        (
            [
                ("sv_1", "superseded", "detractors", 5),
                ("sv_1", "superseded", "promoters", 5),
                ("sv_2", "counted", "promoters", 5),
                ("sv_2", "counted", "passives", 5),
                ("sv_2", "superseded", "promoters", 1),
            ],
            {"superseded"},
        ),
    ],
)
def test_without_protection_it_is_recovered(taken_out: Answers, without: set[str]) -> None:
    answers = COUNTED + taken_out
    assert {reason for _, reason in recovered(answers, is_protected=False)} == without
    assert not recovered(answers)


_TAKEN_OUT = st.tuples(
    st.sampled_from(("sv_1", "sv_2")),
    st.sampled_from((*REASONS, "counted")),
    st.sampled_from(tuple(SCORES)),
    st.integers(1, 8),
).filter(lambda each: each[1] != "counted" or each[2] != "no band")


@settings(max_examples=12, deadline=None)
@given(st.lists(_TAKEN_OUT, max_size=12))
def test_no_line_tells_what_few_people_said(taken_out: Answers) -> None:
    answers = COUNTED + taken_out
    assert not recovered(answers)
    last = [row for row in published(answers) if row["survey_id"] == "(all)" and row["kind"] == "published"]
    assert [row["promoters"] for row in last] == [
        sum(number for _, reason, band, number in answers if (reason, band) == ("counted", "promoters"))
    ]


_BANDS = st.tuples(*[st.integers(0, 6)] * 3)


@given(st.lists(_BANDS, max_size=8), _BANDS)
def test_between_two_lines_that_are_shown_are_enough(taken_out: list[Bands], counted: Bands) -> None:
    """A line is hidden only with a reason: what it takes out, or what follows it, is of few."""
    left = [counted]
    for out in reversed(taken_out):
        left.insert(0, (left[0][0] + out[0], left[0][1] + out[1], left[0][2] + out[2]))
    gone = hidden(left, FLOOR)
    shown = [bands for bands, is_hidden in zip(left, gone, strict=True) if not is_hidden]
    assert shown[-1] == counted
    assert not any(of_few(one, other, FLOOR) for one, other in pairwise(shown))
    steps = [of_few(one, other, FLOOR) for one, other in pairwise(left)]
    assert any(steps) or not any(gone)


def test_a_convention_goes_if_it_differs_by_few() -> None:
    account, revenue = (8, 8, 6), (8, 8, 5)
    assert hidden_beside((10, 10, 10), [(10, 9, 10), account, revenue], FLOOR) == [True, False, True]
    assert hidden_beside((10, 10, 10), [(10, 10, 10), (10, 10, 10)], FLOOR) == [False, False]
    assert hidden_beside((10, 10, 10), [(10, 10, 3)], FLOOR) == [True]


def test_of_a_month_that_is_hidden_nothing_is_shown() -> None:
    received = Counter({Received("relationship", "qualtrics", "sv_1", MARCH, "2023.1", "counted", 9.0): 12})
    month = ("relationship", MARCH.replace(day=1), "2023.1")
    shown, hidden = (lines(received, definition.versions(), gone) for gone in (set(), {month}))
    assert {each.reportability for each in shown} == {"interval_only"}
    assert {(each.reportability, each.promoters) for each in hidden} == {("suppressed_for_others", None)}
