"""A publication of a few figures, made without building anything.

Belongs here: what commands that only read are tested with. Does not belong here: any expectation.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from publication.publish import publish


def published(home: Path) -> None:
    """A publication with one reportable and one suppressed figure."""
    home.mkdir(parents=True)
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute("create schema publication")
        connection.execute(
            """
            create table publication.nps_scores as
            select
                'relationship' as survey_type, 'in_period' as measure, 'trailing_365d' as period_grain,
                date '2025-01-01' as period_start, date '2026-01-01' as period_end, 'branch' as segment,
                '(all)' as customer_value_tier, '(all)' as journey_stage, branch, '(all)' as region,
                '(all)' as plan, '(all)' as channel, '2026-01' as definition_version,
                promoters::bigint as promoters, passives::bigint as passives,
                detractors::bigint as detractors, responses::bigint as responses, nps::double as nps,
                nps_low::double as nps_low, nps_high::double as nps_high, reportability,
                nps_change::double as nps_change,
                q::double as change_q_value, 0.385::double as response_rate, 0.5::double as revenue_coverage,
                branch_name
            from (values
                ('b1', 60, 30, 30, 120, 25.0, 11.25, 37.35, 'reportable', 3.94, 0.004, 'North'),
                ('b2', null, null, null, 3, null, null, null, 'suppressed', null, null, 'South')
            ) as cells (
                branch, promoters, passives, detractors, responses, nps, nps_low, nps_high, reportability,
                nps_change, q, branch_name
            )
            """
        )
        connection.execute(
            """
            create table publication.branch_scorecards as
            select
                'relationship' as survey_type, branch_name, responses::bigint as responses,
                nps::double as nps, reportability, 20.0::double as company_nps,
                q::double as comparison_q_value, pooled::double as pooled_nps,
                pooled - 10.0::double as pooled_low, pooled + 10.0::double as pooled_high,
                best_rank::bigint as best_rank, worst_rank::bigint as worst_rank, standing,
                '2026-01' as definition_version
            from (values
                ('North', 120, 45.0, 'reportable', 0.0001, 40.25, 1, 2, 'above'),
                ('East', 110, -5.0, 'reportable', 0.0312, 0.5, 3, 3, 'below'),
                ('West', 90, 25.0, 'indicative', 0.8, 24.0, 1, 3, 'not distinguishable'),
                ('South', 3, null, 'suppressed', null, null, null, null, null)
            ) as cards (
                branch_name, responses, nps, reportability, q, pooled, best_rank, worst_rank, standing
            )
            """
        )
        connection.execute(
            """
            create table publication.metric_definitions as
            select '2026-01' as definition_version, date '2026-01-01' as valid_from, 'score_band' as element,
                'promoter' as item;
            create schema marts;
            create table marts.fct_nps_cells as
            select
                * exclude (
                    promoters, passives, detractors, nps, nps_low, nps_high, reportability, nps_change,
                    change_q_value, response_rate, revenue_coverage, branch_name
                ),
                coalesce(promoters, 1) as promoters, coalesce(passives, 1) as passives,
                coalesce(detractors, 1) as detractors, 0 as answers_fingerprint
            from publication.nps_scores
            """
        )
        connection.execute(
            """
            create table marts.fct_survey_responses as
            select
                true as is_counted, cast(answer as varchar) as answer_key, 'relationship' as survey_type,
                date '2025-06-01' as response_date, 9 as likelihood_score, 'promoter' as nps_band,
                1 as nps_weight, 'Gold' as customer_value_tier, 'support' as journey_stage, 'b1' as branch,
                'North' as region, 'Scale' as plan, 'email' as channel, '2026-01' as definition_version
            from range(3) as answers(answer)
            """
        )
    publish(home / "warehouse.duckdb", home / "published", date(2026, 1, 1))
