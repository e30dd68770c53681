"""The raw tables of the small working file: what the vendors would have sent of the made-up answers.

Belongs here: raw records that say what `warehouse` builds. Does not belong here: the marts.
"""

from __future__ import annotations

from expectations.raw_tables import ANSWER_TABLES, RAW_TABLES

VENDORS = ("files", "qualtrics")


def statements() -> list[str]:
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
        """create table raw_files.withdrawals (
            table_name varchar, record_id varchar, version_id varchar, original_hash varchar, origin varchar,
            file_name varchar, reason varchar, _dlt_load_id varchar
        )""",
        """create table raw_files.intake (
            table_name varchar, file_name varchar, received bigint, landed bigint, known bigint,
            repeated bigint, quarantined bigint, _dlt_load_id varchar
        )""",
        "insert into raw_qualtrics.questions"
        " select 'Q', md5('{}'), md5('{}') || '@2026', null, '{}', '100.1', 1",
        *_OF_FILES,
        "create or replace table raw_files.surveys_responses as " + _raw_answers("files"),
        "create or replace table raw_qualtrics.responses as " + _raw_answers("qualtrics"),
        *(
            f"alter table raw_files.{table} add column file_name varchar default 'inbox/a.csv'"
            for table in RAW_TABLES["files"]
        ),
        # The file had a row twice, and one that an earlier load had brought.
        "insert into raw_files.intake"
        " select 'surveys_responses', 'inbox/a.csv', count(*) + 3, count(*), 1, 1, 1, '100.1'"
        " from raw_files.surveys_responses",
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
    select kind || i as id, survey_id,
        cast(case when kind = 'J' then reminded_at else responded_at - interval 1 day end as timestamptz)
            as sent_at,
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
        "id as account_id, null::varchar as merged_into_id,"
        " case when n % 4 < 3 then 'b' || (n % 4) end as branch_id, null::varchar as region,"
        " 'P' || (n % 3) as plan,"
        " case when n % 2 = 0 then 'Renewal' else 'adoption' end as lifecycle_stage",
        "select 'A' || n as id, n from range(50) as numbers(n)",
    ),
    _of_files(
        "crm_branches",
        "id as branch_id, 'Branch ' || id as name,"
        " case when n % 2 = 0 then 'North' else 'South' end as region",
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
        "billing_subscriptions",
        "id as account_id, 'active' as status, 'EUR' as currency, 0.0 as mrr_amount,"
        " cast(null as timestamptz) as started_at, cast(null as timestamptz) as cancelled_at",
        "select 'none' as id where false",
    ),
    _of_files(
        "billing_movements",
        "id as account_id, 'new' as kind, 'EUR' as currency, 0.0 as mrr_amount,"
        " cast(null as timestamptz) as moved_at",
        "select 'none' as id where false",
    ),
    _of_files(
        "surveys_erasures",
        "id as erasure_id, '2026-04-01 00:00:00Z'::timestamptz as requested_at, null::varchar as source,"
        " given as response_id, null::varchar as contact_id, null::varchar as email,"
        " null::varchar as person_id",
        "select 'E' || i as id, lower(response_id) as given from answers where is_erased",
    ),
    # the first request named somebody else before it was corrected
    "update raw_files.surveys_erasures set position = position + 1",
    "insert into raw_files.surveys_erasures select * replace (1 as position, 'r18' as response_id,"
    " '{ }' as payload, md5('{ }') as content_hash, md5('{ }') as version_id)"
    " from raw_files.surveys_erasures where position = 2",
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
            cast(null as varchar) as respondent_email, cast(null as varchar) as person_id,
            is_test, account_key as account_id,
            branch as branch_id, channel
        from versions
    """
