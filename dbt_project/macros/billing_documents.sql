{#- What belongs here: what is true of every billing vendor's invoices, lines, credit notes and refunds. What does not: where a
vendor has them (its models). Each macro reads CTEs of the model that calls it. -#}

{#- Joins a currency's minor units to rows of a CTE. -#}
{% macro joined_currencies(relation) -%}
    left join (
        select distinct
            currency,
            minor_units
        from {{ ref('exchange_rates') }}
    ) as currencies
        on upper({{ trimmed(relation ~ '.currency') }}) = currencies.currency
{%- endmacro %}

{#- Of the CTE `invoices` those that are billed, in major units. -#}
{% macro billed_invoices(net_amount, total_amount, line_texts=none, period_start_at='cast(null as timestamp)', period_end_at='cast(null as timestamp)') -%}
    select
        invoices.invoice_id,
        invoices.customer_id,
        invoices.subscription_id,
        invoices.currency,
        invoices.issued_at,
        {% if line_texts %}
            {{ line_texts }},
        {% endif %}
        currencies.minor_units,
        {{ net_amount }} as net_amount,
        {{ total_amount }} as total_amount,
        {{ period_start_at }} as period_start_at,
        {{ period_end_at }} as period_end_at
    from invoices
    inner join {{ ref('billing_statuses') }} as statuses
        on
            statuses.record_kind = 'invoice'
            and statuses.is_billed
            and {{ billing_status('invoices.status') }} = statuses.status
    {{ joined_currencies('invoices') }}
{%- endmacro %}

{#- The lines that a loader wrote into one text of an invoice of the CTE `billed`: amount, start and end of each, and where a
line has one its subscription, in which a blank and a slash are escaped. -#}
{% macro lines_of_texts(of_subscriptions=false) -%}
    select
        invoice_id,
        {% if of_subscriptions %}
            coalesce(
                nullif(
                    replace(
                        replace(replace({{ dbt.split_part('part', "'/'", 4) }}, '%20', ' '), '%2F', '/'), '%25', '%'
                    ),
                    ''
                ),
                subscription_id
            ) as subscription_id,
        {% else %}
            subscription_id,
        {% endif %}
        place as line_number,
        cast({{ dbt.split_part('part', "'/'", 1) }} as {{ double() }}) / power(10, minor_units) as line_amount,
        cast(nullif({{ dbt.split_part('part', "'/'", 2) }}, '') as timestamp) as period_start_at,
        cast(nullif({{ dbt.split_part('part', "'/'", 3) }}, '') as timestamp) as period_end_at
    from (
        {{ split_to_rows('billed', ['invoice_id', 'subscription_id', 'minor_units'], 'line_texts') | indent(4) }}
    ) as texts
{%- endmacro %}

{#- The CTE `lines`, each with its share of the net of its invoice in the CTE `billed`. -#}
{% macro lines_sharing_the_net() -%}
sizes as (
    select
        invoice_id,
        sum(line_amount) as lines_amount,
        sum(abs(line_amount)) as lines_size
    from lines
    group by invoice_id
),

placed as (
    select
        billed.*,
        coalesce(lines.line_number, 1) as line_number,
        case when lines.invoice_id is null then billed.subscription_id else lines.subscription_id end
            as line_subscription_id,
        lines.line_amount,
        sizes.lines_amount,
        sizes.lines_size,
        case when lines.invoice_id is null then billed.period_start_at else lines.period_start_at end
            as served_from,
        case when lines.invoice_id is null then billed.period_end_at else lines.period_end_at end
            as served_to
    from billed
    left join lines
        on billed.invoice_id = lines.invoice_id
    left join sizes
        on billed.invoice_id = sizes.invoice_id
)

-- What the lines say more or less than the invoice's net (a coupon on the whole, tax within prices) is shared
-- out by their sizes, so that together they are the net. Lines of no size have nothing to share by: the first
-- has it.
select
    invoice_id,
    line_number,
    customer_id,
    line_subscription_id as subscription_id,
    currency,
    issued_at,
    case
        when lines_size > 0 then line_amount + (net_amount - lines_amount) * abs(line_amount) / lines_size
        when line_number = 1 then net_amount
        else cast(0 as {{ double() }})
    end as line_net_amount,
    net_amount,
    total_amount,
    case when served_to > served_from then served_from else issued_at end as recognised_from,
    case when served_to > served_from then served_to else issued_at end as recognised_to
from placed
{%- endmacro %}

{#- A vendor's revenue documents: its lines as they are allocated, and the CTE `credit_notes` and, if it has refunds of its own,
`refunds` (each: document_id, customer_id, currency, given_back in major units, made_at, invoice_id), as far as they count. A
refund is with tax, a credit note without. -#}
{% macro billing_documents(vendor, has_refunds=true) -%}
-- A deleted customer's last version may have lost its account.
customers as (
    {{ current_versions(ref('stg_' ~ vendor ~ '__customers'), ['record_id'], 'account_id is not null') }}
),

-- Only what was billed can be given back.
billed as (
    select
        invoice_id,
        customer_id,
        net_amount,
        total_amount
    from {{ ref('int_' ~ vendor ~ '_invoice_lines__allocated') }}
    where line_number = 1
),

known_invoices as (
    select distinct invoice_id
    from {{ ref('stg_' ~ vendor ~ '__invoices') }}
),

subscriptions as (
    {{ current_versions(ref('stg_' ~ vendor ~ '__subscriptions'), ['record_id']) }}
),

-- A line stops recurring when its subscription ends, however far its period is paid for.
ended_subscriptions as (
    select
        subscriptions.subscription_id,
        subscriptions.cancelled_at
    from subscriptions
    inner join {{ ref('billing_statuses') }} as statuses
        on
            statuses.record_kind = 'subscription'
            and statuses.is_ended
            and {{ billing_status('subscriptions.status') }} = statuses.status
    where subscriptions.cancelled_at is not null
),

invoices_recognised as (
    select
        invoice_lines.invoice_id
        || ':' || cast(invoice_lines.line_number as {{ dbt.type_string() }}) as document_id,
        invoice_lines.customer_id,
        invoice_lines.currency,
        invoice_lines.line_net_amount as amount,
        invoice_lines.issued_at as made_at,
        invoice_lines.recognised_from,
        invoice_lines.recognised_to,
        'invoice' as document_kind,
        invoice_lines.invoice_id,
        least(invoice_lines.recognised_to, coalesce(ended.cancelled_at, invoice_lines.recognised_to))
            as recurring_to,
        cast(null as {{ dbt.type_string() }}) as set_aside_reason
    from {{ ref('int_' ~ vendor ~ '_invoice_lines__allocated') }} as invoice_lines
    left join ended_subscriptions as ended
        on invoice_lines.subscription_id = ended.subscription_id
),

credit_notes_recognised as (
    {{ given_back('credit_notes', 'credit_note', '-given.given_back') | indent(4) }}
),
{% if has_refunds %}

    refunds_recognised as (
        {{ given_back('refunds', 'refund', net_of_tax('-given.given_back')) | indent(8) }}
    ),
{% endif %}

documents as (
    select * from invoices_recognised
    union all
    select * from credit_notes_recognised
    {% if has_refunds %}
        union all
        select * from refunds_recognised
    {% endif %}
)

select
    documents.document_id,
    customers.account_id,
    documents.currency,
    cast(documents.amount as decimal(18, 6)) as amount,
    cast(documents.made_at as date) as converted_on,
    documents.recognised_from,
    documents.recognised_to,
    documents.document_kind,
    documents.invoice_id,
    documents.recurring_to,
    documents.set_aside_reason,
    cast(null as decimal(18, 6)) as monthly_amount
from documents
left join customers
    on documents.customer_id = customers.customer_id
{%- endmacro %}

{% macro given_back(relation, document_kind, amount) -%}
    select
        given.document_id,
        coalesce(given.customer_id, billed.customer_id) as customer_id,
        given.currency,
        {{ amount }} as amount,
        given.made_at,
        given.made_at as recognised_from,
        given.made_at as recognised_to,
        '{{ document_kind }}' as document_kind,
        given.invoice_id,
        given.made_at as recurring_to,
        {{ why_nothing_is_given_back('billed.invoice_id', 'known_invoices.invoice_id') }} as set_aside_reason
    from {{ relation }} as given
    left join billed
        on given.invoice_id = billed.invoice_id
    left join known_invoices
        on given.invoice_id = known_invoices.invoice_id
{%- endmacro %}

{#- An amount with tax less the share of tax in its invoice. -#}
{% macro net_of_tax(amount) -%}
    case
        when billed.total_amount > 0 then {{ amount }} * billed.net_amount / billed.total_amount
        else {{ amount }}
    end
{%- endmacro %}
