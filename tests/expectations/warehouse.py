"""A small working file as the contract describes it, in which every sentence of the guard holds.

Everything follows from one table of made-up answers, so that a test can break one thing at a time. It is
written for DuckDB only and as plainly as possible; the models under dbt_project are not used. What is
published of it is in `publication`.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from expectations.nothing_lost import ANSWER_TABLES
from expectations.suites import RAW_TABLES
from tests.expectations import publication

VENDORS = ("files", "qualtrics")
DIMENSIONS = "customer_value_tier, journey_stage, branch, region, plan, channel"
DAYS = 120


def build(path: Path, answers: int = 900, days: int = DAYS) -> Path:
    """Write every schema for so many answers, spread over `days` from 2026-01-01 on."""
    with duckdb.connect(path) as connection:
        connection.execute("set timezone = 'UTC'")
        for statement in (_ANSWERS, *_raw(), *_DEFINITION, *_MARTS):
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
        i % 37 = 0 as is_test,
        i in (17, 20) as is_erased,
        'c' || case when i > 700 and i % 5 >= 2 then i - 700 else i end as person_key,
        case when i % 7 > 0 then 'a' || (i % 50) end as account_key,
        case when i % 11 > 0 then 'B' || (i % 4) end as branch,
        case when i % 13 > 0 then 'email' end as channel
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
        *_OF_FILES,
        "create or replace table raw_files.surveys_responses as " + _raw_answers("files"),
        "create or replace table raw_qualtrics.responses as " + _raw_answers("qualtrics"),
    ]


def _of_files(table: str, columns: str, rows: str) -> str:
    """A raw table of files; `rows` selects its record id as `id` and the columns after the common ones."""
    return f"""
        create or replace table raw_files.{table} as
        select id as record_id, md5('{{}}') as content_hash, md5('{{}}') as version_id,
            cast(null as timestamptz) as version_at, '{{}}' as payload, '100.1' as _dlt_load_id,
            row_number() over () as position, {columns}
        from ({rows})
    """


# Each answer's invitation, and a reminder that nobody answered; every ninth of these bounced.
_SENT = """
    select kind || i as id, survey_id, (responded_at - interval 1 day)::timestamptz as sent_at,
        person_key as contact_id, branch as branch_id, channel,
        case when kind = 'J' and i % 9 = 0 then 'HardBounce' else 'Success' end as status
    from answers cross join (select unnest(['I', 'J']) as kind)
    where source = '{}'
"""
_OF_FILES = (
    _of_files(
        "surveys_invitations",
        "survey_id, sent_at, contact_id, null::varchar as email, status, null::varchar as account_id,"
        " branch_id",
        _SENT.format("files"),
    ),
    f"""
    create or replace table raw_qualtrics.invitations as
    select id as record_id, md5(payload) as content_hash, md5(payload) || '@' as version_id,
        cast(null as timestamptz) as version_at, payload, '100.1' as _dlt_load_id,
        row_number() over () as position, survey_id, contact_id, null::varchar as email
    from (
        select *, cast(to_json({{
            'sentAt': strftime(sent_at, '%Y-%m-%dT%H:%M:%S.%fZ'), 'contactId': contact_id,
            'status': status, 'distributionChannel': channel
        }}) as varchar) as payload
        from ({_SENT.format("qualtrics")})
    )
    """,
    "alter table raw_files._dlt_loads add column inserted_at timestamptz default '2026-01-01 00:00:00Z'",
    _of_files(
        "crm_contacts",
        "cast(null as varchar) as email, cast(null as varchar) as merged_into_id, account_id",
        "select upper(person_key) as id, any_value(account_key) as account_id from answers group by all",
    ),
    _of_files(
        "crm_accounts",
        "id as account_id, null as merged_into_id, case when n % 4 < 3 then 'b' || (n % 4) end as branch_id,"
        " 'P' || (n % 3) as plan,"
        " case when n % 2 = 0 then 'Renewal' else 'adoption' end as lifecycle_stage",
        "select 'A' || n as id, n from range(50) as numbers(n)",
    ),
    _of_files(
        "crm_branches",
        "id as branch_id, case when n % 2 = 0 then 'North' else 'South' end as region",
        "select 'B' || n as id, n from range(4) as numbers(n)",
    ),
    _of_files(
        "billing_invoices",
        "'A' || n as account_id, 'paid' as status, 'EUR' as currency, (n % 6) * 21000.0 as net_amount,"
        " 0.0 as tax_amount, 0.0 as refunded_amount, timestamptz '2025-11-15 00:00:00Z' as issued_at,"
        " cast(null as timestamptz) as period_start, cast(null as timestamptz) as period_end",
        "select 'in' || n as id, n from range(50) as numbers(n)",
    ),
    _of_files(
        "surveys_erasures",
        "id as erasure_id, '2026-04-01 00:00:00Z'::timestamptz as requested_at, null::varchar as source,"
        " given as response_id, null::varchar as contact_id, null::varchar as email",
        "select 'E' || i as id, lower(response_id) as given from answers where is_erased",
    ),
)


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
                        'QID1': score,
                        'ContactId': person_key,
                        'InvitationId': 'i' || i,
                        'AccountId': account_key,
                        'BranchId': branch,
                        'distributionChannel': channel
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
            'I' || response_id[2:] as invitation_id, person_key as contact_id,
            cast(null as varchar) as respondent_email, is_test, account_key as account_id,
            branch as branch_id, channel
        from versions
    """


