-- An amount in a currency without a rate on its day is worth nothing anybody knows.
with documents as (

    select * from {{ ref('int_revenue_documents__unioned') }}

),

recognised as (

    select * from {{ ref('int_revenue__recognised') }}

),

lacking as (

    select
        coalesce(documents.currency, 'no currency') as currency,
        min(documents.converted_on) as first_day,
        min(documents.source || ' ' || documents.document_id) as first_document,
        count(*) as documents
    from recognised
    inner join documents
        on
            recognised.source = documents.source
            and recognised.document_id = documents.document_id
    where recognised.amount is null
    group by coalesce(documents.currency, 'no currency')

)

select
    'no rate for ' || currency || ' on ' || cast(first_day as {{ dbt.type_string() }})
    || ' (' || first_document
    || case
        when documents > 1 then ' and ' || cast(documents - 1 as {{ dbt.type_string() }}) || ' more'
        else ''
    end
    || '): add it to definition/exchange_rates.csv in the company folder' as problem
from lacking
