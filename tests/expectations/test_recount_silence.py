"""The silent: who they are, and what the score would be with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pytest

from expectations.recount.finance.silence import Silence, Stratum, first_payments, scored, silences
from tests.expectations.test_recount_months import at, entry

PLACE = ("relationship", date(2026, 1, 1), "1", date(2025, 1, 1))
FLOORS = (("suppressed", 0), ("interval_only", 5), ("indicative", 30), ("reportable", 100))


def stratum(said: Sequence[int], silent: int) -> Stratum:
    of = Stratum()
    of.said, of.silent = list(said), silent
    return of


def test_strata_that_answered_speak_for_their_silent_and_bounds_hold_every_score() -> None:
    found = scored(PLACE, [stratum([100] * 30, 0), stratum([-100] * 10, 30), stratum([], 10)], FLOORS)
    assert found.nps == 50
    assert found.nps_if_alike == pytest.approx((30 * 100 - 40 * 100) / 70)
    assert (found.nps_if_promoters, found.nps_if_detractors) == (75, -25)
    assert found.alike_share == 0.75


def test_without_silence_all_are_the_score() -> None:
    found = scored(PLACE, [stratum([100, 0, -100] * 40, 0), stratum([100], 0)], FLOORS)
    assert found.nps == found.nps_if_promoters == found.nps_if_detractors
    assert found.nps_if_alike == pytest.approx(found.nps)
    assert (found.alike_share, found.reportability) == (None, "reportable")


@pytest.mark.parametrize(
    ("answers", "name"), [(4, "suppressed"), (5, "interval_only"), (29, "interval_only")]
)
def test_without_a_score_only_people_are_counted(answers: int, name: str) -> None:
    assert scored(PLACE, [stratum([100] * answers, 7)], FLOORS)[4:] == (answers, 7, *(None,) * 5, name)


ANSWERS = """
    ('promoter', 'a', timestamp '2025-03-01', 100, true), ('current', 'a', '2025-03-01', -100, true),
    ('not counted', 'a', '2025-03-01', null, false), ('last year', 'a', '2024-12-31', 100, true)
"""
INVITATIONS = """
    ('promoter', 'a', timestamp '2025-02-01', true, false), ('silent', 'a', '2025-02-01', true, false),
    ('silent', 'a', '2025-04-01', true, false), ('not counted', 'a', '2025-04-01', true, true),
    ('bounced', 'a', '2025-04-01', false, false), ('last year', 'a', '2025-01-01', true, false),
    ('too late', 'a', '2026-01-01', true, false), ('new', 'b', '2025-02-01', true, false)
"""


def test_the_silent_were_reached_in_the_year_and_are_not_heard() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create schema marts;"
            " create table marts.dim_periods as select 'trailing_365d' as period_grain,"
            " date '2025-01-01' as period_start, date '2026-01-01' as period_end;"
            " create table marts.fct_survey_responses as select 'r' as survey_type, '1' as"
            " definition_version, person_key, account_key, 'core' as customer_value_tier, 'support' as"
            " journey_stage, responded_at, responded_at::date as response_date,"
            " (responded_at + interval 365 day)::date as current_until, nps_weight, is_counted"
            f" from (values {ANSWERS}) as given"
            " (person_key, account_key, responded_at, nps_weight, is_counted);"
            " create table marts.fct_survey_invitations as select 'r' as survey_type, '1' as"
            " definition_version, 'core' as customer_value_tier, 'support' as journey_stage, *,"
            " person_key || sent_at as invitation_key, sent_at::date as sent_date"
            f" from (values {INVITATIONS}) as given"
            " (person_key, account_key, sent_at, is_delivered, is_answered)"
        )
        payments = {"a": at("2020-01-01"), "b": at("2025-01-01")}
        [found] = silences(connection, payments, {"1": [("indicative", 0)]}, date(2026, 1, 1))
    assert (found.responses, found.silent) == (2, 3)  # silent, last year, new
    assert found.alike_share == pytest.approx(2 / 3)  # new is of another tenure
    assert isinstance(found, Silence)


def test_an_account_pays_since_its_first_line_that_recurs() -> None:
    ledger = {
        ("a", True): [entry(9, "2025-03-01", "2025-04-01"), entry(9, "2025-02-01", "2025-03-01")],
        ("b", False): [entry(9, "2025-03-01", "2025-04-01")],
        ("c", True): [entry(9, "2025-03-01", "2025-03-01")],
    }
    assert first_payments(ledger) == {"a": at("2025-02-01")}
