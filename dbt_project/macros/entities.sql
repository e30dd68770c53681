{#- What belongs here: the shape in which every vendor's staging supplies an entity, and the union over the
    vendors that are on. Facts never see a vendor's own shape. -#}

{% macro entities() %}
    {% do return({
        'responses': {
            'response_id': 'string', 'survey_id': 'string', 'question_id': 'string',
            'invitation_id': 'string', 'account_id': 'string', 'contact_id': 'string',
            'respondent_email': 'string', 'person_id': 'string', 'branch_id': 'string', 'employee_id': 'string',
            'device_id': 'string', 'score': double(), 'comment': 'string', 'channel': 'string',
            'language': 'string', 'is_test': 'boolean', 'responded_at': 'timestamp',
            'started_at': 'timestamp', 'event_at': 'timestamp',
        },
        'invitations': {
            'invitation_id': 'string', 'survey_id': 'string', 'contact_id': 'string',
            'account_id': 'string', 'email': 'string', 'branch_id': 'string', 'employee_id': 'string',
            'channel': 'string', 'status': 'string', 'sent_at': 'timestamp', 'opened_at': 'timestamp',
            'started_at': 'timestamp', 'finished_at': 'timestamp', 'event_at': 'timestamp',
        },
        'questions': {
            'survey_id': 'string', 'question_id': 'string', 'scale_min': 'integer', 'scale_max': 'integer',
            'scale_points': 'integer',
        },
        'accounts': {
            'account_id': 'string', 'parent_account_id': 'string', 'merged_into_id': 'string',
            'branch_id': 'string', 'owner_id': 'string', 'account_name': 'string', 'plan': 'string',
            'industry': 'string', 'lifecycle_stage': 'string', 'status': 'string', 'region': 'string',
            'is_acquired_by_referral': 'boolean', 'is_deleted': 'boolean', 'created_at': 'timestamp',
        },
        'account_history': {
            'account_id': 'string', 'attribute_name': 'string', 'old_value': 'string',
            'new_value': 'string', 'changed_at': 'timestamp',
        },
        'stages': {'stage_id': 'string', 'stage_name': 'string'},
        'contacts': {
            'contact_id': 'string', 'account_id': 'string', 'merged_into_id': 'string',
            'email': 'string', 'is_deleted': 'boolean', 'created_at': 'timestamp',
        },
        'branches': {
            'branch_id': 'string', 'owner_id': 'string', 'branch_name': 'string', 'region': 'string',
            'opened_on': 'date', 'closed_on': 'date',
        },
        'users': {
            'user_id': 'string', 'branch_id': 'string', 'user_name': 'string', 'email': 'string',
            'user_type': 'string', 'is_active': 'boolean',
        },
        'revenue_documents': {
            'document_id': 'string', 'account_id': 'string', 'currency': 'string',
            'amount': 'decimal(18, 6)', 'converted_on': 'date', 'recognised_from': 'timestamp',
            'recognised_to': 'timestamp',
            'document_kind': 'string', 'invoice_id': 'string', 'recurring_to': 'timestamp',
            'set_aside_reason': 'string', 'monthly_amount': 'decimal(18, 6)',
        },
        'tickets': {
            'ticket_id': 'string', 'organization_id': 'string', 'requester_id': 'string',
            'account_id': 'string', 'contact_id': 'string', 'requester_email': 'string', 'priority': 'string',
            'channel': 'string', 'status': 'string', 'opened_at': 'timestamp',
            'first_replied_at': 'timestamp', 'solved_at': 'timestamp', 'reopen_count': 'bigint',
            'is_deleted': 'boolean',
        },
        'ticket_events': {'ticket_id': 'string', 'status': 'string', 'changed_at': 'timestamp'},
        'requesters': {'requester_id': 'string', 'contact_id': 'string', 'email': 'string'},
        'organizations': {'organization_id': 'string', 'account_id': 'string'},
    }) %}
{% endmacro %}

{% macro entity_columns(entity) %}
    {% do return(entities()[entity]) %}
{% endmacro %}

{% macro provenance_columns() %}
    {% do return({
        'record_id': 'string', 'version_id': 'string', 'version_at': 'timestamp', 'load_id': 'string',
        'loaded_at': 'timestamp', 'load_position': 'bigint',
    }) %}
{% endmacro %}

{% macro not_supplied(entity, columns) -%}
    {%- for column in columns -%}
    cast(null as {{ entity_columns(entity)[column] }}) as {{ column }}
    {%- if not loop.last %},
    {% endif %}
    {%- endfor %}
{%- endmacro %}

{% macro union_vendors(entity, model_name=none, columns=none) -%}
    {%- set columns = columns or dict(provenance_columns(), **entity_columns(entity)) -%}
    {%- set pattern = model_name or 'stg_{vendor}__' ~ entity -%}
    {%- for vendor in vendors_with(entity) %}
    select
        '{{ vendor }}' as source
        {%- for column, type in columns.items() %},
        cast({{ column }} as {{ type }}) as {{ column }}
        {%- endfor %}
        {{- unioned_dimensions(entity, vendor) }}
    from {{ ref(pattern.replace('{vendor}', vendor)) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        cast(null as string) as source
        {%- for column, type in columns.items() %},
        cast(null as {{ type }}) as {{ column }}
        {%- endfor %}
        {{- unioned_dimensions(entity) }}
    where false
    {%- endfor %}
{%- endmacro %}
