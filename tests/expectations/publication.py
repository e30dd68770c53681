"""What would be published of the made-up answers: counted naively in SQL, tested with SciPy.

Belongs here: cells, scores and scorecards of the small working file (`warehouse`). Every period of every cell
is counted answer by answer, every p is SciPy's, and pooling follows the contract's sentences in Python.
"""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from scipy import stats

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
FAMILY = ("survey_type", "measure", "period_grain", "period_start", "period_end", "segment")
Row = dict[str, Any]


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """The periods and cells of the marts, and every published table."""
    for statement in (_PERIODS, *_CELLS, "create schema publication", _POPULATION):
        connection.execute(statement)
    rows = connection.execute("select * from population").to_arrow_table().to_pylist()
    scores = _scored(rows)
    _create(connection, "publication.nps_scores", [_suppressed(row) for row in scores])
    _create(connection, "publication.branch_scorecards", _scorecards(scores))
    for statement in (*_REST, "drop table population", "drop table before"):
        connection.execute(statement)


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: list[Row]) -> None:
    connection.register("given", pa.Table.from_pylist(rows))
    connection.execute(f"create table {name} as select * from given")
    connection.unregister("given")


def _adjusted(row: Row, of: str = "") -> tuple[float, float]:
    n = row[of + "responses"] + 3
    p, d = (row[of + "promoters"] + 0.75) / n, (row[of + "detractors"] + 0.75) / n
    return p - d, (p + d - (p - d) ** 2) / n


def _nps(row: Row, of: str = "") -> float:
    return 100 * (row[of + "promoters"] - row[of + "detractors"]) / row[of + "responses"]


def _z(row: Row, other: str) -> float:
    (score, squared), (other_score, other_squared) = _adjusted(row), _adjusted(row, other)
    return float((score - other_score) / np.sqrt(squared + other_squared))


def _scored(rows: list[Row]) -> list[Row]:
    families: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        score, squared = _adjusted(row)
        margin = stats.norm.ppf(0.975) * squared**0.5
        weights = [100] * row["promoters"] + [0] * row["passives"] + [-100] * row["detractors"]
        row["nps"], row["nps_standard_error"] = _nps(row), float(np.std(weights)) / len(weights) ** 0.5
        row["nps_low"], row["nps_high"] = max(-100, 100 * (score - margin)), min(100, 100 * (score + margin))
        enough = min(row["responses"], row["before_responses"] or 0) >= 30
        shown = enough and row["measure"] == "in_period" and row["period_grain"] != "all_time"
        row["nps_change"] = row["nps"] - _nps(row, "before_") if shown else None
        row["change_z"] = _z(row, "before_") if shown else None
        row["change_p_value"] = 2 * stats.norm.sf(abs(row["change_z"])) if shown else None
        row["change_q_value"] = None
        if shown:
            families.setdefault(tuple(row[name] for name in FAMILY), []).append(row)
    for family in families.values():
        found = stats.false_discovery_control([row["change_p_value"] for row in family])
        for row, q_value in zip(family, found, strict=True):
            row["change_q_value"] = float(q_value)
    return rows


_WITH_THE_SCORE = ("nps", "nps_standard_error", "nps_change", "change_z", "change_p_value", "change_q_value")
_STRATIFIED = ("post_stratified_nps", "effective_responses", "stratified_share")
_WITH_THE_COUNTS = ("promoters", "passives", "detractors", "nps_low", "nps_high")


def _suppressed(row: Row) -> Row:
    n = row["responses"]
    hidden = (
        (*_WITH_THE_COUNTS, *_WITH_THE_SCORE, *_STRATIFIED) if n < 5 else (*_WITH_THE_SCORE, *_STRATIFIED)
    )
    return {
        **{name: value for name, value in row.items() if not name.startswith("before_")},
        **(dict.fromkeys(hidden) if n < 30 else {}),
        "reportability": next(
            name
            for name, floor in (
                ("reportable", 100),
                ("indicative", 30),
                ("interval_only", 5),
                ("suppressed", 0),
            )
            if n >= floor
        ),
        "branch_name": row["branch"] if row["branch"] == "(all)" else f"Branch {row['branch']}",
    }


