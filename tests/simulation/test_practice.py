"""What is said of the best branches' promoters keeps what it promises, on a small sample of what
`make simulate` measures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from expectations.recount import practice as recounted
from expectations.recount.statistics import Floats
from tests.simulation import practice
from tests.simulation.practice import Scenario


def test_where_nothing_is_planted_nothing_is_said_and_a_topic_of_their_own_is_found() -> None:
    rng = np.random.default_rng(20261130)
    nothing = practice.measured(Scenario(100), 60, rng)
    assert nothing.any_verdict <= 0.05
    planted = practice.measured(Scenario(400, 4.0), 10, rng)
    assert (planted.found, planted.innocent) == (1, 0)


def test_comments_mention_several_topics() -> None:
    said = np.concatenate(practice.mentions(Scenario(100), np.random.default_rng(20261130))).sum(axis=1)
    assert 1.3 < said.mean() < 2.2
    assert (said > 2).mean() > 0.2


def test_errors_half_as_large_would_name_topics_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the simulation could not tell."""
    honest = recounted.log_odds

    def bold(own: Floats, every: Floats) -> tuple[Floats, Floats]:
        odds, errors = honest(own, every)
        return odds, errors / 2

    monkeypatch.setattr("expectations.recount.practice.log_odds", bold)
    rates = practice.measured(Scenario(400), 30, np.random.default_rng(20261130))
    assert practice.is_broken(rates)
    assert not practice.is_broken(replace(rates, scenario=Scenario(400, alike=0.3)))
    assert not practice.is_broken(replace(rates, any_verdict=0.05))
