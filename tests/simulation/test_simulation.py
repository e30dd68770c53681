"""The judgement of `make simulate` can fail: it finds intervals too narrow and verdicts too bold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from expectations.recount import statistics
from expectations.recount.integrity import LEVEL, null_model
from tests.simulation import (
    __main__,
    coverage,
    differences,
    discoveries,
    drivers,
    follow_up,
    integrity,
    root_causes,
    unpublished_causes,
)

CELLS = [coverage.Cell(size, nps, 0.5) for size in (50, 300) for nps in (-40, 0, 40)]
NOTHING, FEW = discoveries.Scenario("nothing", 0.0, 0.0), discoveries.Scenario("one in ten", 0.1, 25.0)


def intervals(z: float, added: float) -> pd.DataFrame:
    drawn = coverage.draw(CELLS, 2_000, np.random.default_rng(1))
    n = drawn[["promoters", "passives", "detractors"]].sum(axis=1) + added
    p, d = (drawn["promoters"] + added / 4) / n, (drawn["detractors"] + added / 4) / n
    margin = z * np.sqrt((p + d - (p - d) ** 2) / n)
    return drawn.assign(nps_low=100 * (p - d - margin), nps_high=100 * (p - d + margin))


def test_shares_have_the_score_they_are_named_after() -> None:
    for cell in coverage.grid():
        promoters, passives, detractors = cell.shares
        assert promoters + passives + detractors == pytest.approx(1)
        assert min(cell.shares) >= 0
        assert 100 * (promoters - detractors) == pytest.approx(cell.nps)


def test_the_adjusted_interval_keeps_its_promise_and_a_narrower_one_does_not() -> None:
    assert coverage.broken(coverage.measured(CELLS, intervals(1.959963984540054, 3))).empty
    assert len(coverage.broken(coverage.measured(CELLS, intervals(1.6, 3)))) == len(CELLS)
    assert len(coverage.broken(coverage.measured(CELLS, intervals(2.4, 3)))) == len(CELLS)


def test_few_answers_may_miss_the_nominal_coverage_a_little_but_not_by_far() -> None:
    table = pd.DataFrame({"size": [10, 10, 49, 50, 5], "coverage": [0.92, 0.89, 0.975, 0.975, 0.5]})
    assert coverage.exceptions(table).index.tolist() == [0, 1, 2, 3]
    assert coverage.broken(table).index.tolist() == [1, 3]


def test_a_missing_interval_is_no_coverage() -> None:
    shown = intervals(1.96, 3)
    shown.loc[0, "nps_low"] = None
    with pytest.raises(ValueError, match="an interval is missing"):
        coverage.measured(CELLS, shown)


def test_a_pair_differs_by_the_same_amount_in_opposite_directions() -> None:
    planted = discoveries.effects(FEW)
    assert np.count_nonzero(planted) == 4
    assert planted.sum() == 0
    answers = discoveries.sizes(3, np.random.default_rng(1))
    assert (answers[:, ::2] == answers[:, 1::2]).all()
    assert (planted * answers).sum() == 0


def test_rates_count_wrong_verdicts_by_company() -> None:
    verdicts = pd.DataFrame(
        {
            "company": np.repeat([0, 1], discoveries.BRANCHES),
            "branch": np.tile(np.arange(discoveries.BRANCHES), 2),
            "verdict": 0,
            "p_value": 0.5,
        }
    )
    # Company 0: a pair's effects found, a third branch wrongly; company 1: an effect the wrong way round.
    verdicts.loc[[0, 1, 20], "verdict"] = [1, -1, 1]
    verdicts.loc[discoveries.BRANCHES, "verdict"] = -1
    verdicts.loc[20, "p_value"] = 0.01
    rates = discoveries.rates(FEW, verdicts)
    assert rates.false_discoveries == pytest.approx((1 / 3 + 1) / 2)
    assert rates.any_false == 1
    assert rates.single == pytest.approx(1 / 72)
    assert rates.power == pytest.approx(2 / 8)
    silent = discoveries.rates(NOTHING, verdicts.assign(verdict=0))
    assert (silent.false_discoveries, silent.power) == (0, None)


def test_whoever_is_named_is_counted_by_company() -> None:
    verdicts = pd.DataFrame(
        [
            (0, "branch", "promoters", "0", "signal"),
            (0, "branch", "promoters", "3", "signal"),
            (0, "survey", "score_spike", "3", "signal"),
            (1, "branch", "promoters", "0", "not distinguishable"),
            (2, "branch", "bounced_invitations", "4", "signal"),
        ],
        columns=["company", "subject_kind", "signal", "subject", "verdict"],
    )
    innocent = integrity.named(verdicts, 4, is_innocent=True)
    names = [("any", "any"), ("branch", "promoters"), ("survey", "score_spike"), ("branch", "score_spike")]
    assert [innocent[name] for name in names] == [0.5, 0.25, 0.25, 0]
    cheats = integrity.named(verdicts, 4, is_innocent=False)
    assert [cheats[name] for name in (*names[:2], ("branch", "bounced_invitations"))] == [0.25, 0.25, 0]


def test_a_null_model_without_differences_names_innocents_and_the_published_one_does_not() -> None:
    """Branches differ by themselves; whoever takes that for cheating accuses."""
    drawn = integrity.companies(200, None, np.random.default_rng(1))
    is_by_branch = (drawn["signal"] == "promoters") & (drawn["subject_kind"] == "branch")
    named = binomial = 0
    for _, branches in drawn[is_by_branch].groupby("company"):
        observed, exposure = (branches[name].to_numpy(np.float64) for name in ("observed", "exposure"))
        one_family = np.zeros(len(branches), np.int64)
        p_values = np.array(null_model(observed, exposure)[0])
        named += bool((statistics.false_discovery_rate(p_values, one_family) <= LEVEL).any())
        rates = (observed.sum() - observed) / (exposure.sum() - exposure)
        simple = scipy.stats.binom.sf(observed - 1, exposure, rates)
        binomial += bool((statistics.false_discovery_rate(simple, one_family) <= LEVEL).any())
    assert named <= 200 * integrity.MOST_NAMED < binomial


@pytest.mark.long
def test_the_interval_of_a_difference_keeps_its_promise_and_a_narrower_one_does_not() -> None:
    """From 100 answers in both groups it is nominal. From 30 it may be low where the scores are 100 points
    apart or more: both are drawn toward the middle, from opposite sides."""

    def broken(z: float) -> int:
        table = differences.measured(4_000, np.random.default_rng(20261130), z)
        large = table["size"] >= 100
        usual = (table["size"] >= 30) & ((table["nps"] - table["other_nps"]).abs() < 100)
        low, high = coverage.NOMINAL
        return int(
            (large & ~table["coverage"].between(low, high)).sum()
            + (usual & (table["coverage"] < low)).sum()
            + (table["coverage"] < 0.8).sum()
        )

    assert broken(1.959963984540054) == 0
    assert broken(1.6) > 20
    assert broken(2.4) > 20


def test_a_planted_cause_is_found_and_innocent_ones_are_not() -> None:
    rng = np.random.default_rng(20261130)
    nothing = root_causes.measured(root_causes.Scenario(100, 8.0, 1.0), 20, rng)
    planted = root_causes.measured(root_causes.Scenario(300, 5.0, 8.0), 5, rng)
    assert (nothing.innocent, planted.innocent, planted.found) == (0, 0, 1)
    assert nothing.coverage == pytest.approx(0.95, abs=0.04)


def test_a_test_that_takes_answers_of_an_account_for_independent_names_innocents() -> None:
    made = root_causes.company(root_causes.Scenario(300, 5.0, 1.0), np.random.default_rng(20261130))
    clustered = root_causes.tested(made)
    alone = replace(made, account=np.arange(made.account.size))
    assert clustered["z"].std() < 1.2 < root_causes.tested(alone)["z"].std()
    rates = root_causes.Rates(root_causes.NOTHING[0], 0.06, 0.06, 0, 0.05, 0.95)
    assert __main__.report_innocent([rates]) == 1
    assert __main__.report_innocent([replace(rates, innocent=0.05)]) == 0


def test_nobody_is_blamed_for_a_bad_branch() -> None:
    assert unpublished_causes.measured(8, np.random.default_rng(20261130)).staff == 0
    named = unpublished_causes.Named(0.06, 0.0)
    assert unpublished_causes.report_broken(named) == 1
    assert unpublished_causes.report_broken(named._replace(anything=0.05)) == 0


def test_a_share_that_is_not_recovered_is_named() -> None:
    known = drivers.truth()
    assert 0.2 < known["plan"] < 0.3
    told = pd.DataFrame(
        {"attribute": [*known], "truth": [*known.values()], "share": [*known.values()], "told": 0.0}
    )
    assert __main__.report_drivers(told) == 0
    assert __main__.report_drivers(told.assign(share=told["share"] + 0.04)) == 1
    assert __main__.report_drivers(told.assign(told=0.2)) == 1


def test_an_effect_of_cases_that_there_is_not_is_not_said_and_bold_or_narrow_ones_are_broken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rng = np.random.default_rng(2)
    nothing = follow_up.measured(follow_up.Scenario(100, 4.0, 0.0), 60, rng)
    planted = follow_up.measured(follow_up.Scenario(300, 3.0, 2.0), 20, rng)
    assert nothing.named <= 0.1
    assert nothing.found <= nothing.named
    assert planted.found == 1
    assert min(nothing.coverage, planted.coverage) > 0.9
    assert follow_up.report_broken([nothing, planted]) == 0
    bold, narrow = replace(nothing, named=0.2), replace(planted, coverage=0.9)
    assert follow_up.report_broken([bold, planted]) == 1
    assert follow_up.report_broken([nothing, narrow]) == 1
    assert capsys.readouterr().err.count("BROKEN: effects of cases") == 2
