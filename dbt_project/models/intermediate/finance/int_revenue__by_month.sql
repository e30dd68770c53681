-- A document's share of a month is what is recognised up to its end less what is up to its beginning, each to
-- a millionth: the shares are the whole amount, exactly, however many months there are. Dates lie between
-- 1900 and 2199, which are so many months.
{% set months_at_most = 3600 -%}

with numbers as (
    {{ dbt.generate_series(months_at_most) | indent(4) }}
),

documents as (
    select
        coalesce(account_key, given_account_key, 'Unassigned') as account_key,
        account_key is not null as is_known_account,
        document_kind in ('subscription', 'movement') as is_invoiced_as_it_earns,
        amount,
        recognised_from,
        recognised_to,
        case when document_kind not in ('subscription', 'movement') then cast(converted_on as timestamp) end
            as invoiced_at,
        {{ duration('period_length', 'recognised_from', 'recognised_to') }}
    from {{ ref('int_revenue__recognised') }}
),

begun as (
    select min(least(recognised_from, coalesce(invoiced_at, recognised_from))) as first_moment
    from documents
),

observed as (
    select {{ dbt.date_trunc('month', 'first_moment') }} as first_month
    from begun
),

months as (
    select
        {{ dbt.dateadd('month', 'numbers.generated_number - 1', 'observed.first_month') }} as month_from,
        least({{ dbt.dateadd('month', 'numbers.generated_number', 'observed.first_month') }}, {{ as_of() }})
            as month_to
    from observed
    cross join numbers
    where observed.first_month is not null
),

parts as (
    select
        documents.account_key,
        documents.is_known_account,
        documents.is_invoiced_as_it_earns,
        months.month_from,
        documents.amount,
        documents.period_length,
        documents.recognised_from,
        greatest(months.month_from, documents.recognised_from) as part_from,
        least(months.month_to, documents.recognised_to) as part_to
    from documents
    inner join months
        on
            documents.recognised_to > months.month_from
            and documents.recognised_from < months.month_to
            and months.month_from < {{ as_of() }}
    where documents.period_length > 0
),

elapsed as (
    select
        *,
        {{ duration('elapsed_before', 'recognised_from', 'part_from') }},
        {{ duration('elapsed_after', 'recognised_from', 'part_to') }}
    from parts
),

shares as (
    select
        account_key,
        is_known_account,
        is_invoiced_as_it_earns,
        month_from,
        {{ recognised_up_to('elapsed_after') }}
        - {{ recognised_up_to('elapsed_before') }} as recognised_amount
    from elapsed
),

entries as (
    select
        account_key,
        is_known_account,
        month_from,
        recognised_amount,
        case when is_invoiced_as_it_earns then recognised_amount else 0 end as invoiced_amount
    from shares
    union all
    select
        account_key,
        is_known_account,
        {{ dbt.date_trunc('month', 'recognised_from') }} as month_from,
        amount as recognised_amount,
        0 as invoiced_amount
    from documents
    where period_length = 0 and recognised_from < {{ as_of() }}
    union all
    select
        account_key,
        is_known_account,
        {{ dbt.date_trunc('month', 'invoiced_at') }} as month_from,
        0 as recognised_amount,
        amount as invoiced_amount
    from documents
    where invoiced_at < {{ as_of() }}
)

select
    account_key,
    is_known_account,
    cast(month_from as date) as month_start,
    cast(sum(recognised_amount) as decimal(18, 6)) as recognised_amount,
    cast(sum(invoiced_amount) as decimal(18, 6)) as invoiced_amount
from entries
group by account_key, is_known_account, month_from