_DEFINITION = (
    "create schema definition",
    """
    create table definition.nps_definitions as
    select '2023.1' as definition_version, date '2000-01-01' as valid_from, cast(null as date) as valid_to,
        'Council' as approved_by, 'The first' as reason
    """,
    """
    create table definition.nps_score_bands as
    select '2023.1' as definition_version, score,
        case when score >= 9 then 'promoter' when score >= 7 then 'passive' else 'detractor' end as nps_band,
        case when score >= 9 then 100 when score >= 7 then 0 else -100 end as nps_weight
    from range(11) as scores(score)
    """,
    """
    create table definition.nps_quarantine_windows as
    select * from (values ('2023.1', 'relationship', 180), ('2023.1', 'transactional', 90))
        as windows(definition_version, survey_type, window_days)
    """,
    """
    create table definition.customer_value_tiers as
    select '2023.1' as definition_version, * from (
        values ('strategic', 100000), ('key', 25000), ('core', 5000), ('starter', 0)
    ) as tiers(customer_value_tier, minimum_amount)
    """,
    """
    create table definition.reportability_floors as
    select '2023.1' as definition_version, * from (
        values ('suppressed', 0), ('interval_only', 5), ('indicative', 30), ('reportable', 100)
    ) as floors(reportability, minimum_responses)
    """,
    """
    create table definition.journey_stages as
    select '2023.1' as definition_version,
        unnest(['onboarding', 'adoption', 'support', 'branch_visit', 'renewal']) as journey_stage
    """,
    """
    create table definition.answer_dispositions as
    select disposition, precedence, disposition = 'counted' as is_counted
    from (
        select unnest([
            'quarantined', 'erased', 'preview_or_test', 'unregistered_question', 'unanswered', 'non_integer',
            'off_scale', 'in_future', 'before_invitation', 'before_event', 'staff_or_own_domain',
            'superseded', 'quarantine_window', 'counted'
        ]) as disposition, unnest(range(14)) as precedence
    )
    """,
    """
    create table definition.exchange_rates as
    select 'EUR' as currency, date '2000-01-01' as valid_from, 1.0 as rate_to_reporting, 2 as minor_units
    """,
    "create table definition.own_email_domains as select 'verdant.example' as email_domain",
    """
    create table definition.nps_questions as
    select *, 0 as scale_min, 10 as scale_max, date '2000-01-01' as valid_from,
        cast(null as date) as valid_to, 'Council' as approved_by, 'Asked since the beginning' as reason
    from (
        values
            ('files', 'relationship', 'nps', 'relationship', 'company', null),
            ('qualtrics', 'SV_Relationship001', 'QID1', 'relationship', 'company', null),
            ('qualtrics', 'SV_Onboarding0001', 'QID1', 'transactional', 'onboarding', 'onboarding'),
            ('qualtrics', 'SV_Adoption000001', 'QID1', 'transactional', 'adoption', 'adoption'),
            ('qualtrics', 'SV_Support0000001', 'QID1', 'transactional', 'support', 'support'),
            ('qualtrics', 'SV_BranchVisit001', 'QID1', 'transactional', 'branch_visit', 'branch_visit'),
            ('qualtrics', 'SV_Renewal0000001', 'QID1', 'transactional', 'renewal', 'renewal')
    ) as questions(source, survey_id, question_id, survey_type, touchpoint, journey_stage)
    """,
)

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
    select source, '100.1' as load_id, disposition, count(*) as answers
    from marts.fct_survey_responses group by all
    union all
    select unnest(['files', 'qualtrics']), '100.1', 'quarantined', 1
    union all
    select unnest(['files', 'qualtrics']), '100.1', 'older_version', 1
    """,
    """
    create table marts.fct_survey_invitations as
    with sent as (
        select *, cast(account_key[2:] as int) as n,
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
        '2023.1' as definition_version, responded_at - interval 1 day as sent_at,
        cast(responded_at - interval 1 day as date) as sent_date,
        kind = 'i' or i % 9 > 0 as is_delivered,
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
)
