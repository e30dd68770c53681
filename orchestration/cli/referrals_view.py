"""What `nps cases effect` says of referrals: who was asked for one and answered, and who came by one.

Belongs here: both counts. Does not belong here: what a referral did to the customer who was asked
(`effects_view`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, NamedTuple

import duckdb

from expectations.recount.statistics import wilson
from publication.wording import count, percentage

#: Who was asked later may still answer.
_TIME_TO_ANSWER: Final = 30
_ASKED: Final = """
    with told as (
        select case_key, max_by(state, state_at) as state, min(state_at) filter (state <> 'open') as asked_at
        from {events} as events group by case_key
    ),
    asked as (
        select
            coalesce(answers.account_key, answers.person_key) as unit_key,
            min(told.asked_at) as asked_at,
            bool_or(told.state = 'resolved') as has_answered
        from marts.fct_follow_up_answers as cases
        inner join marts.fct_survey_responses as answers on cases.answer_key = answers.answer_key
        inner join told on cases.case_key = told.case_key
        where cases.case_type = 'ask_for_referral' and cases.outcome = 'case' and told.state <> 'open'
        group by all
    )
    select
        count(*) filter (is_over), count(*) filter (is_over and has_answered), count(*) filter (not is_over),
        cast(min(asked_at) as date)
    from (
        select *, asked_at + to_days($days) <= (
            select max(period_end) from marts.dim_periods where period_grain = 'trailing_365d'
        ) as is_over
        from asked
    )
"""
_CAME: Final = """
    with since as (
        select account_key, min(recurring_from) as paid_from from intermediate.int_revenue__recurring
        group by all
    )
    select
        count(*), count(*) filter (accounts.is_acquired_by_referral),
        count(*) filter (accounts.is_acquired_by_referral is null)
    from marts.dim_accounts as accounts
    inner join since on accounts.account_key = since.account_key
    where since.paid_from >= $first
"""


class Referrals(NamedTuple):
    """Accounts asked for a referral, and those of them that answered; asked too lately to tell; the day of
    the first request (UTC). Customers who began to pay since then, those of them that came by referral, and
    those of whom nobody says how they came."""

    asked: int
    answered: int
    waiting: int
    first_asked: date | None
    new_customers: int = 0
    by_referral: int = 0
    unknown: int = 0


def referrals(connection: duckdb.DuckDBPyConnection, events: str) -> Referrals:
    """`events` is a relation with what was told of cases; a request is answered once its case is resolved."""
    [(asked, answered, waiting, first)] = connection.execute(
        _ASKED.format(events=events), {"days": _TIME_TO_ANSWER}
    ).fetchall()
    if first is None:
        return Referrals(asked, answered, waiting, first)
    [came] = connection.execute(_CAME, {"first": first}).fetchall()
    return Referrals(asked, answered, waiting, first, *came)


def told(found: Referrals) -> Iterator[str]:
    """Both counts in words."""
    if found.first_asked is None:
        yield "REFERRALS. Nobody was asked for one yet."
        return
    if found.asked:
        low, high = wilson(found.answered, found.asked)
        yield (
            f"REFERRALS. {count(found.answered)} of {count(found.asked)} accounts that were asked answered"
            f" ({percentage(found.answered / found.asked)}, 95 %: {percentage(low)} to {percentage(high)});"
            f" {count(found.waiting)} were asked in the last {_TIME_TO_ANSWER} days."
        )
    else:
        yield (
            f"REFERRALS. {count(found.waiting)} accounts were asked, all in the last {_TIME_TO_ANSWER} days."
        )
    if found.unknown == found.new_customers:
        yield (
            f"Of {count(found.new_customers)} customers who came since {found.first_asked} nobody says how:"
            " declare the field of the CRM that says it as a dimension with `referral`."
        )
    else:
        yield (
            f"{count(found.by_referral)} of {count(found.new_customers)} customers who came since"
            f" {found.first_asked} came by referral; of {count(found.unknown)} nobody says how. Whose"
            " referral it was is not known."
        )
