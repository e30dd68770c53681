"""What accompanies a score: who was asked, whose revenue answered, the score of the whole customer base.

Belongs here: response rate, revenue coverage, post-stratified score. Does not belong here: the score of those
who answered (`published_figures`).
"""

from __future__ import annotations

from expectations.nps_definition import DIMENSIONS
from expectations.offending_rows import ExpectNoOffendingRows, offending
from expectations.running_totals import cell, totals

_INVITATIONS = ("answered", "delivered")
_TOLERANCE = 1e-9
_SENT = f"""
    select
        survey_type, definition_version, {", ".join(DIMENSIONS)}, cast(sent_at as date) as day,
        case when is_delivered and is_answered then 1 else 0 end as answered,
        case when is_delivered then 1 else 0 end as delivered
    from marts.fct_survey_invitations
    where survey_type is not null and definition_version is not null and sent_at is not null
"""

#: Revenue by what its account has said before the standing: whether it answered since the start of a period,
#: and whether one of its answers still is its person's current one.
_REVENUE = """
    figures as (
        select
            survey_type, measure, period_grain, period_start, period_end, segment, branch, definition_version,
            revenue_coverage, least(period_end, (
                select max(period_end) from checked where period_grain = 'all_time'
            )) as standing_date
        from checked
        -- the segments that split accounts: an account has no stage and no channel
        where segment in ('company', 'branch')
    ),
    answers as (
        select account_key, survey_type, definition_version, cast(responded_at as date) as day, current_until
        from marts.fct_survey_responses
        where is_counted
    ),
    kinds as (select distinct survey_type, definition_version from answers),
    days as (
        select given.day, min(starts.period_start) as answered_before
        from (select distinct day from answers) as given
        left join (select distinct period_start from figures) as starts on given.day < starts.period_start
        group by given.day
    ),
    -- what an account has said from the day after an answer to the day of its next
    said as (
        select
            account_key, survey_type, definition_version, day,
            max(current_until) over so_far as current_until,
            coalesce(lead(day) over so_far, date '9999-12-31') as next_day
        from answers
        where account_key is not null
        window so_far as (
            partition by account_key, survey_type, definition_version order by day
            rows between unbounded preceding and current row
        )
    ),
    standings as (
        select
            standings.standing_date, kinds.survey_type, standings.definition_version, standings.branch,
            standings.trailing_revenue_amount as amount,
            coalesce(said.current_until > standings.standing_date, false) as is_current,
            case
                when said.day is null then date '0001-01-01'
                else coalesce(days.answered_before, date '9999-12-31')
            end as answered_before
        from marts.fct_account_standings as standings
        inner join kinds on standings.definition_version = kinds.definition_version
        left join said
            on standings.account_key = said.account_key and kinds.survey_type = said.survey_type
            and standings.definition_version = said.definition_version
            and standings.standing_date > said.day and standings.standing_date <= said.next_day
        left join days on said.day = days.day
    ),
    of_branches as (
        select
            standing_date, survey_type, definition_version, branch, is_current, answered_before,
            sum(amount) as amount
        from standings
        group by standing_date, survey_type, definition_version, branch, is_current, answered_before
    ),
    revenue as (
        select * from of_branches
        union all
        select
            standing_date, survey_type, definition_version, '(all)', is_current, answered_before, sum(amount)
        from of_branches
        group by standing_date, survey_type, definition_version, is_current, answered_before
    )
"""


class ExpectResponseRatesToFollowFromInvitations(ExpectNoOffendingRows):
    """A score of those who answered says nothing without how many were asked."""

    description: str = (
        "Answered and delivered are the invitations sent in the period; their ratio is the rate"
    )
    unexpected_rows_query: str = offending(f"""
        with named as (
            select
                {cell("'sent'")} as cell, period_grain, period_start,
                -- a calendar period goes on, but nothing sent from as-of on is looked at
                least(period_end, (
                    select max(period_end) from checked where period_grain = 'all_time'
                )) as sent_before,
                answered_invitations, delivered_invitations, response_rate
            from checked
        ),
        {
        totals(
            {"sent": _SENT},
            (
                "select number, sent_before as day from figures",
                "select number, period_start from figures",
            ),
            _INVITATIONS,
        )
    }
        select
            figures.cell, period_grain, period_start, answered_invitations,
            delivered_invitations, response_rate,
            ends.answered - starts.answered as answered, ends.delivered - starts.delivered as delivered
        from figures
        -- an engine would join two inner ones with each other first
        left join totals as ends on figures.number = ends.number and figures.sent_before = ends.day
        left join totals as starts on figures.number = starts.number and figures.period_start = starts.day
        where
            coalesce(answered_invitations <> ends.answered - starts.answered, true)
            or coalesce(delivered_invitations <> ends.delivered - starts.delivered, true)
            or (response_rate is null) <> (delivered_invitations = 0)
            or abs(response_rate * delivered_invitations - answered_invitations) > {_TOLERANCE}
            or response_rate not between 0 and 1
    """)


class ExpectRevenueCoverageToBeAShare(ExpectNoOffendingRows):
    """Revenue whose account answered cannot be more than all revenue."""

    description: str = "Revenue coverage is between 0 and 1"
    unexpected_rows_query: str = offending("""
        select survey_type, period_grain, period_start, segment, revenue_coverage
        from checked
        where revenue_coverage not between 0 and 1
    """)


