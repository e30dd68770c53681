"""A small working file as the contract describes it, in which every sentence of the guard holds.

Everything follows from one table of made-up answers, so that a test can break one thing at a time. It is
written for DuckDB only and as plainly as possible; the models under dbt_project are not used. What is
published of it is in `publication`.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.expectations import publication, raw_records
from tests.expectations.governed_definition import SEEDS
from tests.expectations.raw_records import VENDORS as VENDORS

DIMENSIONS = "customer_value_tier, journey_stage, branch, region, plan, channel"
DAYS = 120


def build(path: Path, answers: int = 900, days: int = DAYS) -> Path:
    """Write every schema for so many answers, spread over `days` from 2026-01-01 on."""
    with duckdb.connect(path) as connection:
        connection.execute("set timezone = 'UTC'")
        for statement in (_ANSWERS, *raw_records.statements(), *SEEDS, *_MARTS):
            connection.execute(statement.replace("$answers", str(answers)).replace("$days", str(days)))
        publication.write(connection)
        connection.execute("drop table answers")
    return path


# A person answers a second time after 700 answers, which is 93 days: the later is the current one.
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
        -- a few reminders go out after everything that is looked at
        case when i % 50 = 7 then timestamp '2026-01-02 09:00:00' + to_days($days)
            else responded_at - interval 1 day end as reminded_at,
        i % 37 = 0 as is_test,
        i in (17, 20) as is_erased,
        'c' || case when i > 700 and i % 5 >= 2 then i - 700 else i end as person_key,
        case when i % 7 > 0 then 'a' || (i % 50) end as account_key,
        case when i % 11 > 0 then 'B' || (i % 4) end as branch,
        case when i % 13 > 0 then 'email' end as channel
    from range(1, $answers + 1) as numbers(i)
"""


