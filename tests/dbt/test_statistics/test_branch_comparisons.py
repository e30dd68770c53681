"""Branches compared and pooled, against the same formulas in plain Python."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from scipy import stats

pytestmark = pytest.mark.xdist_group("statistics")

Z = 1.959963984540054
Counts = dict[str, tuple[int, int, int]]  # branch → promoters, passives, detractors


def companies() -> dict[str, Counts]:
    """Likenesses of branches that lead to every case of the strength."""
    chance = random.Random(7)

    def branches(sizes: list[int], spread: float) -> Counts:
        counts: Counts = {}
        for number, size in enumerate(sizes):
            promoter = min(max(chance.gauss(0.5, spread), 0.0), 0.9)
            drawn = chance.choices((0, 1, 2), (promoter, 0.1, 0.9 - promoter), k=size)
            counts[f"B{number:02}"] = (drawn.count(0), drawn.count(1), drawn.count(2))
        return counts

    return {
        "far apart": branches([5, 8, 30, 100, 1000] * 4, 0.25),
        "hardly apart": branches([50, 60, 70, 80, 90, 500], 0.08),
        "chance alone": branches([40] * 30, 0.0),
        "two opposites": {"B1": (500, 0, 0), "B2": (0, 0, 500), "small": (4, 0, 0)},
        "all agree": {"B1": (20, 0, 0), "B2": (6, 0, 0)},
        "one branch": {"B1": (10, 5, 5)},
        "one branch and strangers": {"B1": (10, 5, 5), "Unassigned": (0, 0, 40)},
    }


def adjusted(counts: Sequence[float]) -> tuple[float, float]:
    """Score and its squared standard error, with three answers added."""
    p, pa_, d = counts[0] + 0.75, counts[1] + 1.5, counts[2] + 0.75
    n = p + pa_ + d
    score = (p - d) / n
    return score, ((p + d) / n - score**2) / n


def expected(branches: Counts) -> dict[str, tuple[float | None, float | None, float, float, float]]:
    """Branch → p, q of the comparison with the rest, pooled score and bounds, for those with five answers."""
    company = tuple(map(sum, zip(*branches.values(), strict=True)))
    known = {name: counts for name, counts in branches.items() if name != "Unassigned"}
    together = tuple(map(sum, zip(*known.values(), strict=True)))
    total = sum(together)
    shares = [count / total for count in together]
    m = shares[0] - shares[2]
    variance = shares[0] + shares[2] - m**2
    sizes = {name: sum(counts) for name, counts in known.items()}
    strength = float(total)
    if len(known) > 1 and variance > 0:
        q = sum(n * ((known[b][0] - known[b][2]) / n - m) ** 2 for b, n in sizes.items()) / variance
        tau = max(
            0.0,
            (q - (len(known) - 1)) * variance / (total - sum(n**2 for n in sizes.values()) / total),
        )
        if tau > 0:
            strength = min(max(variance / tau - 1, 1.0), float(total))
    compared = [name for name, n in sizes.items() if n >= 5]
    p_values: dict[str, float] = {}
    for name in compared:
        rest = tuple(all_ - own for all_, own in zip(company, known[name], strict=True))
        if sum(rest):
            (one, one_error), (other, other_error) = adjusted(known[name]), adjusted(rest)
            z = (one - other) / math.sqrt(one_error + other_error)
            p_values[name] = float(2 * stats.norm.sf(abs(z)))
    q_values = dict(
        zip(p_values, stats.false_discovery_control([*p_values.values()]) if p_values else [], strict=True)
    )
    result = {}
    for name in compared:
        p, _, d = (
            (count + strength * share) / (sizes[name] + strength)
            for count, share in zip(known[name], shares, strict=True)
        )
        error = math.sqrt((p + d - (p - d) ** 2) / (sizes[name] + strength + 1))
        low, high = max(-1.0, p - d - Z * error), min(1.0, p - d + Z * error)
        result[name] = (p_values.get(name), q_values.get(name), 100 * (p - d), 100 * low, 100 * high)
    return result


def calculated(statement: str, branches: Counts) -> list[dict[str, Any]]:
    """The rows of fct_branch_comparisons over these counts."""
    rows: list[tuple[Any, ...]] = [("branch", name, *counts) for name, counts in branches.items()]
    rows.append(("company", "(all)", *map(sum, zip(*branches.values(), strict=True))))
    segments, names, promoters, passives, detractors = map(list, zip(*rows, strict=True))
    cells = pa.table(
        {
            "segment": segments,
            "branch": names,
            "promoters": promoters,
            "passives": passives,
            "detractors": detractors,
            "responses": [sum(row[2:]) for row in rows],
            "survey_type": ["relationship"] * len(rows),
            "definition_version": ["1"] * len(rows),
            "measure": ["in_period"] * len(rows),
            "period_grain": ["trailing_365d"] * len(rows),
        }
    )
    with duckdb.connect() as opened:
        opened.register("cells", cells)
        opened.execute("attach ':memory:' as warehouse")
        for schema in ("marts", "definition"):
            opened.execute(f"create schema warehouse.{schema}")
        opened.execute(
            "create table warehouse.marts.fct_nps_cells as "
            "select *, date '2026-01-01' as period_end from cells"
        )
        opened.execute(
            "create table warehouse.definition.reportability_floors as "
            "select '1' as definition_version, * from (values "
            "('suppressed', 0), ('interval_only', 5), ('indicative', 30), ('reportable', 100)) "
            "as floors (reportability, minimum_responses)"
        )
        found = opened.execute(statement)
        columns = [column[0] for column in found.description]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


@pytest.mark.parametrize("name", companies())
def test_branches_are_compared_and_pooled_as_in_plain_python(name: str, branch_comparisons: str) -> None:
    branches = companies()[name]
    rows = calculated(branch_comparisons, branches)
    columns = ("comparison_p_value", "comparison_q_value", "pooled_nps", "pooled_low", "pooled_high")
    found = {row["branch"]: tuple(row[column] for column in columns) for row in rows}
    known = expected(branches)
    assert found.keys() == known.keys()
    for branch, values in known.items():
        assert found[branch] == pytest.approx(values, abs=1e-9), branch


@pytest.mark.parametrize("name", companies())
def test_a_place_is_a_range_and_a_verdict_needs_both_tests(name: str, branch_comparisons: str) -> None:
    branches = companies()[name]
    rows = calculated(branch_comparisons, branches)
    known = [counts for branch, counts in branches.items() if branch != "Unassigned"]
    score = 100 * sum(p - d for p, _, d in known) / sum(map(sum, known))
    for row in rows:
        above = [other for other in rows if other["pooled_low"] > row["pooled_high"]]
        below = [other for other in rows if other["pooled_high"] < row["pooled_low"]]
        assert (row["best_rank"], row["worst_rank"]) == (1 + len(above), len(rows) - len(below))
        found = row["comparison_q_value"] is not None and row["comparison_q_value"] <= 0.05
        verdict = (
            "above"
            if found and row["pooled_low"] > score
            else "below"
            if found and row["pooled_high"] < score
            else "not distinguishable"
        )
        assert row["standing"] == verdict


def test_every_verdict_occurs(branch_comparisons: str) -> None:
    verdicts = {row["standing"] for row in calculated(branch_comparisons, companies()["far apart"])}
    assert verdicts == {"above", "below", "not distinguishable"}
    assert {row["standing"] for row in calculated(branch_comparisons, companies()["chance alone"])} == {
        "not distinguishable"
    }
