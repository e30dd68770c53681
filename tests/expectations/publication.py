"""What would be published of the made-up answers: counted naively in SQL.

Belongs here: cells and published tables of the small working file (`warehouse`); every period of every cell
is counted answer by answer. Does not belong here: what follows from the counts (`tested`).
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from tests.expectations.tested import Row, scorecards, scored, suppressed

DIMENSIONS = "customer_value_tier, journey_stage, branch, region, plan, channel"
NAMES = DIMENSIONS.split(", ")
SEGMENTS: dict[str, tuple[str, ...]] = {
    "company": (),
    **{name: (name,) for name in NAMES},
    "customer_value_tier*journey_stage": ("customer_value_tier", "journey_stage"),
    "branch*journey_stage": ("branch", "journey_stage"),
    "customer_value_tier*branch": ("customer_value_tier", "branch"),
}
KEY = (
    f"survey_type, measure, period_grain, period_start, period_end, segment, {DIMENSIONS}, definition_version"
)


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """The periods and cells of the marts, and every published table."""
    for statement in (_PERIODS, *_CELLS, "create schema publication", _POPULATION):
        connection.execute(statement)
    rows = connection.execute("select * from population").to_arrow_table().to_pylist()
    scores = scored(rows)
    _create(connection, "publication.nps_scores", [suppressed(row) for row in scores])
    _create(connection, "publication.branch_scorecards", scorecards(scores))
    for statement in (*_REST, "drop table population", "drop table before"):
        connection.execute(statement)


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: list[Row]) -> None:
    connection.register("given", pa.Table.from_pylist(rows))
    connection.execute(f"create table {name} as select * from given")
    connection.unregister("given")


_PERIODS = """
    create table marts.dim_periods as
    with ends as (
        select cast(max(response_date) + 1 as date) as as_of, min(response_date) as first_day
        from marts.fct_nps_daily
    ),
    months as (
        select cast(unnest(range(
            date_trunc('month', first_day), as_of + interval 1 month, interval 1 month
        )) as date) as month
        from ends
    ),
    window_ends as (
        select month as window_end from months, ends where month > first_day and month <= as_of
        union select as_of from ends
    ),
    periods as (
        select 'month' as period_grain, month as period_start, month + interval 1 month as period_end,
            month - interval 1 month as previous_start
        from months, ends where month < as_of
        union select 'quarter', date_trunc('quarter', month), date_trunc('quarter', month) + interval 3 month,
            date_trunc('quarter', month) - interval 3 month
        from months, ends where month < as_of
        union select 'year', date_trunc('year', month), date_trunc('year', month) + interval 1 year,
            date_trunc('year', month) - interval 1 year
        from months, ends where month < as_of
        union select 'trailing_90d', window_end - 90, window_end, window_end - 180 from window_ends
        union select 'trailing_365d', window_end - 365, window_end, window_end - 730 from window_ends
        union select 'all_time', first_day, as_of, null from ends
    )
    select period_grain, cast(period_start as date) as period_start, cast(period_end as date) as period_end,
        cast(previous_start as date) as previous_start
    from periods