def _scorecards(scores: list[Row]) -> list[Row]:
    as_of = max(row["period_end"] for row in scores if row["period_grain"] == "all_time")
    latest = [
        row
        for row in scores
        if row["period_grain"] == "trailing_365d"
        and row["measure"] == "in_period"
        and row["period_end"] == as_of
    ]
    cards = []
    for company in (row for row in latest if row["segment"] == "company"):
        branches = [
            row
            for row in latest
            if row["segment"] == "branch" and row["survey_type"] == company["survey_type"]
        ]
        cards += _compared(branches, company)
    return cards


def _compared(branches: list[Row], company: Row) -> list[Row]:
    cards = {row["branch"]: _card(row, company) for row in branches}
    pooled = [row for row in branches if row["branch"] != "Unassigned"]
    compared = [row for row in pooled if row["responses"] >= 5]
    for row in compared:
        rest = {
            f"rest_{name}": company[name] - row[name] for name in ("promoters", "detractors", "responses")
        }
        cards[row["branch"]]["comparison_p_value"] = 2 * stats.norm.sf(abs(_z(row | rest, "rest_")))
    p_values = [cards[row["branch"]]["comparison_p_value"] for row in compared]
    for row, q_value in zip(compared, stats.false_discovery_control(p_values), strict=True):
        cards[row["branch"]]["comparison_q_value"] = float(q_value)
    company_score = _pool(pooled, compared, cards)
    for row in compared:
        card = cards[row["branch"]]
        rivals = [cards[other["branch"]] for other in compared]
        card["best_rank"] = 1 + sum(other["pooled_low"] > card["pooled_high"] for other in rivals)
        card["worst_rank"] = len(rivals) - sum(other["pooled_high"] < card["pooled_low"] for other in rivals)
        sure = card["comparison_q_value"] <= 0.05
        card["standing"] = (
            "above"
            if sure and card["pooled_low"] > company_score
            else "below"
            if sure and card["pooled_high"] < company_score
            else "not distinguishable"
        )
    return list(cards.values())


def _pool(pooled: list[Row], compared: list[Row], cards: dict[str, Row]) -> float:
    """Empirical Bayes, as the contract says it; returns the score of all branches on ±100."""
    sizes = np.array([row["responses"] for row in pooled], float)
    total = sizes.sum()
    p = sum(row["promoters"] for row in pooled) / total
    d = sum(row["detractors"] for row in pooled) / total
    variance = p + d - (p - d) ** 2
    scores = np.array([_nps(row) / 100 for row in pooled])
    q = float((sizes * (scores - (p - d)) ** 2).sum() / variance)
    between = max(0.0, (q - (len(pooled) - 1)) * variance / (total - (sizes**2).sum() / total))
    strength = total if between == 0 else min(total, max(1.0, variance / between - 1))
    for row in compared:
        n = row["responses"]
        of_p = (row["promoters"] + strength * p) / (n + strength)
        of_d = (row["detractors"] + strength * d) / (n + strength)
        margin = stats.norm.ppf(0.975) * ((of_p + of_d - (of_p - of_d) ** 2) / (n + strength + 1)) ** 0.5
        card = cards[row["branch"]]
        card["pooled_nps"] = 100 * (of_p - of_d) if n >= 30 else None
        card["pooled_low"] = max(-100.0, 100 * (of_p - of_d - margin))
        card["pooled_high"] = min(100.0, 100 * (of_p - of_d + margin))
    return float(100 * (p - d))


_OPEN = ("comparison_p_value", "comparison_q_value", "pooled_nps", "pooled_low", "pooled_high")


def _card(row: Row, company: Row) -> Row:
    shown = _suppressed(row)
    dropped = ("measure", "period_grain", "segment", *NAMES, "change_z", *_STRATIFIED)
    return {
        **{name: value for name, value in shown.items() if name not in dropped},
        "branch": row["branch"],
        "company_nps": _suppressed(company)["nps"],
        **dict.fromkeys((*_OPEN, "best_rank", "worst_rank", "standing")),
    }


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
        where cast(sent_at as date) >= period_start and cast(sent_at as date) < period_end
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
    "create table publication.metric_definitions as select '2023.1' as definition_version, 'nps' as name",
)
