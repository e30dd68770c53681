{{ config(materialized='view') }}

with documents as (
    {{ union_vendors(
        'revenue_documents',
        model_name='int_{vendor}_documents__translated',
        columns=entity_columns('revenue_documents')
    ) }}
),

keyed as (
    select
        *,
        {{ customer_key('account_id') }} as given_account_key
    from documents
),

-- a company that exports movements exports them of all its accounts: those that are billed are counted once
billed_accounts as (
    select distinct coalesce(merged.survivor_key, keyed.given_account_key) as account_key
    from keyed
    left join {{ ref('int_accounts__merged') }} as merged
        on keyed.given_account_key = merged.account_key
    where keyed.document_kind <> 'movement' and keyed.set_aside_reason is null
)

select
    keyed.source,
    keyed.document_id,
    keyed.given_account_key,
    upper({{ trimmed('keyed.currency') }}) as currency,
    keyed.amount,
    keyed.converted_on,
    keyed.recognised_from,
    keyed.recognised_to,
    keyed.document_kind,
    keyed.invoice_id,
    keyed.recurring_to,
    case
        when keyed.set_aside_reason is not null then keyed.set_aside_reason
        when keyed.document_kind = 'movement' and billed_accounts.account_key is not null
            then 'account_is_billed'
    end as set_aside_reason,
    keyed.monthly_amount
from keyed
left join {{ ref('int_accounts__merged') }} as merged
    on keyed.given_account_key = merged.account_key
left join billed_accounts
    on
        keyed.document_kind = 'movement'
        and coalesce(merged.survivor_key, keyed.given_account_key) = billed_accounts.account_key