class ExpectRevenueCoverageToFollowFromAccounts(ExpectNoOffendingRows):
    """Stated for the company and each branch: standings at the end, and whether their account answered."""

    description: str = (
        "Revenue coverage is the share of standing revenue whose account has an answer behind it"
    )
    unexpected_rows_query: str = offending(f"""
        with {_REVENUE},
        expected as (
            select
                figures.survey_type, figures.measure, figures.period_grain, figures.period_start,
                figures.period_end, figures.segment, figures.branch, figures.definition_version,
                min(figures.revenue_coverage) as revenue_coverage,
                cast(sum(case
                    when figures.measure = 'in_period' and answered_before > figures.period_start then amount
                    when figures.measure = 'current_state' and is_current then amount
                    else 0
                end) as double) / sum(amount) as expected_coverage
            from figures
            inner join revenue
                on figures.standing_date = revenue.standing_date
                and figures.survey_type = revenue.survey_type
                and figures.definition_version = revenue.definition_version
                and figures.branch = revenue.branch
            group by
                figures.survey_type, figures.measure, figures.period_grain, figures.period_start,
                figures.period_end, figures.segment, figures.branch, figures.definition_version
        )
        select * from expected
        where coalesce(abs(revenue_coverage - expected_coverage) > {_TOLERANCE}, true)
    """)


class ExpectPoststratifiedScoresToFollowFromTiers(ExpectNoOffendingRows):
    """Each tier's score weighted with its customers: stated for the company and each branch."""

    description: str = "The post-stratified score weights each tier's with its customers, and says how surely"
    unexpected_rows_query: str = offending(f"""
        with strata as (
            {
        " union all ".join(
            f'''
            select
                cells.survey_type, cells.measure, cells.period_grain, cells.period_start, cells.period_end,
                cells.branch, cells.definition_version, cells.customer_value_tier, cells.responses,
                100e0 * (cells.promoters - cells.detractors) / cells.responses as stratum_nps
            from marts.fct_nps_cells as cells
            where cells.segment = '{segment}'
            '''
            for segment in ("customer_value_tier", "customer_value_tier*branch")
        )
    }
        ),
        customers as (
            select standing_date, definition_version, customer_value_tier, branch, count(*) as customers
            from marts.fct_account_standings
            group by standing_date, definition_version, customer_value_tier, branch
            union all
            select standing_date, definition_version, customer_value_tier, '(all)', count(*)
            from marts.fct_account_standings
            group by standing_date, definition_version, customer_value_tier
        ),
        figures as (
            select *, least(period_end, (
                select max(period_end) from checked where period_grain = 'all_time'
            )) as standing_date
            from checked
            where segment in ('company', 'branch') and nps is not null
        ),
        weighted as (
            select
                figures.survey_type, figures.measure, figures.period_grain, figures.period_start,
                figures.period_end, figures.segment, figures.branch, figures.definition_version,
                figures.post_stratified_nps, figures.effective_responses, figures.stratified_share,
                customers.customers, strata.responses, strata.stratum_nps,
                sum(customers.customers) over (
                    partition by figures.survey_type, figures.measure, figures.period_grain,
                        figures.period_start, figures.period_end, figures.segment, figures.branch,
                        figures.definition_version
                ) as all_customers
            from figures
            left join customers
                on figures.standing_date = customers.standing_date
                and figures.definition_version = customers.definition_version
                and figures.branch = customers.branch
            left join strata
                on figures.survey_type = strata.survey_type and figures.measure = strata.measure
                and figures.period_grain = strata.period_grain
                and figures.period_start = strata.period_start
                and figures.period_end = strata.period_end
                and figures.definition_version = strata.definition_version
                and figures.branch = strata.branch
                and customers.customer_value_tier = strata.customer_value_tier
        ),
        expected as (
            select
                survey_type, measure, period_grain, period_start, period_end, segment, branch,
                post_stratified_nps, effective_responses, stratified_share,
                sum(case when responses > 0 then customers * stratum_nps end)
                / sum(case when responses > 0 then customers end) as expected_nps,
                power(sum(case when responses > 0 then customers end), 2)
                / sum(cast(customers as double) * customers / responses) as expected_effective,
                sum(case when responses > 0 then customers end) / max(all_customers) as expected_share
            from weighted
            group by
                survey_type, measure, period_grain, period_start, period_end, segment, branch,
                definition_version, post_stratified_nps, effective_responses, stratified_share
        )
        select * from expected
        where
            (post_stratified_nps is null) <> (expected_nps is null)
            or (effective_responses is null) <> (expected_nps is null)
            or (stratified_share is null) <> (expected_nps is null)
            or abs(post_stratified_nps - expected_nps) > {_TOLERANCE}
            or abs(effective_responses - expected_effective) > 1e-6
            or abs(stratified_share - expected_share) > {_TOLERANCE}
    """)


class ExpectPoststratifiedScoresWithinTheirStrata(ExpectNoOffendingRows):
    """A mean lies between the smallest and largest of what it weighs; weighting never adds answers."""

    description: str = (
        "A post-stratified score is on the scale, of a share of the customers, worth no more answers"
    )
    unexpected_rows_query: str = offending(f"""
        select
            survey_type, period_grain, period_start, segment, responses, post_stratified_nps,
            effective_responses, stratified_share
        from checked
        where
            post_stratified_nps not between -100 - {_TOLERANCE} and 100 + {_TOLERANCE}
            or effective_responses not between 0 and responses + 1e-6
            or stratified_share not between 0 and 1 + {_TOLERANCE}
            or (post_stratified_nps is null) <> (effective_responses is null)
            or (post_stratified_nps is null) <> (stratified_share is null)
            or (customer_value_tier <> '(all)' and post_stratified_nps is not null)
    """)
