-- Whether a record is revenue follows from its status. One that no line of billing_statuses names stops the
-- build: enter it there and in expectations/recount/billing_words.py, or map it to a known one.
with invoices as (

    {{ current_versions(ref('stg_files__invoices'), ['record_id']) }}

),

subscriptions as (

    {{ current_versions(ref('stg_files__subscriptions'), ['record_id']) }}

),

{% if vendor_is_on('stripe') -%}
    stripe_invoices as (

        {{ current_versions(ref('stg_stripe__invoices'), ['record_id']) | indent(4) }}

    ),

{% endif -%}

given as (

    select
        'files' as vendor,
        'invoice' as record_kind,
        record_id,
        status
    from invoices
    union all
    select
        'files' as vendor,
        'subscription' as record_kind,
        record_id,
        status
    from subscriptions
    {% if vendor_is_on('stripe') -%}
        union all
        select
            'stripe' as vendor,
            'invoice' as record_kind,
            record_id,
            status
        from stripe_invoices
    {% endif -%}

)

select
    given.vendor || ' ' || given.record_kind || ' ' || given.record_id || ' has the unknown status "'
    || given.status || '": enter it in dbt_project/seeds/billing_statuses.csv and '
    || 'expectations/recount/billing_words.py' as problem
from given
left join {{ ref('billing_statuses') }} as statuses
    on
        given.record_kind = statuses.record_kind
        and {{ billing_status('given.status') }} = statuses.status
where statuses.status is null
