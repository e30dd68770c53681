"""Each published table of money: what tells its figures apart, and which rows are behind them.

A figure belongs to its as-of, because the windows behind it are laid back from there (decision 45). Two
publications have the same figure where `is_same` holds for its key and their as-ofs.

Belongs here: a table's key, and the query of its rows. Does not belong here: reading tables by it (`money`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

LOOKS = "marts.fct_account_outcomes"


@dataclass(frozen=True)
class Kind:
    """A published table: the last column of its key; whether a figure with this key is the same one at two
    as-ofs; and a query of the rows behind its figures.

    The query has the key, `account_key`, the `part` it has in the figure, the day it is `looked_on`, what it
    `paid` then (null where the figure has no such amount) and its `content` as text. `{catalog}` is filled
    in, and `{segments}` where rows belong to several.
    """

    last_of_key: str
    is_same: Callable[[Mapping[str, str], date, date], bool]
    behind: str


def _of_one_day(_: Mapping[str, str], then: date, now: date) -> bool:
    """A figure about as-of, or about all windows laid back from it."""
    return then == now


def _of_a_window(figure: Mapping[str, str], then: date, now: date) -> bool:
    """Windows end at a day that is looked at from both as-ofs."""
    end, horizon = date.fromisoformat(figure["window_end"]), int(figure["horizon_days"])
    return all(end <= each and (each - end).days % horizon == 0 for each in (then, now))


def _of_a_year(figure: Mapping[str, str], then: date, now: date) -> bool:
    """The year up to the beginning of a year; the one up to as-of is another each day."""
    end = date.fromisoformat(figure["period_end"])
    return end <= min(then, now) and (then == now or (end.month, end.day) == (1, 1))


def _of_a_quarter(figure: Mapping[str, str], then: date, now: date) -> bool:
    """The year up to the end of a quarter that is over at both."""
    return date.fromisoformat(figure["period_end"]) <= min(then, now)


_LOOK = "concat_ws('|', account_key, index_date, horizon_days, band, mrr_before, mrr_after)"
_WINDOWS = f"(select *, {_LOOK} as content from {{catalog}}.{LOOKS})"
_NEXT = f"(select min(horizon_days) from {{catalog}}.{LOOKS})"

KINDS: dict[str, Kind] = {
    "association_placebo": Kind(
        "band",
        _of_one_day,
        f"""
        select
            placebo, survey_type, horizon_days, band, account_key, if(is_lost, 'lost', 'not lost') as part,
            index_date as looked_on, mrr_before as paid, {_LOOK} as content
        from {{catalog}}.marts.fct_placebo_outcomes
        """,
    ),
    "band_transitions": Kind(
        "to_band",
        _of_a_window,
        f"""
        select
            looks.survey_type, looks.horizon_days, looks.window_end, looks.band as from_band,
            coalesce(later.band, 'left') as to_band, looks.account_key, 'window' as part,
            looks.index_date as looked_on, looks.mrr_before as paid, looks.content
        from {_WINDOWS} as looks
        left join {_WINDOWS} as later
            on looks.survey_type = later.survey_type and looks.horizon_days = later.horizon_days
            and looks.account_key = later.account_key and looks.window_end = later.index_date
        where looks.is_complete
        """,
    ),
    "churn_curves": Kind(
        "days",
        _of_one_day,
        f"""
        with windows as (
            select * from {_WINDOWS} where is_complete and horizon_days = {_NEXT}
        ),
        entered as (
            select survey_type, band, account_key, horizon_days, min(index_date) as entered_on
            from windows
            group by all
        ),
        followed as (
            select
                entered.*,
                min(windows.window_end) filter (windows.is_churned) as left_on
            from entered
            inner join windows
                on entered.survey_type = windows.survey_type and entered.account_key = windows.account_key
                and entered.entered_on <= windows.index_date
            group by all
        ),
        lasting as (
            select *, coalesce(left_on, (select max(window_end) from windows)) - entered_on as lasted
            from followed
        ),
        steps as (
            select *, cast(unnest(range(horizon_days, lasted + 1, horizon_days)) as integer) as days
            from lasting
        )
        select
            survey_type, band, days, account_key,
            case
                when days < lasted then 'lasted longer' when left_on is null then 'censored' else 'churned'
            end as part,
            entered_on as looked_on, cast(null as decimal(18, 6)) as paid,
            concat_ws('|', account_key, entered_on, lasted, left_on) as content
        from steps
        """,
    ),
    "earned_growth": Kind(
        "period_end",
        _of_a_quarter,
        """
        with months as (
            select
                months.account_key, months.month_end, months.mrr, customers.is_acquired_by_referral,
                min(months.month_end) over (partition by months.account_key) as first_end
            from {catalog}.marts.fct_account_months as months
            left join {catalog}.marts.dim_accounts as customers using (account_key)
            where months.is_complete and months.mrr > 0
        )
        select
            years.period_start, years.period_end, months.account_key,
            case
                when months.month_end = years.period_start then 'before'
                when count(*) over (partition by years.period_end, months.account_key) > 1 then 'stayed'
                when months.first_end <= years.period_start then 'came back'
                when months.is_acquired_by_referral then 'new, by referral'
                when not months.is_acquired_by_referral then 'new, not by referral'
                else 'new, nobody says how'
            end as part,
            months.month_end as looked_on, months.mrr as paid,
            concat_ws('|', months.account_key, months.month_end, months.mrr) as content
        from {catalog}.publication.earned_growth as years
        inner join months on months.month_end in (years.period_start, years.period_end)
        """,
    ),
    "non_response": Kind(
        "definition_version",
        _of_a_year,
        """
        with years as (
            select distinct period_start, period_end from {catalog}.publication.non_response
        ),
        heard as (
            select
                years.*, answers.survey_type, answers.definition_version, answers.person_key,
                answers.account_key, answers.responded_at as happened_at,
                answers.answer_fingerprint as row_id, answers.nps_weight, answers.customer_value_tier,
                answers.journey_stage
            from years
            inner join {catalog}.marts.fct_survey_responses as answers
                on years.period_end > answers.response_date and years.period_end < answers.current_until
            where answers.is_counted
        ),
        asked as (
            select
                years.*, invitations.survey_type, invitations.definition_version, invitations.person_key,
                invitations.account_key, invitations.sent_at as happened_at,
                invitations.invitation_key as row_id, null as nps_weight, invitations.customer_value_tier,
                invitations.journey_stage
            from years
            inner join {catalog}.marts.fct_survey_invitations as invitations
                on years.period_start <= invitations.sent_date and years.period_end > invitations.sent_date
            anti join heard
                on years.period_end = heard.period_end and invitations.survey_type = heard.survey_type
                and invitations.person_key = heard.person_key
            where invitations.is_delivered and not invitations.is_answered
                and invitations.survey_type is not null
            qualify row_number() over (
                partition by years.period_end, invitations.survey_type, invitations.person_key
                order by invitations.sent_at desc, invitations.invitation_key desc
            ) = 1
        ),
        first_payments as (
            select account_key, min(recurring_from) as first_paid_at
            from {catalog}.intermediate.int_revenue__recurring
            where is_known_account
            group by account_key
        )
        select
            people.survey_type, people.period_start, people.period_end, people.definition_version,
            people.account_key, if(people.nps_weight is null, 'silent', 'answered') as part,
            people.period_end as looked_on, cast(null as decimal(18, 6)) as paid,
            concat_ws(
                '|', people.account_key, people.row_id, people.nps_weight, people.customer_value_tier,
                people.journey_stage, people.happened_at, first_payments.first_paid_at
            ) as content
        from (select * from heard union all select * from asked) as people
        left join first_payments using (account_key)
        """,
    ),
    "revenue_association": Kind(
        "band",
        _of_one_day,
        f"""
        select
            survey_type, horizon_days, {{segments}}, band, account_key,
            if(is_churned, 'churned', 'stayed') as part, index_date as looked_on, mrr_before as paid, content
        from {_WINDOWS}
        where is_complete
        """,
    ),
    "revenue_at_risk": Kind(
        "band",
        _of_one_day,
        f"""
        with windows as (
            select * from {_WINDOWS}
        )
        select
            survey_type, horizon_days, band, account_key, 'today' as part, index_date as looked_on,
            mrr_before as paid, content
        from windows
        where not is_complete and band in ('passive', 'detractor')
        union all
        select
            survey_type, horizon_days, unnest(if(band = 'promoter', ['passive', 'detractor'], [band])),
            account_key, if(band = 'promoter', 'promoters before', 'the band before'), index_date, mrr_before,
            content
        from windows
        where is_complete and band in ('promoter', 'passive', 'detractor')
        """,
    ),
    "revenue_coverage": Kind(
        "band",
        _of_one_day,
        f"""
        select
            survey_type, {{segments}}, band, account_key, 'today' as part, index_date as looked_on,
            mrr_before as paid, content
        from {_WINDOWS}
        where not is_complete and horizon_days = {_NEXT}
        """,
    ),
    "weighted_scores": Kind(
        "definition_version",
        _of_a_year,
        """
        with periods as (
            select distinct weighting, period_start, period_end
            from {catalog}.publication.weighted_scores
        ),
        standing as (
            select period_end, any_value(standing_date) as standing_date
            from {catalog}.marts.dim_periods
            where period_grain = 'trailing_365d'
            group by period_end
        )
        select
            answers.survey_type, periods.weighting, periods.period_start, periods.period_end, {segments},
            answers.definition_version, answers.account_key, 'answer' as part,
            periods.period_end as looked_on, cast(null as decimal(18, 6)) as paid,
            concat_ws(
                '|', answers.account_key, answers.answer_fingerprint,
                if(periods.weighting = 'revenue', standings.trailing_revenue_amount, null)
            ) as content
        from periods
        inner join standing on periods.period_end = standing.period_end
        inner join {catalog}.marts.fct_survey_responses as answers
            on periods.period_end > answers.response_date and periods.period_end < answers.current_until
        left join {catalog}.marts.fct_account_standings as standings
            on answers.account_key = standings.account_key
            and standing.standing_date = standings.standing_date
            and answers.definition_version = standings.definition_version
        where answers.is_counted and answers.account_key is not null
            and (periods.weighting <> 'revenue' or standings.trailing_revenue_amount > 0)
        """,
    ),
}
