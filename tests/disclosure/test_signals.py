"""What few flagged answers said, or a branch whose score is hidden, does not follow from signals.


Answers that are taken out (`nps_bridge`) do not count, and flagged ones do: beside each other, what counts is
what is flagged and what is not.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import definition
from expectations.recount import integrity, integrity_counts
from expectations.recount.bridge_hidden import Bands, of_few
from expectations.recount.integrity import Beside, null_model
from tests.disclosure import bridge
from tests.disclosure.scores import BANDS, in_doubt
from tests.disclosure.test_bridge import Answers, published

FLOOR = 5
KIND = ("relationship", "2023.1")
NOBODY: Bands = (0, 0, 0)
SIDES = ("flagged", "other")


def beside(flagged: Bands, other: Bands, monkeypatch: pytest.MonkeyPatch) -> Beside:
    """The published row of both sides."""
    sides = {(*KIND, True): flagged, (*KIND, False): other}
    monkeypatch.setattr(integrity_counts, "counts", lambda *_: {})
    monkeypatch.setattr(integrity_counts, "bands", lambda *_: sides)
    monkeypatch.setattr(integrity_counts.Answers, "of", lambda _: None)
    with duckdb.connect() as nothing:
        found = integrity.judged(nothing, (), {KIND: 0.0}, definition.versions(), date(2026, 1, 1))
    [row] = found.beside
    return row


def recovered(
    flagged: Bands, other: Bands, without: float | None, answers: Sequence[tuple[str, str, str, int]] = ()
) -> list[str]:
    """Sides of few, or of one band, of which the attacker doubts fewer than two bands.

    All answers are of one month, so the score of the year is that of its bridge; `answers` are taken out.
    """
    counted: Answers = [
        ("sv_1", "counted", band, some + more) for band, some, more in zip(BANDS, flagged, other, strict=True)
    ]
    rows = published([each for each in [*counted, *answers] if each[3]])
    attack = bridge.attacker(rows)
    last = next(
        row["line_name"] for row in rows if row["kind"] == "published" and row["survey_id"] == "(all)"
    )
    for place, band in enumerate(BANDS):
        attack.adds_up([(side, band) for side in SIDES], (bridge.ALL, last, band))
        attack.knows((bridge.ALL, last, band), flagged[place] + other[place])
    for side, bands in zip(SIDES, (flagged, other), strict=True):
        attack.learns({(side, band): 1 for band in BANDS}, sum(bands))
    if without is not None:
        terms: dict[Hashable, float] = {("other", "promoters"): 1.0, ("other", "detractors"): -1.0}
        attack.learns(terms, without * sum(other) / 100)
    return [
        side
        for side, bands in zip(SIDES, (flagged, other), strict=True)
        if of_few(bands, NOBODY, FLOOR) and in_doubt(attack.interval((side, band)) for band in BANDS) < 2
    ]


@pytest.mark.parametrize("flagged", [(2, 0, 0), (0, 0, 7), (1, 0, 0), (4, 0, 0)])
def test_without_protection_few_flagged_answers_are_recovered(
    flagged: Bands, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = (20, 15, 12)
    told = 100 * (other[0] - other[2]) / sum(other)
    assert recovered(flagged, other, told) == ["flagged"]
    row = beside(flagged, other, monkeypatch)
    assert row.nps_without_flagged is None
    assert not recovered(flagged, other, row.nps_without_flagged)


_COUNTS = st.tuples(*[st.integers(0, 8)] * 3)


@settings(max_examples=12, deadline=None)
@given(_COUNTS, st.tuples(*[st.integers(5, 20)] * 3), st.sampled_from(BANDS), st.integers(0, 6))
def test_nothing_follows_beside_what_a_bridge_takes_out(
    flagged: Bands, other: Bands, band: str, taken_out: int
) -> None:
    """Unless the score by itself tells it: one band of few answers in all."""
    with pytest.MonkeyPatch.context() as patch:
        row = beside(flagged, other, patch)
    out: Answers = [("sv_1", "staff_or_own_domain", band, taken_out)] if taken_out else []
    assert not recovered(flagged, other, row.nps_without_flagged, out)


def fitting(observed: list[float], exposure: list[float], p_value: float, *, is_among: bool) -> list[int]:
    """Numbers of promoters of the first branch, which is hidden, that agree with p of the second."""
    first = 0 if is_among else 1
    found = []
    for promoters in range(int(exposure[0]) + 1):
        counts = np.array([float(promoters), *observed[1:]])[first:]
        told = null_model(counts, np.array(exposure)[first:])[0][1 - first]
        if told == pytest.approx(p_value, rel=1e-9):
            found.append(promoters)
    return found


def test_a_branch_that_shows_no_score_is_not_told_by_the_others() -> None:
    """Were it among those that others are compared with, the p of any of them would tell its promoters."""
    observed, exposure = [14.0, 30, 12, 13, 15, 12, 11], [40.0, 45, 40, 45, 50, 38, 36]
    unprotected = null_model(np.array(observed), np.array(exposure))[0][1]
    assert fitting(observed, exposure, unprotected, is_among=True) == [14]
    without = null_model(np.array(observed[1:]), np.array(exposure[1:]))[0][0]
    assert fitting(observed, exposure, without, is_among=False) == [*range(41)]
