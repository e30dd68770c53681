-- Whether a record is revenue follows from its status. One that no line of billing_statuses names stops the
-- build: enter it there and in expectations/recount/billing_words.py, or map it to a known one.
{% set kinds = [('files', 'invoices', 'invoice'), ('files', 'subscriptions', 'subscription')] -%}
{% for vendor, tables in vendor_tables().items() if vendor_is_on(vendor) and 'invoices' in tables -%}
    {% do kinds.append((vendor, 'invoices', 'invoice')) -%}
{% endfor -%}

with given as (
    {% for source_name, table, record_kind in kinds %}
        select
            '{{ source_name }}' as vendor,
            '{{ record_kind }}' as record_kind,
            record_id,
            status
        from (
            {{ current_versions(ref('stg_' ~ source_name ~ '__' ~ table), ['record_id']) | indent(12) }}
        ) as records
        {{ 'union all' if not loop.last }}
    {% endfor %}
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
