"""What would be published of the made-up answers: counted naively in SQL.

Belongs here: cells and published tables of the small working file (`warehouse`); every period of every cell
is counted answer by answer. Does not belong here: what follows from the counts (`tested`).
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from expectations import definition
from expectations.dimensions import BUILT_IN
from expectations.published_definition import told
from expectations.recount import answers, invitations, practice, topics
from expectations.recount.changes import Explained, explained
from expectations.recount.coding import rows_as_table
from tests.expectations import bridge, of_scores, signals
from tests.expectations.dates import undivided_dates
from tests.expectations.tested import Row, hide_for_others, scorecards, scored, suppressed

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
    earlier = connection.execute("select * from before").to_arrow_table().to_pylist()
    dates = undivided_dates(connection, SEGMENTS)
    starts = dict(
        connection.execute(
            "select (period_grain, period_start), previous_start from marts.dim_periods"
        ).fetchall()
    )
    for row in rows:
        row["is_undivided"] = dates.touches(row, row["period_start"], row["period_end"])
    for row in earlier:
        start = starts[row["period_grain"], row["period_start"]]
        row["is_undivided"] = dates.touches(row, start, row["period_start"])
    hide_for_others(rows, earlier)
    scores = scored(rows)
    _create(connection, "publication.nps_scores", [suppressed(row) for row in scores])
    _create(connection, "publication.branch_scorecards", scorecards(scores))
    _write_changes(connection)
    for table, found in of_scores.published(connection).items():
        _create_table(connection, f"publication.{table}", found)
    # nobody comments
    _create_table(connection, "publication.nps_topics", rows_as_table(topics.Topic, []))
    _create_table(connection, "publication.best_practice", rows_as_table(practice.Practice, []))
    for table, found in signals.published(connection).items():
        _create_table(connection, f"publication.{table}", found)
    # as the guard tells it: what dbt makes of the definition is compared with that by every refresh
    _create(connection, "publication.metric_definitions", [dict(row) for row in told()])
    for statement in (
        *_REST,
        *bridge.STATEMENTS,
        "drop table population",
        "drop table before",
        "drop table dated",
    ):
        connection.execute(statement)


def _write_changes(connection: duckdb.DuckDBPyConnection) -> None:
    """As the recount has them: what dbt makes of them is compared with that by every refresh."""
    row = connection.execute(
        "select max(period_end) from population where period_grain = 'all_time'"
    ).fetchone()
    answered = answers.counted_in_marts(connection, BUILT_IN)
    delivered = invitations.delivered_in_marts(connection, BUILT_IN)
    assert row is not None
    rows = explained(connection, answered, delivered, definition.versions(), row[0], BUILT_IN)
    connection.register("given", rows_as_table(Explained, rows))
    connection.execute(
        "create table publication.nps_changes_explained as select given.*,"
        " coalesce(names.branch_name, given.branch) as branch_name from given left join"
        " (select distinct branch, branch_name from publication.nps_scores) as names using (branch)"
    )
    connection.unregister("given")


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: list[Row]) -> None:
    _create_table(connection, name, pa.Table.from_pylist(rows))


def _create_table(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    connection.register("given", rows)
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
    create table dated as
    with dated as (
        select survey_type, definition_version, person_key, account_key, answer_key, responded_at, nps_weight,
            {DIMENSIONS}, 'in_period' as measure, period_grain, period_start, period_end
        from marts.fct_survey_responses
        inner join marts.dim_periods on response_date >= period_start and response_date < period_end
        where is_counted
    )
    select * from dated
    union all
    (select * replace ('current_state' as measure) from dated where period_grain = 'trailing_365d'
    qualify row_number() over (
        partition by survey_type, person_key, period_end order by responded_at desc, answer_key desc
    ) = 1)
    """,
    f"""
    create table marts.fct_nps_cells as
    with split as ({_by_segment("dated")})
    select {KEY}, {_COUNTS} from split group by {KEY}
    """,
    f"""
    create table before as
    with earlier as (
        select answers.*, 'in_period' as measure, period_grain, period_start, period_end
        from marts.fct_survey_responses as answers
        inner join marts.dim_periods on response_date >= previous_start and response_date < period_start
        where is_counted
    ),
    split as ({_by_segment("earlier")})
    select {KEY}, {_COUNTS} from split group by {KEY}
    """,
)
# Stage and channel do not split accounts; whose tier a figure is split by is not weighted by tiers.
_CUSTOMERS = """(
    select *, customer_value_tier as stratum,
        '(all)' as journey_stage, '(all)' as channel
    from marts.fct_account_standings
)"""
_OF_CUSTOMERS = "segment, standing_date, definition_version, customer_value_tier, branch, region, plan"
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
    customers as (
        select {_OF_CUSTOMERS}, stratum, count(*) as customers, sum(trailing_revenue_amount) as revenue
        from ({_by_segment(_CUSTOMERS)}) group by {_OF_CUSTOMERS}, stratum
    ),
    -- who answered, and what else the account is: one row however often
    told as (
        select distinct dated.* exclude (person_key, answer_key, responded_at, nps_weight)
            replace (standings.customer_value_tier as customer_value_tier, standings.branch as branch,
                standings.region as region, standings.plan as plan),
            trailing_revenue_amount
        from dated
        inner join marts.fct_account_standings as standings
            on standings.account_key = dated.account_key
            and standings.standing_date = least(period_end, (select max(standing_date) from cells))
    ),
    covered as (
        select {KEY}, sum(trailing_revenue_amount) as covered_revenue
        from (select distinct {KEY}, account_key, trailing_revenue_amount from ({_by_segment("told")}))
        group by {KEY}
    ),
    coverage as (
        select {KEY},
            cast(coalesce(any_value(covered_revenue), 0) as double) / sum(revenue) as revenue_coverage
        from cells
        inner join customers using ({_OF_CUSTOMERS})
        left join covered using ({KEY})
        group by {KEY}
    ),
    strata as (
        select {KEY}, stratum, count(*) as n, avg(nps_weight) as nps
        from ({_by_segment("(select *, customer_value_tier as stratum from dated)")})
        group by {KEY}, stratum
    ),
    stratified as (
        select {KEY},
            sum(customers * strata.nps) / sum(customers) filter (n > 0) as post_stratified_nps,
            sum(customers) filter (n > 0) ** 2 / sum(customers * customers / n) as effective_responses,
            sum(customers) filter (n > 0) / sum(customers) as stratified_share
        from cells
        inner join customers using ({_OF_CUSTOMERS})
        left join strata using ({KEY}, stratum)
        where customer_value_tier = '(all)'
        group by {KEY}
    )
    select cells.* exclude (standing_date),
        coalesce(answered_invitations, 0) as answered_invitations,
        coalesce(delivered_invitations, 0) as delivered_invitations,
        answered_invitations / nullif(delivered_invitations, 0) as response_rate,
        revenue_coverage,
        post_stratified_nps, effective_responses, stratified_share
    from cells
    left join asked using ({KEY})
    left join coverage using ({KEY})
    left join stratified using ({KEY})
