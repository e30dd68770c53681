"""Signals of manipulation counted again: against scipy, and over answers made by hand.

The models agree with the recount to 1e-7 in every refresh, so what is proved of one is proved of both.
"""

from __future__ import annotations

import math
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from expectations import definition
from expectations.recount import comparison, integrity, integrity_counts
from expectations.recount.coding import rows_as_table
from expectations.recount.integrity import Integrity, Signal
from expectations.recount.integrity_counts import Answer, flags
from expectations.recount.mentions import Mentioned

AS_OF = date(2026, 1, 1)
VERSION = "2023.1"
BRANCHES = [f"B{number}" for number in range(8)]


@settings(max_examples=40)
@given(
    exposure=st.integers(1, 400),
    share=st.floats(0.0, 1.0),
    a=st.floats(0.01, 5_000),
    b=st.floats(0.01, 5_000),
)
def test_the_tail_is_scipys(exposure: int, share: float, a: float, b: float) -> None:
    """Of more than is expected: nothing else is tested."""
    mean = exposure * a / (a + b)
    observed = min(exposure, math.ceil(mean + share * (exposure - mean)))
    expected = betabinom.sf(observed - 1, exposure, a, b)
    assert integrity.upper_tail(observed, exposure, a, b) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_numbers_of_the_models_unit_test() -> None:
    p_values, ratios = integrity.null_model(
        np.array([80.0, 40, 42, 38, 41, 45]), np.array([100.0, 100, 100, 100, 100, 90])
    )
    assert p_values == pytest.approx([8.660984029962293e-08, 1, 1, 1, 1, 0.4799828300651041], rel=1e-9)
    assert ratios[0] == pytest.approx(80 / 42.057026476578415)


def test_more_difference_among_the_others_makes_a_subject_less_surprising() -> None:
    exposure = np.full(8, 100.0)
    alike = integrity.null_model(np.array([60.0, *[40] * 7]), exposure)[0][0]
    apart = integrity.null_model(np.array([60.0, 20, 30, 35, 40, 45, 50, 60]), exposure)[0][0]
    assert alike < 0.01 < apart


def made(cheat: str = "B0", flagged: str = "") -> duckdb.DuckDBPyConnection:
    """60 answers of each branch, a third of them promoters' (of the cheat nearly all); 40 invitations each,
    of which one bounces (of the cheat 20); of `flagged`, half are staff's."""
    connection = duckdb.connect()
    connection.execute(f"""
        create schema marts;
        create table marts.fct_survey_responses as
        select null::varchar as comment,
            branch || '-' || i as answer_key, 'q' as source, 'S' as survey_id, 'r' as survey_type,
            '{VERSION}' as definition_version, 'counted' as disposition, branch, branch || i as person_key,
            null::varchar as device_id, branch = '{flagged}' and i % 2 = 0 as is_staff,
            null::timestamp as started_at, day::timestamp + i * interval 1 hour as responded_at,
            day as response_date,
            case when promotes then 'promoter' else 'detractor' end as nps_band,
            if(promotes, 10, 3) as likelihood_score
        from (
            select 'B' || b as branch, i, i % 3 = 0 or ('B' || b = '{cheat}' and i > 3) as promotes,
                date '2025-01-01' + i::integer as day
            from range(8) as branches (b), range(60) as answers (i)
        );
        create table marts.fct_survey_invitations as
        select 'r' as survey_type, '{VERSION}' as definition_version, 'B' || b as branch,
            'x' || i as person_key, date '2025-06-01' as sent_date,
            case when i = 0 or ('B' || b = '{cheat}' and i < 20) then 'bounced' else 'sent' end as status
        from range(8) as branches (b), range(40) as sent (i)
    """)
    return connection


def over_time(cheats: bool = True) -> duckdb.DuckDBPyConnection:
    """Survey q/S of nine stretches of 91 days, each with 60 answers of a day, a third of them promoters'.

    Where somebody cheats, it is nearly all of the latest. Branch B0 has 40 answers on each of five days of
    2025, one of them before a bonus.
    """
    connection = made(cheat="")
    rate = "i > 3" if cheats else "i % 3 = 0"
    connection.execute(f"""
        create or replace table marts.fct_survey_responses as
        select null::varchar as comment, place || '-' || i as answer_key, 'q' as source, survey as survey_id,
            'r' as survey_type, '{VERSION}' as definition_version, 'counted' as disposition, branch,
            place || i as person_key, null::varchar as device_id, false as is_staff,
            null::timestamp as started_at, day::timestamp + i * interval 6 minute as responded_at,
            day as response_date, if(promotes, 'promoter', 'detractor') as nps_band,
            if(promotes, 10, 3) as likelihood_score
        from (
            select 'S' || slice as place, 'S' as survey, 'B1' as branch, i,
                i % 3 = 0 or (slice = 0 and {rate}) as promotes,
                date '2025-12-31' - (45 + 91 * slice)::integer as day
            from range(9) as slices (slice), range(60) as answers (i)
            union all
            select 'T' || day, 'T', 'B0', i, i % 3 = 0 or (is_bonus and {rate}),
                day::date
            from range(40) as answers (i), (values
                ('2025-12-30', true), ('2025-11-15', false), ('2025-08-15', false), ('2025-05-15', false),
                ('2025-02-15', false)
            ) as days (day, is_bonus)
        )
    """)
    return connection


