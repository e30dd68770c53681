"""A small working file as the contract describes it, in which every sentence of the guard holds.

Everything follows from one table of made-up answers, so that a test can break one thing at a time. It is
written for DuckDB only and as plainly as possible; the models under dbt_project are not used.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from expectations.nothing_lost import ANSWER_TABLES
from expectations.published_figures import SEGMENTS
from expectations.suites import RAW_TABLES

VENDORS = ("files", "qualtrics")
DIMENSIONS = "customer_value_tier, journey_stage, branch, region, plan, channel"
DAYS = 120


def build(path: Path, answers: int = 900, days: int = DAYS) -> Path:
    """Write every schema for so many answers, spread over `days` from 2026-01-01 on."""
    with duckdb.connect(path) as connection:
        connection.execute("set timezone = 'UTC'")
        for statement in (_ANSWERS, *_raw(), *_DEFINITION, *_MARTS, *_publication()):
            connection.execute(
                statement.replace("$answers", str(answers))
                .replace("$days", str(days))
                .replace("$all", "'(all)'")
            )
        connection.execute("drop table answers")
    return path


_ANSWERS = """
    create table answers as
    select
        i,
        case when i % 5 = 0 then 'files' else 'qualtrics' end as source,
        'R' || i as response_id,
        case
            when i % 5 = 0 then 'relationship' when i % 5 = 1 then 'SV_Relationship001'
            else 'SV_Support0000001'
        end as survey_id,
        case when i % 5 = 0 then 'nps' else 'QID1' end as question_id,
        case when i % 41 = 0 then null when i % 43 = 0 then 6.5 else hash(i) % 11 end::double as score,
        timestamp '2026-01-01 08:00:00' + to_seconds(cast(i * $days * 86400 / $answers as bigint))
            as responded_at,
        i % 37 = 0 as is_test,
        'person' || i as person_key,
        'A' || (i % 50) as account_id
    from range(1, $answers + 1) as numbers(i)
"""


def _raw() -> list[str]:
    statements = []
    for vendor in VENDORS:
        statements += [
            f"create schema raw_{vendor}",
            f"create table raw_{vendor}._dlt_loads as select '100.1' as load_id, 0 as status",
            f"""create table raw_{vendor}.quarantine (
                table_name varchar, record_id varchar, reason varchar, detail varchar, position bigint,
                origin varchar, original_text varchar, original_hash varchar, _dlt_load_id varchar
            )""",
            f"""insert into raw_{vendor}.quarantine values (
                '{ANSWER_TABLES[vendor]}', 'X', 'wrong_type',
                'score is "ten"', 7, 'inbox/a.csv', 'X,ten', md5('X,ten'), '100.1'
            )""",
            *(f"create table raw_{vendor}.{table} ({_COMMON})" for table in RAW_TABLES[vendor]),
        ]
    return [
        *statements,
        "insert into raw_qualtrics.questions"
        " select 'Q', md5('{}'), md5('{}') || '@2026', null, '{}', '100.1', 1",
        "alter table raw_files.surveys_invitations add column sent_at timestamptz",
        "alter table raw_files.surveys_invitations add column contact_id varchar",
        "alter table raw_files.surveys_invitations add column email varchar",
        "alter table raw_files.crm_contacts add column email varchar",
        "alter table raw_files.crm_contacts add column merged_into_id varchar",
        "create or replace table raw_files.surveys_responses as " + _raw_answers("files"),
        "create or replace table raw_qualtrics.responses as " + _raw_answers("qualtrics"),
    ]


_COMMON = """
    record_id varchar, content_hash varchar, version_id varchar, version_at timestamptz,
    payload varchar, _dlt_load_id varchar, position bigint
