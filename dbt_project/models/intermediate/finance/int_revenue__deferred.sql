-- What as-of has not reached yet, and what every account was billed altogether. The other half, what has been
-- recognised, is counted by month: see audit_revenue_reconciliation.
with documents as (
    select
        source,
        document_id,
        coalesce(account_key, given_account_key, 'Unassigned') as account_key,
        account_key is not null as is_known_account,
        document_kind,
        amount,
        recognised_from,
        {{ duration('period_length', 'recognised_from', 'recognised_to') }},
        {{ duration('elapsed', 'recognised_from', as_of()) }}
    from {{ ref('int_revenue__recognised') }}
)

select
    source,
    document_id,
    account_key,
    is_known_account,
    document_kind,
    amount,
    cast(
        case
            when recognised_from >= {{ as_of() }} then amount
            when elapsed >= period_length then 0
            else amount - {{ recognised_up_to('elapsed') }}
        end as decimal(18, 6)
    ) as deferred_amount
from documents
