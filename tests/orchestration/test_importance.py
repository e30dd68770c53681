"""Shares of R² against every order of the attributes, one regression after the other."""

from __future__ import annotations

from itertools import permutations

import duckdb
import numpy as np
import pytest
from rich.console import Console

from orchestration.cli import drivers_view
from orchestration.environment import ConfigurationError
from orchestration.importance import MOST_ATTRIBUTES, importance, products, shares

RNG = np.random.default_rng(3)
ACCOUNT = np.repeat(np.arange(60), 4)
PLAN = RNG.integers(0, 3, 60)[ACCOUNT]
#: North is where the first plan is sold: region follows from plan.
MEMBERS = {"plan": PLAN, "region": (PLAN == 0).astype(np.int64), "channel": RNG.integers(0, 2, 240)}
SCORES = 6.0 + 2 * (PLAN == 0) + MEMBERS["channel"] + RNG.normal(size=240)


def explained(names: tuple[str, ...]) -> float:
    """R² by least squares."""
    dummies = [MEMBERS[name] == member for name in names for member in range(1, MEMBERS[name].max() + 1)]
    design = np.column_stack([np.ones(240), *dummies]).astype(float)
    fitted = design @ np.linalg.lstsq(design, SCORES, rcond=None)[0]
    return float(1 - ((SCORES - fitted) ** 2).sum() / ((SCORES - SCORES.mean()) ** 2).sum())


def test_a_share_is_what_an_attribute_adds_on_average_over_every_order() -> None:
    orders = list(permutations(MEMBERS))
    expected = {
        name: np.mean(
            [
                explained(order[: order.index(name) + 1]) - explained(order[: order.index(name)])
                for order in orders
            ]
        )
        for name in MEMBERS
    }
    weighed = products(SCORES, [*MEMBERS.values()], [2, 1, 1], np.ones(240))
    [found] = shares(weighed[None], [2, 1, 1])
    assert found == pytest.approx([*expected.values()], abs=1e-6)
    assert found.sum() == pytest.approx(explained(tuple(MEMBERS)), abs=1e-6)


def test_products_are_those_of_weighted_dummies() -> None:
    dummies = [values == member for values in MEMBERS.values() for member in range(1, values.max() + 1)]
    design, weights = np.column_stack([*dummies, SCORES]).astype(float), RNG.integers(0, 4, 240).astype(float)
    centred = design - weights @ design / weights.sum()
    expected = (centred * weights[:, None]).T @ centred
    assert products(SCORES, [*MEMBERS.values()], [2, 1, 1], weights) == pytest.approx(expected, abs=1e-9)


def test_nothing_is_explained_where_all_scores_are_alike() -> None:
    weighed = products(np.full(240, 9.0), [*MEMBERS.values()], [2, 1, 1], np.ones(240))
    assert shares(weighed[None], [2, 1, 1]).tolist() == [[0.0, 0.0, 0.0]]


def test_the_same_seed_gives_the_same_numbers_and_noise_tells_nothing() -> None:
    members = {**MEMBERS, "noise": np.random.default_rng(5).integers(0, 12, 60)[ACCOUNT], "one": 0 * PLAN}
    found = importance(SCORES, members, ACCOUNT, seed=1)
    assert found == importance(SCORES, members, ACCOUNT, seed=1)
    by_name = {each.attribute: each for each in found}
    assert by_name.keys() == {"plan", "region", "channel", "noise"}
    assert by_name["channel"].low > 0
    assert by_name["noise"].low == 0
    assert by_name["noise"].share < 0.05


def test_too_many_attributes_and_a_single_account_are_refused() -> None:
    many = {f"a{number}": MEMBERS["channel"] for number in range(MOST_ATTRIBUTES + 1)}
    for members, account in ((many, ACCOUNT), (MEMBERS, 0 * ACCOUNT)):
        with pytest.raises(ValueError, match="at most 9 attributes"):
            importance(SCORES, members, account, seed=1)


def test_the_command_reads_the_year_of_the_working_file(
    tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    warehouse = tmp_path_factory.mktemp("home") / "warehouse.duckdb"
    with pytest.raises(ConfigurationError, match="nps refresh"):
        drivers_view.run(warehouse, drivers_view.Wanted(None), "table", Console())
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema marts; create schema publication")
        connection.execute(
            "create table publication.nps_scores"
            " (segment text, plan text, channel text, definition_version text)"
        )
        connection.execute(
            "create table marts.dim_periods as"
            " select 'trailing_365d' as period_grain, date '2026-01-01' as period_end"
        )
        connection.execute(
            "create table marts.fct_survey_responses as select 'k' || i as answer_key, true as is_counted,"
            " date '2025-12-31' - i::integer as response_date, 'relationship' as survey_type,"
            " '1' as definition_version, 'a' || i // 4 as account_key, 'p' as person_key, 'mail' as channel,"
            " (array['gold', 'base'])[1 + (i // 4) % 2] as plan,"
            " 6 + (i // 4) % 2 * 3 + i % 2 as likelihood_score"
            " from range(500) as answers(i)"
        )
    drivers_view.run(warehouse, drivers_view.Wanted(None), "table", Console(width=200))
    shown = capsys.readouterr().out
    assert "relationship, 365 answers of the year before 2026-01-01" in shown
    assert "plan" in shown
    assert "channel" not in shown
    with pytest.raises(LookupError, match="100 counted answers"):
        drivers_view.run(warehouse, drivers_view.Wanted("event"), "table", Console())
