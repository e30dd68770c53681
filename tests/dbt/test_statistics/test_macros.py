"""The macros of statistics, the normal distribution, false discoveries, fingerprints and ids."""

from __future__ import annotations

import hashlib
import math
import random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from expectations.recount.crm import survivors_of
from expectations.recount.ids import customer

from .conftest import Query

pytestmark = pytest.mark.xdist_group("statistics")


def test_the_normal_distribution_is_right_to_the_last_digits(compiled: dict[str, str], query: Query) -> None:
    x = np.concatenate([np.linspace(-40, 40, 80_001), np.linspace(-7.08, -7.06, 2_001), [0.0, 37.0, -37.0]])
    rows = query(f"select x, {compiled['p_value']} from points", {"x": x.tolist()})
    at, p_value = np.array(rows).T
    known = 2 * stats.norm.sf(np.abs(at))
    assert np.max(np.abs(p_value - known)) < 2e-15
    # far out in the tails too, where a subtraction from 1 would leave nothing
    seen = np.abs(at) <= 37
    assert np.max(np.abs(p_value[seen] / known[seen] - 1)) < 1e-8
    assert np.all(p_value[~seen] < 1e-299)


def test_the_quantile_is_right_to_the_last_digits(compiled: dict[str, str], query: Query) -> None:
    share = np.geomspace(2e-11, 0.07, 20_001)
    rows = query(
        f"select r, {compiled['quantile']} from points", {"r": (np.sqrt(-np.log(share)) - 1.6).tolist()}
    )
    at, z = np.array(rows).T
    known = stats.norm.isf(np.exp(-((at + 1.6) ** 2)))
    assert np.max(np.abs(z / known - 1)) < 1e-13


@pytest.mark.parametrize("seed", range(5))
def test_false_discoveries_are_controlled_as_scipy_does(
    seed: int, compiled: dict[str, str], query: Query
) -> None:
    chance = random.Random(seed)
    families = {
        name: [chance.choice([chance.random() ** 3, 0.01, 0.05, 1.0]) for _ in range(size)]
        for name, size in {"one": 1, "few": 7, "ties": 40, "many": 500}.items()
    }
    p = [
        (family, number, value) for family, values in families.items() for number, value in enumerate(values)
    ]
    chance.shuffle(p)
    columns = dict(zip(("family", "number", "p"), map(list, zip(*p, strict=True)), strict=True))
    rows = query(
        f"with bounds as (select *, {compiled['bound']} as bound from points) "
        f"select family, number, {compiled['q_value']} from bounds",
        columns,
    )
    assert len(rows) == len(p)
    found = {(family, number): q for family, number, q in rows}
    for family, values in families.items():
        known = stats.false_discovery_control(values, method="bh")
        assert [found[family, number] for number in range(len(values))] == pytest.approx(known, abs=1e-15)


def test_two_scores_as_calculated_by_hand(compiled: dict[str, str], query: Query) -> None:
    """40 promoters and 30 detractors of 100 against 30 and 40; 10 and 0 of 10 against 0 and 3 of 20.

    First: (40.75 - 30.75) / 103 = 0.0970874, V = 71.5 / 103 - 0.0970874² = 0.6847488, the second the same
    with the other sign: z = 0.1941748 / sqrt(2 · 0.6847488 / 103) = 1.683956. Then (10.75 - 0.75) / 13 =
    0.7692308, V = 11.5 / 13 - 0.7692308² = 0.2928994; (0.75 - 3.75) / 23 = -0.1304348, V = 4.5 / 23 -
    0.1304348² = 0.1786389: z = 0.8996656 / sqrt(0.2928994 / 13 + 0.1786389 / 23) = 5.168645. With the first
    group's 13 for both, or without the added answers, it is another.
    """
    rows = query(
        f"select {compiled['z']} from points",
        {"p1": [40, 10], "d1": [30, 0], "n1": [100, 10], "p2": [30, 0], "d2": [40, 3], "n2": [100, 20]},
    )
    assert [z for (z,) in rows] == pytest.approx([1.683956, 5.168645], abs=1e-6)


def test_the_variance_is_that_of_the_weights(compiled: dict[str, str], query: Query) -> None:
    counts = [(p, pa, d) for p in range(4) for pa in range(4) for d in range(4) if p + pa + d]
    columns = {"p1": [p for p, _, _ in counts], "d1": [d for _, _, d in counts], "n1": [*map(sum, counts)]}
    rows = query(f"select {compiled['variance']} from points", columns)
    known = [np.var([1] * p + [0] * pa + [-1] * d) for p, pa, d in counts]
    assert [variance for (variance,) in rows] == pytest.approx(known, abs=1e-15)
    assert max(known) == 1
    assert math.isclose(min(known), 0)


def test_a_fingerprint_is_the_beginning_of_the_md5(compiled: dict[str, str], query: Query) -> None:
    contents = [f"qualtrics:R_{number}|{number % 11}|promoter|2023.1" for number in range(500)]
    rows = query(f"select content, {compiled['fingerprint']} as print from points", {"content": contents})
    known = {content: int(hashlib.md5(content.encode()).hexdigest()[:24], 16) for content in contents}
    assert {content: int(fingerprint) for content, fingerprint in rows} == known


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    written=st.lists(
        st.from_regex("[ \\t]?00[0-4][0-9A-Za-z]{11,16}\\s?", fullmatch=True)
        | st.text(max_size=20)
        | st.none(),
        min_size=1,
        max_size=20,
    )
)
def test_customers_compare_as_in_the_recount(
    written: list[str | None], compiled: dict[str, str], query: Query
) -> None:
    rows = query(
        f"select {compiled['customer']} from points", {"id": written, "row": list(range(len(written)))}
    )
    assert [key for (key,) in rows] == [customer(text) for text in written]


def test_merges_are_followed_to_their_end_however_many(compiled: dict[str, str], query: Query) -> None:
    """A chain of 500, a circle of 150 with a tail of 100 into it, and some at random."""
    chance = random.Random(7)
    merged_into: dict[str, str | None] = {f"a{n}": f"a{n + 1}" for n in range(500)} | {"a500": None}
    merged_into |= {f"c{n}": f"c{(n + 1) % 150}" for n in range(150)}
    merged_into |= {f"b{n}": f"b{n + 1}" if n < 99 else "c140" for n in range(100)}
    merged_into |= {f"r{n}": chance.choice([None, "gone", f"r{chance.randrange(300)}"]) for n in range(300)}
    rows = query(
        "with recursive records as (select id, merged_into_key from points),"
        f" {compiled['survivors']} select id, survivor_key from survivors",
        {"id": [*merged_into], "merged_into_key": [*merged_into.values()]},
    )
    found = {str(name): str(survivor) for name, survivor in rows}
    assert found == survivors_of(merged_into)
    assert {found[name] for name in ("a0", "c149", "b0")} == {"a500", "c0"}
