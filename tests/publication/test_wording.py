"""How published figures are written for people."""

from datetime import date

import pytest

from publication import wording


@pytest.mark.parametrize(
    ("score", "shown"),
    [
        (12.25, "12.3"),
        (-12.25, "-12.3"),
        (12.35, "12.4"),
        (-0.04, "0.0"),
        (0.05, "0.1"),
        (-0.05, "-0.1"),
        (100.0, "100.0"),
        (53.416103, "53.4"),
        (None, ""),
    ],
)
def test_scores_are_rounded_half_away_from_zero(score: float | None, shown: str) -> None:
    assert wording.one_decimal(score) == shown


@pytest.mark.parametrize(
    ("grain", "start", "shown"),
    [
        ("month", date(2026, 3, 1), "2026-03"),
        ("quarter", date(2026, 4, 1), "2026-Q2"),
        ("quarter", date(2026, 10, 1), "2026-Q4"),
        ("year", date(2026, 1, 1), "2026"),
        ("trailing_90d", date(2026, 1, 1), "2026-01-01 up to 2027-01-01"),
    ],
)
def test_periods_have_their_names(grain: str, start: date, shown: str) -> None:
    assert wording.period(grain, start, date(2027, 1, 1)) == shown