"""
_REST = (
    # the rows of one figure that is shown, of the finest that is: counted by joining from figures to answers
    """
    create table publication.nps_responses as
    with figures as (
        select survey_type, definition_version, customer_value_tier, journey_stage, period_grain,
            period_start, period_end,
            case segment when 'company' then 1 when 'customer_value_tier' then 2
                when 'customer_value_tier*journey_stage' then 3 end as depth
        from publication.nps_scores
        where measure = 'in_period' and promoters is not null and depth > 0
            and (period_grain = 'year' or (period_grain = 'all_time' and depth = 1))
    ),
    found as (
        select answers.answer_key, list(depth) filter (period_grain = 'year') as of_year
        from marts.fct_survey_responses as answers
        inner join figures
            on figures.survey_type = answers.survey_type
            and figures.definition_version = answers.definition_version
            and answers.response_date between period_start and period_end - 1
            and figures.customer_value_tier in ('(all)', answers.customer_value_tier)
            and figures.journey_stage in ('(all)', answers.journey_stage)
        where answers.is_counted
        group by answers.answer_key
    ),
    depths as (
        select answer_key, coalesce(list_contains(of_year, 1), false) as has_year,
            has_year and list_contains(of_year, 2) as has_tier,
            has_tier and list_contains(of_year, 3) as has_stage
        from found
    )
    select survey_type, if(has_year, make_date(year(response_date), 1, 1), null) as response_year,
        likelihood_score, nps_band, nps_weight,
        if(has_tier, customer_value_tier, '(others)') as customer_value_tier,
        if(has_stage, journey_stage, '(others)') as journey_stage, definition_version
    from marts.fct_survey_responses
    inner join depths using (answer_key)
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
)
