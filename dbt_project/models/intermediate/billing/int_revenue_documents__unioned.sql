{{ config(materialized='view') }}

with documents as (
    {{ union_vendors(
        'revenue_documents',
        model_name='int_{vendor}_documents__translated',
        columns=entity_columns('revenue_documents')
    ) }}
)

select
    source,
    document_id,
    {{ customer_key('account_id') }} as given_account_key,
    upper({{ trimmed('currency') }}) as currency,
    amount,
    converted_on,
    recognised_from,
    recognised_to,
    document_kind,
    invoice_id,
    recurring_to,
    set_aside_reason
from documents
