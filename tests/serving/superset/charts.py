"""What each table on the dashboard shows, in words of the published tables.

Does not belong here: the charts themselves (`serving/superset/bundle/charts`).
"""

from __future__ import annotations

NEWEST = """
    survey_type = 'relationship' and measure = 'in_period' and period_end = (
        select max(period_end) from nps_scores as others
        where others.survey_type = nps_scores.survey_type and others.period_grain = nps_scores.period_grain
    )
"""
FIGURES = "definition_version, nps, nps_low, nps_high, responses"
TRAILING = f"{FIGURES}, reportability from nps_scores where {NEWEST} and period_grain = 'trailing_365d'"
_MARGIN = "1.959963984540054 * sqrt((either - mean * mean) / (responses + 3))"
#: Charts that are tables → what they show, in the words of the published tables.
SHOWN = {
    "The company today": f"""
        select
            period_grain, period_end, {FIGURES}, nps_change, change_q_value, response_rate, revenue_coverage,
            reportability
        from nps_scores
        where {NEWEST} and segment = 'company'
    """,
    "By customer value": f"select customer_value_tier, {TRAILING} and segment = 'customer_value_tier'",
    "By journey stage": f"select journey_stage, {TRAILING} and segment = 'journey_stage'",
    "By customer value and journey stage": (
        f"select customer_value_tier, journey_stage, {TRAILING}"
        " and segment = 'customer_value_tier*journey_stage'"
    ),
    "Branches against the company": """
        select
            branch_name, region, definition_version, responses, nps, nps_low, nps_high, pooled_low,
            pooled_high, best_rank, worst_rank, standing, reportability
        from branch_scorecards
        where survey_type = 'relationship'
    """,
    # The year that is not over has no score of its own in these tables.
    "By year and customer value, recounted": f"""
        select
            response_year, customer_value_tier, definition_version,
            case when responses >= 30 then 100.0 * score / responses end as nps,
            case when responses >= 5 then greatest(-100.0, 100 * (mean - {_MARGIN})) end as nps_low,
            case when responses >= 5 then least(100.0, 100 * (mean + {_MARGIN})) end as nps_high,
            responses
        from (
            select
                response_year, customer_value_tier, definition_version, count(*) as responses,
                sum(nps_weight) as score, sum(nps_weight) / (count(*) + 3.0) as mean,
                (sum(abs(nps_weight)) + 1.5) / (count(*) + 3.0) as either
            from nps_responses
            where survey_type = 'relationship'
            group by response_year, customer_value_tier, definition_version
        ) as counted
    """,
}