"""


def _raw_answers(vendor: str) -> str:
    """The current version of every answer, and an older one of the first."""
    return f"""
        with current_versions as (
            select *,
                response_id || case when source = 'files' then '' else ':' || question_id end as record_id,
                cast(to_json({{
                    'responseId': response_id,
                    'values': {{
                        'recordedDate': strftime(responded_at, '%Y-%m-%dT%H:%M:%S.%fZ'),
                        'status': case when is_test then 1 else 0 end,
                        'QID1': score
                    }}
                }}) as varchar) as payload
            from answers
            where source = '{vendor}'
        ),
        versions as (
            select * replace (i + 1 as i) from current_versions
            union all
            select * replace ('{{"values":{{"QID1":0}}}}' as payload, 0 as score, 1 as i)
            from current_versions
            where i = (select min(i) from current_versions)
        )
        select record_id, md5(payload) as content_hash, md5(payload) as version_id,
            cast(null as timestamptz) as version_at, payload, '100.1' as _dlt_load_id, i as position,
            response_id, survey_id, question_id, score, responded_at::timestamptz as responded_at,
            cast(null as timestamptz) as started_at, cast(null as timestamptz) as event_at,
            cast(null as varchar) as invitation_id, person_key as contact_id,
            cast(null as varchar) as respondent_email, is_test
        from versions
    """


_DEFINITION = (
    "create schema definition",
    """
    create table definition.nps_definitions as
    select '2023.1' as definition_version, date '2000-01-01' as valid_from, cast(null as date) as valid_to
    """,
    "create table definition.own_email_domains as select 'verdant.example' as email_domain",
    """
    create table definition.nps_questions as
    select 'files' as source, 'relationship' as survey_id, 'nps' as question_id, 0 as scale_min,
        10 as scale_max, 'relationship' as survey_type, 'company' as touchpoint,
        date '2000-01-01' as valid_from, cast(null as date) as valid_to
    union all
    select 'qualtrics', 'SV_Relationship001', 'QID1', 0, 10, 'relationship', 'company',
        date '2000-01-01', null
    union all
    select 'qualtrics', 'SV_Support0000001', 'QID1', 0, 10, 'transactional', 'support',
        date '2000-01-01', null
    """,
)

_MARTS = (
    "create schema marts",
    """
    create table marts.fct_survey_responses as
    with judged as (
        select
            source || ':' || response_id || case when source = 'files' then '' else ':QID1' end as answer_key,
            source, response_id, survey_id, question_id, score, responded_at,
            responded_at - interval 1 hour as started_at, responded_at - interval 1 day as sent_at,
            responded_at - interval 2 day as event_at, 'I' || i as invitation_id, person_key,
            is_test, false as is_staff,
            case
                when is_test then 'preview_or_test' when score is null then 'unanswered'
                when score <> floor(score) then 'non_integer' else 'counted'
            end as disposition,
            case when survey_id = 'SV_Support0000001' then 'transactional' else 'relationship' end
                as survey_type,
            case when survey_id = 'SV_Support0000001' then 'support' else 'company' end as touchpoint,
            '2023.1' as definition_version,
            cast(case when i % 7 = 0 then null else (i % 6) * 21000 end as decimal(18, 4))
                as trailing_revenue_amount,
            case when i % 11 = 0 then 'Unassigned' else 'B' || (i % 4) end as branch,
            case when i % 3 = 0 then 'renewal' else 'support' end as journey_stage,
            case when i % 2 = 0 then 'North' else 'South' end as region,
            'P' || (i % 3) as plan, '100.1' as load_id,
            case when i % 13 = 0 then 'Unassigned' else 'email' end as channel
        from answers
    )
    select
        *,
        disposition = 'counted' as is_counted,
        case when disposition = 'counted' then cast(score as integer) end as likelihood_score,
        case when disposition <> 'counted' then null when score >= 9 then 'promoter'
            when score >= 7 then 'passive' else 'detractor' end as nps_band,
        case when disposition <> 'counted' then null when score >= 9 then 100 when score >= 7 then 0
            else -100 end as nps_weight,
        case
            when trailing_revenue_amount is null then 'Unassigned' when trailing_revenue_amount >= 100000
                then 'strategic'
            when trailing_revenue_amount >= 25000 then 'key' when trailing_revenue_amount >= 5000 then 'core'
            else 'starter'
        end as customer_value_tier,
        cast(responded_at as date) as response_date
    from judged
    """,
    f"""
    create table marts.fct_nps_daily as
    select response_date, survey_type, definition_version, {DIMENSIONS},
        count(*) filter (nps_weight = 100) as promoters, count(*) filter (nps_weight = 0) as passives,
        count(*) filter (nps_weight = -100) as detractors, count(*) as responses
    from marts.fct_survey_responses
    where is_counted
    group by all
    """,
    """
    create table marts.audit_reconciliation as
    select source, '100.1' as load_id, disposition, count(*) as answers
    from marts.fct_survey_responses group by all
    union all
    select unnest(['files', 'qualtrics']), '100.1', 'quarantined', 1
    union all
    select unnest(['files', 'qualtrics']), '100.1', 'older_version', 1
    """,
)


def _publication() -> list[str]:
    names = DIMENSIONS.split(", ")
    cells = " union all ".join(
        f"select response_date, survey_type, definition_version, '{segment}' as segment, "
        + ", ".join(name if name in split else f"$all as {name}" for name in names)
        + ", sum(promoters) as promoters, sum(passives) as passives, sum(detractors) as detractors,"
        " sum(responses) as responses from marts.fct_nps_daily group by all"
        for segment, split in SEGMENTS.items()
    )
    return [
        "create schema publication",
        f"""
        create table publication.nps_scores as
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
            select 'month' as period_grain, month as period_start, cast(month + interval 1 month as date)
                as period_end
            from months
            union select 'quarter', date_trunc('quarter', month),
                date_trunc('quarter', month) + interval 3 month
            from months
            union select 'year', date_trunc('year', month), date_trunc('year', month) + interval 1 year
            from months
            union select 'trailing_90d', window_end - 90, window_end from window_ends
            union select 'trailing_365d', window_end - 365, window_end from window_ends
            union select 'all_time', first_day, as_of from ends
        ),
        cells as ({cells}),
        counted as (
            select survey_type, 'in_period' as measure, period_grain,
                cast(period_start as date) as period_start, cast(period_end as date) as period_end,
                segment, {DIMENSIONS}, definition_version,
                cast(sum(promoters) as bigint) as promoters, cast(sum(passives) as bigint) as passives,
                cast(sum(detractors) as bigint) as detractors, cast(sum(responses) as bigint) as responses
            from cells inner join periods on response_date >= period_start and response_date < period_end
            group by all
        ),
        scored as (
            select *,
                100 * (promoters - detractors)::double / responses as score,
                (promoters - detractors)::double / (responses + 3) as s,
                1.959963984540054 * sqrt(
                    ((promoters + detractors + 1.5::double) / (responses + 3) - s * s) / (responses + 3)
                ) as margin
            from counted
        )
        select * exclude (score, s, margin) replace (
                case when responses >= 5 then promoters end as promoters,
                case when responses >= 5 then passives end as passives,
                case when responses >= 5 then detractors end as detractors
            ),
            case when responses >= 30 then score end as nps,
            case when responses >= 5 then greatest(-100, 100 * (s - margin)) end as nps_low,
            case when responses >= 5 then least(100, 100 * (s + margin)) end as nps_high,
            case when responses < 5 then 'suppressed' when responses < 30 then 'interval_only'
                when responses < 100 then 'indicative' else 'reportable' end as reportability,
            case when branch = $all then $all else 'Branch ' || branch end as branch_name
        from scored
        """,
        f"""
        create table publication.nps_responses as
        select md5(answer_key) as answer_id, survey_type, responded_at, likelihood_score, nps_band,
            nps_weight, {DIMENSIONS}, definition_version
        from marts.fct_survey_responses where is_counted
        """,
        """
        create table publication.branch_scorecards as
        select branches.* exclude (
                measure, period_grain, segment, customer_value_tier, journey_stage, plan, channel
            ),
            company.nps as company_nps,
            company.nps < branches.nps_low or company.nps > branches.nps_high as is_distinguishable
        from publication.nps_scores as branches
        inner join publication.nps_scores as company
            using (survey_type, period_grain, period_start, period_end, definition_version)
        where branches.segment = 'branch' and company.segment = 'company'
            and period_grain = 'trailing_365d'
            and period_end = (
                select max(period_end) from publication.nps_scores where period_grain = 'all_time'
            )
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
    ]