"""


def _by_segment(relation: str) -> str:
    return " union all ".join(
        f"select * exclude ({DIMENSIONS}), '{segment}' as segment, "
        + ", ".join(name if name in split else f"'(all)' as {name}" for name in NAMES)
        + f" from {relation}"
        for segment, split in SEGMENTS.items()
    )


_COUNTS = (
    "count(*) filter (nps_weight = 100) as promoters, count(*) filter (nps_weight = 0) as passives,"
    " count(*) filter (nps_weight = -100) as detractors, count(*) as responses"
)
_CELLS = (
    f"""
    create table marts.fct_nps_cells as
    with answers as (
        select survey_type, definition_version, person_key, answer_key, responded_at, response_date,
            nps_weight, {DIMENSIONS}
        from marts.fct_survey_responses where is_counted
    ),
    dated as (
        select answers.*, 'in_period' as measure, period_grain, period_start, period_end
        from answers
        inner join marts.dim_periods on response_date >= period_start and response_date < period_end
    ),
    both_measures as (
        select * from dated
        union all
        (select * replace ('current_state' as measure) from dated where period_grain = 'trailing_365d'
        qualify row_number() over (
            partition by survey_type, person_key, period_end order by responded_at desc, answer_key desc
        ) = 1)
    ),
    split as ({_by_segment("both_measures")})
    select {KEY}, {_COUNTS} from split group by {KEY}
    """,
    f"""
    create table before as
    with dated as (
        select answers.*, 'in_period' as measure, period_grain, period_start, period_end
        from marts.fct_survey_responses as answers
        inner join marts.dim_periods on response_date >= previous_start and response_date < period_start
        where is_counted
    ),
    split as ({_by_segment("dated")})
    select {KEY}, {_COUNTS} from split group by {KEY}
    """,
)
_OF_CELLS = ", ".join(f"cells.{name}" for name in KEY.split(", "))
_POPULATION = f"""
    create table population as
    with cells as (
        select cells.*, before.promoters as before_promoters, before.detractors as before_detractors,
            before.responses as before_responses,
            least(period_end, (select max(period_end) from marts.dim_periods where period_grain = 'all_time'))
                as standing_date
        from marts.fct_nps_cells as cells left join before using ({KEY})
    ),
    invited as ({_by_segment("marts.fct_survey_invitations")}),
    asked as (
        select {KEY},
            count(*) filter (is_delivered) as delivered_invitations,
            count(*) filter (is_delivered and is_answered) as answered_invitations
        from cells
        inner join invited using (survey_type, definition_version, segment, {DIMENSIONS})
        where cast(sent_at as date) >= period_start and cast(sent_at as date) < standing_date
        group by {KEY}
    ),
    counted as (select * from marts.fct_survey_responses where is_counted),
    covered as (
        select {_OF_CELLS}, cast(sum(case when exists (
                select 1 from counted as answers
                where
                    answers.account_key = standings.account_key and answers.survey_type = cells.survey_type
                    and answers.response_date >= cells.period_start
                    and answers.response_date < cells.period_end
                    and (cells.measure = 'in_period' or answers.current_until > cells.period_end)
                    and (cells.journey_stage = '(all)' or answers.journey_stage = cells.journey_stage)
                    and (cells.channel = '(all)' or answers.channel = cells.channel)
            ) then trailing_revenue_amount else 0 end) as double) / sum(trailing_revenue_amount)
                as revenue_coverage
        from cells
        inner join marts.fct_account_standings as standings
            on standings.standing_date = cells.standing_date
            and (cells.branch = '(all)' or cells.branch = standings.branch)
            and cells.customer_value_tier in ('(all)', standings.customer_value_tier)
        where cells.segment in ('company', 'branch', 'customer_value_tier')
        group by {_OF_CELLS}
    ),
    strata as (
        select cells.survey_type, cells.measure, cells.period_grain, cells.period_end,
            cells.branch as of_branch, standings.customer_value_tier, count(*) as customers,
            any_value(tiers.responses) as n,
            any_value(100.0 * (tiers.promoters - tiers.detractors) / tiers.responses) as nps
        from cells
        inner join marts.fct_account_standings as standings
            on standings.standing_date = cells.standing_date
            and (cells.branch = '(all)' or cells.branch = standings.branch)
        left join marts.fct_nps_cells as tiers
            on tiers.segment = case cells.segment when 'company' then 'customer_value_tier'
                else 'customer_value_tier*branch' end
            and tiers.survey_type = cells.survey_type and tiers.measure = cells.measure
            and tiers.period_grain = cells.period_grain and tiers.period_end = cells.period_end
            and tiers.branch = cells.branch and tiers.customer_value_tier = standings.customer_value_tier
        where cells.segment in ('company', 'branch')
        group by all
    ),
    stratified as (
        select survey_type, measure, period_grain, period_end, of_branch as branch,
            sum(customers * nps) / sum(customers) filter (n > 0) as post_stratified_nps,
            sum(customers) filter (n > 0) ** 2 / sum(customers * customers / n) as effective_responses,
            sum(customers) filter (n > 0) / sum(customers) as stratified_share
        from strata
        group by all
    )
    select cells.* exclude (standing_date),
        coalesce(answered_invitations, 0) as answered_invitations,
        coalesce(delivered_invitations, 0) as delivered_invitations,
        answered_invitations / nullif(delivered_invitations, 0) as response_rate,
        revenue_coverage,
        post_stratified_nps, effective_responses, stratified_share
    from cells
    left join asked using ({KEY})
    left join covered using ({KEY})
    left join stratified
        on cells.segment in ('company', 'branch') and cells.survey_type = stratified.survey_type
        and cells.measure = stratified.measure and cells.period_grain = stratified.period_grain
        and cells.period_end = stratified.period_end and cells.branch = stratified.branch
"""
_REST = (
    f"""
    create table publication.nps_responses as
    select md5(answer_key) as answer_id, survey_type, responded_at, likelihood_score, nps_band,
        nps_weight, {DIMENSIONS}, definition_version
    from marts.fct_survey_responses where is_counted
    """,
    """
    create table publication.response_dispositions as
    select source, disposition, survey_type, date_trunc('month', response_date) as response_month,
        count(*) as answers, 'in words' as description
    from marts.fct_survey_responses group by all
    union all
    select source, disposition, '(none)', null, sum(answers), 'in words'
    from marts.audit_reconciliation where disposition = 'quarantined' group by all
    """,
    """
    create table publication.metric_definitions as
    select definition_version, 'score_band' as element, nps_band as item,
        min(score) || '-' || max(score) as value_text
    from definition.nps_score_bands group by definition_version, nps_band
    union all
    select definition_version, 'quarantine_window', survey_type, window_days || ' days'
    from definition.nps_quarantine_windows
    union all
    select definition_version, 'customer_value_tier', customer_value_tier, minimum_amount || ''
    from definition.customer_value_tiers
    union all
    select definition_version, 'reportability', reportability, minimum_responses || ' responses'
    from definition.reportability_floors
    """,
)
