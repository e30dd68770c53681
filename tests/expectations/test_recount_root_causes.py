"""Root causes of the recount against statsmodels, and what few people said.

The models agree with the recount in every refresh, so what is proved of one is proved of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from expectations import definition
from expectations.dimensions import BUILT_IN, Declared, Dimensions
from expectations.recount import comparison, root_causes
from expectations.recount.coding import rows_as_table
from expectations.recount.figures import Figures
from expectations.recount.keys import Keys, key_columns
from expectations.recount.root_causes import Cause, compared, strata

AS_OF, VERSION = date(2026, 1, 1), "2023.1"
#: Detractors and others with the value, then without it, by stratum.
TABLES = ((12, 20, 8, 41), (9, 11, 14, 30), (3, 17, 2, 25))
FEW = "leave"


def answers_of(tables: Sequence[tuple[int, int, int, int]]) -> tuple[Any, Any, Any]:
    """Whether each answer has the value and is a detractor, and its stratum."""
    rows = [
        (cell < 2, cell % 2 == 0, stratum)
        for stratum, table in enumerate(tables)
        for cell, times in enumerate(table)
        for _ in range(times)
    ]
    has_value, is_detractor, stratum = np.array(rows).T
    return has_value.astype(bool), is_detractor.astype(bool), stratum.astype(np.int64)


def test_the_ratio_is_mantels_and_haenszels_and_of_one_answer_each_so_is_its_error() -> None:
    has_value, is_detractor, stratum = answers_of(TABLES)
    found = compared(has_value, is_detractor, stratum, np.arange(len(stratum)), 5)
    known = StratifiedTable([np.array([table[:2], table[2:]]) for table in TABLES])
    assert found is not None
    assert found.odds_ratio == pytest.approx(known.oddsratio_pooled)
    assert found.log_error == pytest.approx(known.logodds_pooled_se, rel=0.02)
    assert found.z**2 == pytest.approx(known.test_null_odds().statistic, rel=0.1)
    assert found.z > 0


def test_an_account_that_answers_twice_alike_tells_no_more_than_one_answer() -> None:
    once = answers_of(TABLES)
    account = np.arange(len(once[0]))
    twice = tuple(np.tile(column, 2) for column in once)
    found = compared(*once, account, 5)
    again = compared(twice[0], twice[1], twice[2], np.tile(account, 2), 5)
    assert found is not None
    assert again == pytest.approx(found)
    as_others = compared(twice[0], twice[1], twice[2], np.arange(2 * len(account)), 5)
    assert as_others is not None
    assert abs(as_others.z) > 1.3 * abs(found.z)


def test_few_answers_or_accounts_have_no_test() -> None:
    columns = answers_of([(20, 30, 10, 40)])
    account = np.arange(100)
    assert compared(*columns, account, 50) is not None
    assert compared(*columns, account, 51) is None
    assert compared(*columns, np.where(columns[0], account % 10, account), 5) is not None
    assert compared(*columns, np.where(columns[0], account % 9, account), 5) is None


def test_where_all_with_the_value_are_detractors_there_is_a_test_and_no_ratio() -> None:
    found = compared(*answers_of([(40, 0, 10, 30)]), np.arange(80), 5)
    assert found is not None
    assert (found.z > 5, found.odds_ratio, found.log_error) == (True, None, None)
    assert compared(*answers_of([(40, 0, 40, 0)]), np.arange(80), 5) is None


def test_an_attribute_is_not_compared_within_itself_nor_what_it_follows_from() -> None:
    size = Declared("size", "account", ("size",), {}, "customer_value_tier", {"core": "small"}, 9)
    assert strata("branch", BUILT_IN) == ("customer_value_tier", "journey_stage")
    assert strata("journey_stage", BUILT_IN) == ("customer_value_tier",)
    assert strata("size", Dimensions((size,))) == ("journey_stage",)


def answers() -> pa.Table:
    """A year of 40 accounts: who answers by SMS is a detractor more often; two of core are in a stage."""
    rng = np.random.default_rng(7)
    rows = []
    for number in range(400):
        account, channel = number % 40, ("mail", "sms")[int(rng.integers(2))]
        stage = FEW if number in (0, 2) else ("buy", "use")[int(rng.integers(2))]
        chance = {"mail": 0.2, "sms": 0.6}[channel]
        band = "detractor" if rng.random() < chance else "promoter"
        rows.append(
            {
                **{"account": f"a{account}", "person": f"p{number}", "nps_band": band},
                **{"survey_type": "relationship", "definition_version": VERSION, "channel": channel},
                **{"customer_value_tier": ("core", "key")[account % 2], "journey_stage": stage},
                **dict.fromkeys(("branch", "region", "plan"), "Unassigned"),
                "responded_at": (AS_OF - timedelta(1) - date(1970, 1, 1)).days * 86_400_000_000,
            }
        )
    return pa.Table.from_pylist(rows)


def told(table: pa.Table, hidden: str = FEW) -> Figures:
    """Scores of every cell of five answers or more, but of one stage."""
    cells: dict[tuple[str, ...], list[str]] = {}
    for row in table.to_pylist():
        for segment, split in BUILT_IN.segments.items():
            cells.setdefault((segment, *(row[name] for name in split)), []).append(row["nps_band"])
    keys = [
        {
            **dict.fromkeys(key_columns(BUILT_IN), "(all)"),
            **{"survey_type": "relationship", "measure": "in_period", "definition_version": VERSION},
            **{"period_grain": "trailing_365d", "segment": segment},
            **{"period_start": AS_OF - timedelta(365), "period_end": AS_OF},
            **dict(zip(BUILT_IN.segments[segment], members, strict=True)),
        }
        for segment, *members in cells
    ]
    counts = [(bands.count("detractor"), len(bands)) for bands in cells.values()]
    detractors, responses = np.array(counts, np.float64).T
    detractors[responses < 5] = np.nan
    detractors[[segment == "journey_stage" and hidden in of for segment, *of in cells]] = np.nan
    numbers = {"detractors": detractors, "responses": responses}
    return Figures(Keys(pa.Table.from_pylist(keys), BUILT_IN), numbers, np.full(len(keys), "", object))


def causes(table: pa.Table, hidden: str = FEW) -> dict[tuple[str, str], Cause]:
    found = root_causes.root_causes(table, told(table, hidden), definition.versions(), AS_OF)
    return {(each.attribute, each.attribute_value): each for each in found}


def test_the_planted_channel_is_named_and_nobody_else() -> None:
    found = causes(answers())
    sms = found["channel", "sms"]
    assert (sms.verdict, found["channel", "mail"].verdict) == ("more", "fewer")
    assert sms.odds_ratio is not None
    assert sms.odds_ratio_low is not None
    assert sms.odds_ratio_high is not None
    assert 1 < sms.odds_ratio_low < sms.odds_ratio < sms.odds_ratio_high
    assert {each.verdict for (name, _), each in found.items() if name != "channel"} == {
        "not distinguishable",
        "too few",
    }
    # nobody is without it
    assert (found["plan", "Unassigned"].verdict, found["plan", "Unassigned"].other_detractor_share) == (
        "too few",
        None,
    )
    p_values = sorted(each.p_value for each in found.values() if each.p_value is not None)
    assert max(each.q_value or 0 for each in found.values()) == pytest.approx(p_values[-1], abs=1e-4)


@pytest.mark.parametrize(
    ("attribute", "value", "other"),
    [("customer_value_tier", "core", "journey_stage"), ("journey_stage", "use", "customer_value_tier")],
)
def test_ratios_of_tiers_and_stages_follow_from_scores_that_are_shown(
    attribute: str, value: str, other: str
) -> None:
    """So whoever knows both learns nothing of the two answers in the stage that is hidden."""
    shown = told(answers()).as_table().to_pylist()
    counts = {
        (row["customer_value_tier"], row["journey_stage"]): (row["detractors"], row["responses"])
        for row in shown
        if row["detractors"] is not None and row["branch"] == row["region"] == row["plan"] == row["channel"]
    }
    above = below = 0.0
    for members, (a, mine) in counts.items():
        cell = dict(zip(("customer_value_tier", "journey_stage"), members, strict=True))
        if cell[attribute] == value and cell[other] != "(all)":
            cell[attribute] = "(all)"
            detractors, responses = counts[cell["customer_value_tier"], cell["journey_stage"]]
            c = detractors - a
            above += a * (responses - mine - c) / responses
            below += (mine - a) * c / responses
    found = causes(answers())
    assert ("journey_stage", FEW) not in found
    assert found[attribute, value].odds_ratio == pytest.approx(above / below, abs=0.0051)


def test_no_ratio_tells_what_a_stage_said_that_is_hidden_for_others() -> None:
    """Its cells are shown: with them, all with a value would be compared with all of the stage.

    The attacker tries each number of detractors of the stage, and keeps those that fit the published ratio.
    """
    cells = {
        (row["customer_value_tier"], row["journey_stage"]): (int(row["detractors"]), int(row["responses"]))
        for row in told(answers()).as_table().to_pylist()
        if row["segment"] in ("customer_value_tier*journey_stage", "journey_stage")
        if row["detractors"] is not None
    }

    def ratio(stages: Sequence[str], of_buy: int) -> float:
        above = below = 0.0
        for stage in stages:
            (a, mine), (detractors, responses) = cells["core", stage], cells["(all)", stage]
            c = (of_buy if stage == "buy" else detractors) - a
            above += a * (responses - mine - c) / responses
            below += (mine - a) * c / responses
        return above / below

    detractors, responses = cells["(all)", "buy"]
    unprotected, published = (
        causes(answers(), hidden)["customer_value_tier", "core"].odds_ratio for hidden in (FEW, "buy")
    )
    possible = range(cells["core", "buy"][0], responses + 1)
    fitting = [
        each for each in possible if unprotected == pytest.approx(ratio(("buy", "use"), each), abs=0.0051)
    ]
    assert fitting == [detractors]
    # whatever the stage said: the published ratio follows from the other by itself
    assert {published == pytest.approx(ratio(("use",), each), abs=0.0051) for each in possible} == {True}


def test_what_is_exactly_in_the_middle_is_rounded_up() -> None:
    assert [root_causes.rounded(value, 2) for value in (1.125, 1.125 - 1e-13, 0.0049, None)] == [
        1.13,
        1.13,
        0.0,
        None,
    ]


@pytest.mark.parametrize("change", ["odds_ratio = odds_ratio + 0.01", "verdict = 'more'"])
def test_a_published_row_that_differs_is_named(change: str) -> None:
    rows = list(causes(answers()).values())
    with duckdb.connect() as connection:
        connection.register("expected", rows_as_table(Cause, rows))
        connection.execute("create schema publication")
        connection.execute("create table publication.nps_root_causes as select * from expected")
        assert comparison.of_root_causes(connection, rows) == []
        connection.execute(f"update publication.nps_root_causes set {change} where attribute_value = 'mail'")
        [found] = comparison.of_root_causes(connection, rows)
    assert found.column == change.split(" ")[0]
    assert "mail" in found.name