def test_a_survey_and_a_branch_before_a_bonus_are_beside_their_own_other_days() -> None:
    told = found(over_time())
    named = {(row.signal, row.branch, row.survey) for row in told.signals if row.verdict == "signal"}
    assert named == {
        ("promoters", "(all)", "q/S"),
        ("score_spike", "(all)", "q/S"),
        ("bonus_promoters", "B0", "(all)"),
    }
    [survey] = [row for row in told.signals if (row.signal, row.survey) == ("promoters", "q/S")]
    assert (survey.period_start, survey.period_end) == (AS_OF - timedelta(91), AS_OF)
    assert (survey.exposure, survey.observed_ratio, survey.signal_p_value) == (None, None, None)
    assert signals(found(over_time(cheats=False))) == set()


def test_whoever_was_asked_for_a_score_stands_out_and_is_not_among_the_other_flags(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = {f"B2-{number}": frozenset({"asked_for_score"}) for number in range(30)}
    monkeypatch.setattr(integrity_counts, "mentioned", lambda _: Mentioned({}, {}, asked))
    told = found(made(cheat=""))
    assert signals(told) == {("score_begging", "B2")}
    [row] = told.beside
    assert row.flagged_responses == 30


def found(connection: duckdb.DuckDBPyConnection, shown: list[str] | None = None) -> Integrity:
    branches = BRANCHES if shown is None else shown
    return integrity.judged(
        connection,
        {("r", VERSION, branch) for branch in branches},
        {("r", VERSION): 12.5},
        definition.versions(),
        AS_OF,
    )


def signals(told: Integrity) -> set[tuple[str, str]]:
    return {(row.signal, row.branch) for row in told.signals if row.verdict == "signal"}


def test_the_cheat_is_named_and_nobody_else() -> None:
    told = found(made())
    assert signals(told) == {(signal, "B0") for signal in ("promoters", "bounced_invitations", "score_spike")}
    [spike] = [row for row in told.signals if (row.signal, row.branch) == ("score_spike", "B0")]
    assert (spike.score_value, spike.exposure) == (10, 60)
    assert (spike.signal_p_value, spike.signal_q_value, spike.observed_ratio) == (None, None, None)
    assert signals(found(made(cheat=""))) == set()


def test_a_branch_whose_score_is_hidden_is_part_of_no_signal_of_answers() -> None:
    told = found(made(), shown=BRANCHES[1:])
    assert signals(told) == {("bounced_invitations", "B0")}
    assert found(made(), shown=BRANCHES[:4]).signals == found(made(), shown=[]).signals


def test_the_score_without_flagged_answers() -> None:
    [row] = found(made(cheat="", flagged="B1")).beside
    assert (row.responses, row.flagged_responses, row.nps) == (480, 30, 12.5)
    assert row.nps_without_flagged == pytest.approx(100 * (150 - 300) / 450)
    [row] = found(made(cheat="B1", flagged="B1")).beside
    # one of the 30 is no promoter's: they are of both minds
    assert row.nps_without_flagged == pytest.approx(100 * ((140 + 29) - (280 + 1)) / 450)


def test_a_published_row_that_differs_is_named() -> None:
    connection = made()
    told = found(connection)
    connection.execute("create schema publication")
    wrong = [replace_signal(row) for row in told.signals]
    for table, kind, rows in (
        ("integrity_signals", Signal, wrong),
        ("nps_without_flagged", integrity.Beside, told.beside),
    ):
        connection.register("given", rows_as_table(kind, rows))
        connection.execute(f"create table publication.{table} as select * from given")
    [difference] = comparison.of_integrity(connection, told)
    assert (difference.column, difference.recounted, difference.published) == (
        "verdict",
        "signal",
        "not distinguishable",
    )


def replace_signal(row: Signal) -> Signal:
    is_cheats = (row.signal, row.branch) == ("promoters", "B0")
    return row._replace(verdict="not distinguishable") if is_cheats else row


@pytest.mark.parametrize(("seconds", "is_flagged"), [(29, True), (30, False)])
def test_too_fast_is_under_a_third_of_the_median(seconds: int, is_flagged: bool) -> None:
    usual = Answer(
        *("a", "q", "S", "r", VERSION, "counted", "B1", "p", None, False),
        *(1, 90_000_001, AS_OF - timedelta(1), "promoter", 9),
    )
    rows = [usual._replace(key=f"a{number}", branch=f"B{number}") for number in range(30)]
    fast = usual._replace(key="fast", responded=1 + seconds * 1_000_000)
    assert ("fast" in flags([*rows, fast])) == is_flagged
    assert "fast" not in flags([*rows[:28], fast])


def test_a_burst_is_five_within_five_minutes() -> None:
    first = Answer(
        *("0", "q", "S", "r", VERSION, "counted", "B1", "p", None, False, None, 1, AS_OF, "promoter", 9)
    )
    rows = [first._replace(key=str(at), responded=1 + at * 75_000_000) for at in range(6)]
    assert flags(rows) == {row.key for row in rows}
    assert flags(rows[:4]) == set()
    late = [*rows[:4], rows[4]._replace(responded=300_000_002)]
    assert flags(late) == set()
