"""Verdicts on targets and signals of control charts keep what they promise, on a small sample of what
`make simulate` measures."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from expectations.recount import control
from tests.simulation import targets
from tests.simulation.targets import Scenario


def test_in_one_of_twenty_years_at_most_a_target_is_told_wrongly() -> None:
    rng = np.random.default_rng(20261130)
    at_the_target = targets.measured(Scenario(20, 200), 600, rng)
    assert at_the_target.wrong <= 0.05
    assert at_the_target.ever <= 0.05 + 2 * (0.05 * 0.95 / 600) ** 0.5
    above = targets.measured(Scenario(20, 1_000, 20.0), 50, rng)
    assert above.told > 0.99
    assert above.ever == 0


def test_a_verdict_by_the_interval_of_one_target_would_be_wrong_far_more_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Or the simulation could not tell."""
    monkeypatch.setattr("expectations.recount.targets.LEVEL", 20 * 4 * 0.025)
    assert targets.measured(Scenario(20, 200), 100, np.random.default_rng(20261130)).ever > 0.5


@pytest.mark.parametrize("answers", [10, 100])
def test_a_chart_signals_once_in_370_periods_where_nothing_has_shifted(answers: int) -> None:
    runs = targets.run_lengths(answers, 400, 1_000, np.random.default_rng(20261130))
    assert 300 < targets.mean_run(runs, 1_000) < 450


def test_a_real_shift_is_seen_soon() -> None:
    runs = targets.run_lengths(100, 400, 60, np.random.default_rng(20261130), shift=20.0, before=12)
    assert np.nanmedian(runs) <= 4
    assert (runs <= 8).mean() > 0.95


def test_many_series_at_once_are_charted_as_the_recount_charts_one() -> None:
    rng = np.random.default_rng(20261130)
    counts = rng.multinomial(60, (0.5, 0.2, 0.3), size=(5, 40)).astype(float)
    counts[:, 20:, 0] -= 15
    counts[:, 20:, 1] += 15
    found = targets.signalled(counts[..., 0], counts[..., 1], counts.sum(axis=-1))
    assert found[:, 20:].any()
    for series, signals in zip(counts, found, strict=True):
        earlier, sums = control.Counts(0, 0, 0), control.Sums()
        for period, (up, down, rest) in enumerate(series.tolist()):
            now = control.Counts(int(up), int(down), int(up + down + rest))
            z, _ = control.compared(now, earlier, 30)
            sums = sums.after(z, date(2026, 1, 1))
            assert (sums.verdict()[0] != "in control") == signals[period]
            earlier = earlier.and_(now)