_MARTS = (
    "create schema marts",
    """
    create table marts.fct_survey_responses as
    with known as (
        select answers.* replace (coalesce(branch, case when cast(account_key[2:] as int) % 4 < 3
                then 'B' || (cast(account_key[2:] as int) % 4) end) as branch),
            21000.0 * (cast(account_key[2:] as int) % 6) as revenue,
            cast(account_key[2:] as int) as n
        from answers
    ),
    judged as (
        select *,
            source || ':' || response_id || case when source = 'files' then '' else ':QID1' end as answer_key,
            case
                when is_erased then 'erased' when is_test then 'preview_or_test'
                when score is null then 'unanswered' when score <> floor(score) then 'non_integer'
                else 'counted'
            end as disposition,
            case when survey_id = 'SV_Support0000001' then 'transactional' else 'relationship' end
                as survey_type,
            case when revenue >= 100000 then 'strategic' when revenue >= 25000 then 'key'
                when revenue >= 5000 then 'core' when revenue is not null then 'starter'
                else 'Unassigned' end as tier
        from known
    ),
    followed as (
        select answer_key, lead(cast(responded_at as date)) over (
            partition by person_key, survey_type order by responded_at, answer_key
        ) as next_date
        from judged where disposition = 'counted'
    )
    select
        answer_key, source, survey_id, question_id, disposition, disposition = 'counted' as is_counted,
        survey_type, case when survey_type = 'transactional' then 'support' else 'company' end as touchpoint,
        '2023.1' as definition_version, responded_at, cast(responded_at as date) as response_date,
        responded_at - interval 1 hour as started_at, '100.1' as load_id,
        case when is_erased then answer_key else person_key end as person_key,
        -- what is left of an erased answer is above
        case when not is_erased then response_id end as response_id,
        case when not is_erased then score end as score,
        case when not is_erased then responded_at - interval 1 day end as sent_at,
        case when not is_erased then responded_at - interval 2 day end as event_at,
        case when not is_erased then 'I' || i end as invitation_id,
        case when not is_erased then person_key end as contact_key,
        case when not is_erased then account_key end as account_key,
        case when not is_erased then lower(branch) end as branch_key,
        case when not is_erased then is_test end as is_test, false as is_staff,
        case when not is_erased then cast(revenue as decimal(18, 4)) end as trailing_revenue_amount,
        cast(null as varchar) as comment, cast(null as varchar) as employee_id,
        cast(null as varchar) as device_id, cast(null as varchar) as owner_id,
        cast(null as varchar) as lifecycle_stage, cast(null as varchar) as language,
        case when disposition = 'counted' then cast(score as integer) end as likelihood_score,
        case when disposition <> 'counted' then null when score >= 9 then 'promoter'
            when score >= 7 then 'passive' else 'detractor' end as nps_band,
        case when disposition <> 'counted' then null when score >= 9 then 100 when score >= 7 then 0
            else -100 end as nps_weight,
        case when disposition = 'counted' then hash(answer_key) end as answer_fingerprint,
        case when disposition = 'counted'
            then least(response_date + 366, coalesce(next_date, date '9999-01-01') + 1) end as current_until,
        case when is_erased then 'Unassigned' else tier end as customer_value_tier,
        case when is_erased then 'Unassigned' when survey_type = 'transactional' then 'support'
            when n % 2 = 0 then 'renewal' when n % 2 = 1 then 'adoption' else 'Unassigned' end
            as journey_stage,
        case when is_erased then 'Unassigned' else coalesce(branch, 'Unassigned') end as branch,
        case when is_erased or branch is null then 'Unassigned' when branch in ('B0', 'B2') then 'North'
            else 'South' end as region,
        case when is_erased then 'Unassigned' else coalesce('P' || (n % 3), 'Unassigned') end as plan,
        case when is_erased then 'Unassigned' else coalesce(channel, 'Unassigned') end as channel
    from judged
    left join followed using (answer_key)
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
    with accounted as (
        select source, disposition, count(*) as answers from marts.fct_survey_responses group by all
        union all
        select unnest(['files', 'qualtrics']), 'quarantined', 1
        union all
        select unnest(['files', 'qualtrics']), 'older_version', 1
        union all
        select 'files', unnest(['already_known', 'repeated']), 1
    )
    select source, '100.1' as load_id, case when source = 'files' then 'inbox/a.csv' else '(none)' end
        as file_name, disposition, answers
    from accounted
    """,
    """
    create table marts.fct_survey_invitations as
    with sent as (
        select *, cast(account_key[2:] as int) as n,
            case when kind = 'j' then reminded_at else responded_at - interval 1 day end as sent_at,
            case when source = 'files' then branch end as own_branch,
            case when source = 'files' then null else channel end as own_channel
        from answers cross join (select unnest(['i', 'j']) as kind)
    ),
    branched as (
        select *, coalesce(own_branch, case when n % 4 < 3 then 'B' || (n % 4) end, 'Unassigned') as at_branch
        from sent
    )
    select
        source || ':' || kind || i as invitation_key, person_key,
        case when survey_id = 'SV_Support0000001' then 'transactional' else 'relationship' end as survey_type,
        '2023.1' as definition_version, branched.sent_at,
        cast(branched.sent_at as date) as sent_date,
        kind = 'i' or i % 9 > 0 as is_delivered,
        case when kind = 'i' or i % 9 > 0 then 'sent' else 'bounced' end as status,
        kind = 'i' and score is not null and not is_test and not is_erased as is_answered,
        case n % 6 when 5 then 'strategic' when 4 then 'key' when 3 then 'key' when 2 then 'key'
            when 1 then 'core' when 0 then 'starter' else 'Unassigned' end as customer_value_tier,
        case when survey_id = 'SV_Support0000001' then 'support' when n % 2 = 0 then 'renewal'
            when n % 2 = 1 then 'adoption' else 'Unassigned' end as journey_stage,
        at_branch as branch,
        case when at_branch in ('B0', 'B2') then 'North' when at_branch = 'Unassigned' then at_branch
            else 'South' end as region,
        coalesce('P' || (n % 3), 'Unassigned') as plan, coalesce(own_channel, 'Unassigned') as channel
    from branched
    """,
    """
    create table marts.fct_account_standings as
    select 'a' || n as account_key, standing_date, '2023.1' as definition_version,
        cast(21000 * (n % 6) as decimal(18, 4)) as trailing_revenue_amount,
        case when n % 6 = 5 then 'strategic' when n % 6 > 1 then 'key' else 'core' end as customer_value_tier,
        case when n % 4 = 3 then 'Unassigned' else 'B' || (n % 4) end as branch,
        case n % 4 when 3 then 'Unassigned' when 1 then 'South' else 'North' end as region,
        'P' || (n % 3) as plan
    from range(50) as numbers(n)
    cross join (
        select cast(unnest(range(date '2025-12-01', date '2026-05-02', interval 1 month)) as date)
            as standing_date
        union all select max(response_date) + 1 from marts.fct_survey_responses
    )
    where n % 6 > 0
    """,
    """
    create table marts.dim_accounts as
    select 'a' || n as account_key, 'files' as source, 'A' || n as account_id, null::varchar as account_name,
        null::varchar as parent_account_key, case when n % 4 < 3 then 'b' || (n % 4) end as branch_key,
        null::varchar as region, null::varchar as owner_id, 'P' || (n % 3) as plan,
        null::varchar as industry, case when n % 2 = 0 then 'Renewal' else 'adoption' end as lifecycle_stage,
        null::varchar as status, null::boolean as is_acquired_by_referral, false as is_deleted,
        0 as merged_account_count, null::timestamp as created_at
    from range(50) as numbers(n)
    """,
    """
    create table marts.dim_account_versions as
    select account_key, timestamp '1900-01-01' as valid_from, branch_key, region, owner_id, plan,
        lifecycle_stage, status
    from marts.dim_accounts
    """,
    """
    create table marts.dim_contacts as
    select lower(record_id) as contact_key, 'files' as source, record_id as contact_id,
        account_id as account_key, null::varchar as email_hash, false as is_deleted,
        null::timestamp as created_at
    from raw_files.crm_contacts
    """,
    """
    create table marts.dim_employees (
        employee_key varchar, source varchar, employee_id varchar, employee_name varchar, branch_key varchar,
        is_active boolean
    )
    """,
    """
    create table marts.dim_dates as
    select day as date_day, cast(date_trunc('month', day) as date) as month_start_date,
        cast(date_trunc('quarter', day) as date) as quarter_start_date,
        cast(date_trunc('year', day) as date) as year_start_date, year(day)::integer as calendar_year,
        quarter(day)::integer as calendar_quarter, month(day)::integer as calendar_month
    from (select cast(unnest(range(date '2000-01-01', date '2028-01-01', interval 1 day)) as date) as day)
    """,
)
