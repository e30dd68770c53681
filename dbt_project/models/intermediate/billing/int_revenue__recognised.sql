with rates as (
    select
        currency,
        rate_to_reporting,
        valid_from,
        lead(valid_from) over (partition by currency order by valid_from) as valid_to
    from {{ ref('exchange_rates') }}
)

select
    merged.survivor_key as account_key,
    documents.source,
    documents.document_id,
    documents.recognised_from,
    documents.recognised_to,
    documents.document_kind,
    documents.invoice_id,
    documents.given_account_key,
    documents.converted_on,
    documents.recurring_to,
    cast(
        cast(documents.amount as {{ double() }})
        * cast(rates.rate_to_reporting as {{ double() }}) as decimal(18, 6)
    ) as amount,
    cast(
        cast(documents.monthly_amount as {{ double() }})
        * cast(rates.rate_to_reporting as {{ double() }}) as decimal(18, 6)
    ) as monthly_amount
from {{ ref('int_revenue_documents__unioned') }} as documents
left join rates
    on
        documents.currency = rates.currency
        and {{ nps_in_force('documents.converted_on', 'rates') }}
left join {{ ref('int_accounts__merged') }} as merged
    on documents.given_account_key = merged.account_key
where documents.set_aside_reason is null
