"""A small working file with the publication schema, as the dbt models leave it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest


def fill(warehouse: Path, revision: int = 0, answers: int = 200) -> Path:
    """Write the publication schema; another `revision` changes every table's content."""
    with duckdb.connect(warehouse) as connection:
        connection.execute("create schema if not exists publication; create schema if not exists marts")
        connection.execute(
            """
            create or replace table publication.nps_scores as
            with splits as (
                select 'company' as segment, '(all)' as branch, cast(null as varchar) as branch_name
                union all
                select 'branch', 'B1', 'Lyon'
                union all
                select 'branch', 'B2', cast(null as varchar)
            )

            select
                'relationship' as survey_type, 'in_period' as measure, 'month' as period_grain,
                cast(make_date(2026, cast(month as integer), 1) as date) as period_start,
                cast(make_date(2026, cast(month as integer) + 1, 1) as date) as period_end,
                segment, '(all)' as customer_value_tier, '(all)' as journey_stage, branch,
                '(all)' as region, '(all)' as plan, '(all)' as channel, '2026-01' as definition_version,
                cast(60 + $1 as bigint) as promoters, cast(30 as bigint) as passives,
                cast(10 as bigint) as detractors, cast(100 + $1 as bigint) as responses,
                100.0 * (50 + $1) / (100 + $1) as nps, 30.0::double as nps_low, 60.0::double as nps_high,
                'reportable' as reportability, 3.0::double as nps_change, 0.25::double as change_q_value,
                0.4::double as response_rate, 0.5::double as revenue_coverage, branch_name
            from splits, range(1, 4) as months(month)
            """,
            [revision],
        )
        connection.execute(
            """
            create or replace table marts.fct_nps_cells as
            select
                * exclude (
                    nps, nps_low, nps_high, reportability, nps_change, change_q_value, response_rate,
                    revenue_coverage, branch_name
                ),
                cast(responses as decimal(38, 0)) as answers_fingerprint
            from publication.nps_scores
            """
        )
        connection.execute(
            """
            create or replace table marts.fct_survey_responses as
            select
                cast(answer as varchar) || ':' || cast($1 as varchar) as answer_key, true as is_counted,
                'counted' as disposition, 'p' || answer as person_key, 'a1' as account_key,
                cast(null as varchar) as contact_key, cast(null as date) as current_until,
                timestamp '2026-01-01' as loaded_at, 1 as version_count, 'relationship' as survey_type,
                timestamp '2026-01-01' + to_minutes(answer) as responded_at,
                cast(timestamp '2026-01-01' + to_minutes(answer) as date) as response_date,
                cast(answer % 11 as integer) as likelihood_score,
                case when answer % 11 > 8 then 'promoter' else 'detractor' end as nps_band,
                case when answer % 11 > 8 then 1 else -1 end as nps_weight,
                'Gold' as customer_value_tier, 'support' as journey_stage, 'B1' as branch,
                'North' as region, 'Scale' as plan, 'email' as channel, '2026-01' as definition_version
            from range($2) as answers(answer)
            """,
            [revision, answers],
        )
        connection.execute(
            """
            create or replace table publication.nps_responses as
            select
                survey_type, cast(date_trunc('year', response_date) as date) as response_year,
                likelihood_score, nps_band, nps_weight, customer_value_tier, journey_stage, definition_version
            from marts.fct_survey_responses
            """
        )
        connection.execute("comment on table publication.nps_scores is 'The governed score'")
        connection.execute("comment on column publication.nps_scores.nps is 'It''s −100..100'")
    return warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return fill(tmp_path / "warehouse.duckdb")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return tmp_path / "published"


def folders(published: Path) -> list[str]:
    return sorted(path.name for path in (published / "versions").iterdir())
