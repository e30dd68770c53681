-- Both sides by different ways: billed and deferred by document, recognised by month.
{% set sums = ['invoices', 'subscriptions', 'given_back', 'billed', 'recognised', 'deferred'] -%}

with billed as (
    select
        account_key,
        is_known_account,
        count(*) as documents,
        sum(case when document_kind = 'invoice' then amount else 0 end) as invoices_amount,
        sum(case when document_kind in ('subscription', 'movement') then amount else 0 end)
            as subscriptions_amount,
        sum(case when document_kind in ('credit_note', 'refund') then amount else 0 end) as given_back_amount,
        sum(amount) as billed_amount,
        sum(deferred_amount) as deferred_amount
    from {{ ref('int_revenue__deferred') }}
    group by account_key, is_known_account
),

recognised as (
    select
        account_key,
        sum(recognised_amount) as recognised_amount
    from {{ ref('fct_account_months') }}
    group by account_key
),

accounts as (
    select
        coalesce(billed.account_key, recognised.account_key) as account_key,
        coalesce(billed.is_known_account, false) as is_known_account,
        {% for name in sums %}
            coalesce({{ name }}_amount, 0) as {{ name }}_amount,
        {% endfor %}
        coalesce(billed.documents, 0) as documents
    from billed
    full outer join recognised on billed.account_key = recognised.account_key
),

-- The company, and what no account of the CRM pays.
together as (
    select * from accounts
    union all
    select
        '(all)' as account_key,
        min(case when is_known_account then 1 else 0 end) = 1 as is_known_account,
        {% for name in sums %}
            sum({{ name }}_amount) as {{ name }}_amount,
        {% endfor %}
        sum(documents) as documents
    from accounts
    having count(*) > 0
)

select
    account_key,
    is_known_account,
    cast(documents as bigint) as documents,
    {% for name in sums %}
        cast({{ name }}_amount as decimal(18, 6)) as {{ name }}_amount,
    {% endfor %}
    cast(billed_amount - recognised_amount - deferred_amount as decimal(18, 6)) as difference_amount,
    abs(billed_amount - recognised_amount - deferred_amount) < 0.005 as is_tied
from together
