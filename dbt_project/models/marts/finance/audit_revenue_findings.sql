-- Nothing is dropped without a line here: what is set aside, and what is booked on an account nobody knows.
{% set findings = revenue_findings() -%}

with documents as (
    select
        documents.*,
        coalesce(merged.survivor_key, documents.given_account_key, 'Unassigned') as account_key,
        merged.survivor_key is not null as is_known_account
    from {{ ref('int_revenue_documents__unioned') }} as documents
    left join {{ ref('int_accounts__merged') }} as merged
        on documents.given_account_key = merged.account_key
),

-- in the invoice's own currency: rates of other days would make a difference where there is none
given_back as (
    select
        source,
        invoice_id,
        currency,
        account_key,
        sum(amount) as amount
    from documents
    where set_aside_reason is null and document_kind not in ('subscription', 'movement')
    group by source, invoice_id, currency, account_key
    having
        sum(amount) < -0.005
        and sum(case when document_kind = 'invoice' then amount else 0 end) >= 0
        and min(amount) < 0
),

currencies as (
    select account_key
    from documents
    where set_aside_reason is null and is_known_account
    group by account_key
    having count(distinct currency) > 1
),

found as (
    select
        set_aside_reason as finding,
        source as vendor,
        document_id,
        account_key,
        invoice_id,
        currency,
        amount
    from documents
    where set_aside_reason is not null
    union all
    select
        'unknown_account' as finding,
        source as vendor,
        document_id,
        account_key,
        invoice_id,
        currency,
        amount
    from documents
    where set_aside_reason is null and not is_known_account
    union all
    select
        'period_over_ten_years' as finding,
        source as vendor,
        document_id,
        account_key,
        invoice_id,
        currency,
        amount
    from documents
    where
        set_aside_reason is null
        and recognised_to > {{ dbt.dateadd('month', 120, 'recognised_from') }}
    union all
    select
        'currency_ceased' as finding,
        source as vendor,
        document_id,
        account_key,
        invoice_id,
        currency,
        amount
    from documents
    where
        set_aside_reason is null
        and converted_on >= case currency
            {% for currency, ceased_on in ceased_currencies().items() %}
                when '{{ currency }}' then cast('{{ ceased_on }}' as date)
            {% endfor %}
        end
    union all
    select
        'more_given_back_than_billed' as finding,
        source as vendor,
        invoice_id as document_id,
        account_key,
        invoice_id,
        currency,
        amount
    from given_back
    union all
    select
        'several_currencies' as finding,
        '(all)' as vendor,
        '(all)' as document_id,
        account_key,
        cast(null as {{ dbt.type_string() }}) as invoice_id,
        cast(null as {{ dbt.type_string() }}) as currency,
        cast(null as decimal(18, 6)) as amount
    from currencies
)

select
    finding,
    vendor as source, -- noqa: RF04
    document_id,
    account_key,
    invoice_id,
    currency,
    cast(amount as decimal(18, 6)) as amount,
    case finding
        {% for finding, (reason, remedy) in findings.items() %}
            when '{{ finding }}' then '{{ reason }}'
        {% endfor %}
    end as reason,
    case finding
        {% for finding, (reason, remedy) in findings.items() %}
            when '{{ finding }}' then '{{ remedy }}'
        {% endfor %}
    end as remedy
from found
