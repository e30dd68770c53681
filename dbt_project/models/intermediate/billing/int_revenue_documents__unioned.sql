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

resolved as (
    select
        keyed.*,
        coalesce(merged.survivor_key, keyed.given_account_key) as payer_key,
        case
            when keyed.document_kind = 'movement'
                then coalesce(merged.survivor_key, keyed.given_account_key)
        end as moved_key
    from keyed
    left join {{ ref('int_accounts__merged') }} as merged
        on keyed.given_account_key = merged.account_key
),

-- a company that exports movements exports them of all its accounts: those that are billed are counted once
billed_accounts as (
    select distinct payer_key
    from resolved
    where document_kind <> 'movement' and set_aside_reason is null
)

select
    resolved.source,
    resolved.document_id,
    resolved.given_account_key,
    upper({{ trimmed('resolved.currency') }}) as currency,
    resolved.amount,
    resolved.converted_on,
    resolved.recognised_from,
    resolved.recognised_to,
    resolved.document_kind,
    resolved.invoice_id,
    resolved.recurring_to,
    case
        when resolved.set_aside_reason is not null then resolved.set_aside_reason
        when billed_accounts.payer_key is not null then 'account_is_billed'
    end as set_aside_reason,
    resolved.monthly_amount
from resolved
left join billed_accounts on resolved.moved_key = billed_accounts.payer_key
