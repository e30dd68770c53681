{#- What belongs here: the shape in which every vendor's staging supplies an entity, and the union over the
    vendors that are on. Facts never see a vendor's own shape. -#}

{#- Column → type of each entity; the columns of macros/raw_records.sql:provenance come on top. -#}
{% macro entity_columns(entity) %}
    {% do return({
        'responses': {
            'response_id': 'varchar', 'survey_id': 'varchar', 'question_id': 'varchar',
            'invitation_id': 'varchar', 'account_id': 'varchar', 'contact_id': 'varchar',
            'respondent_email': 'varchar', 'branch_id': 'varchar', 'employee_id': 'varchar',
            'device_id': 'varchar', 'score': 'double', 'comment': 'varchar', 'channel': 'varchar',
            'language': 'varchar', 'is_test': 'boolean', 'responded_at': 'timestamp',
            'started_at': 'timestamp', 'event_at': 'timestamp',
        },
        'invitations': {
            'invitation_id': 'varchar', 'survey_id': 'varchar', 'contact_id': 'varchar',
            'account_id': 'varchar', 'email': 'varchar', 'branch_id': 'varchar', 'employee_id': 'varchar',
            'channel': 'varchar', 'status': 'varchar', 'sent_at': 'timestamp', 'opened_at': 'timestamp',
            'started_at': 'timestamp', 'finished_at': 'timestamp', 'event_at': 'timestamp',
        },
        'accounts': {
            'account_id': 'varchar', 'parent_account_id': 'varchar', 'merged_into_id': 'varchar',
            'branch_id': 'varchar', 'owner_id': 'varchar', 'account_name': 'varchar', 'plan': 'varchar',
            'industry': 'varchar', 'lifecycle_stage': 'varchar', 'status': 'varchar',
            'is_acquired_by_referral': 'boolean', 'is_deleted': 'boolean', 'created_at': 'timestamp',
        },
        'account_history': {
            'account_id': 'varchar', 'attribute_name': 'varchar', 'old_value': 'varchar',
            'new_value': 'varchar', 'changed_at': 'timestamp',
        },
        'contacts': {
            'contact_id': 'varchar', 'account_id': 'varchar', 'merged_into_id': 'varchar',
            'email': 'varchar', 'is_deleted': 'boolean', 'created_at': 'timestamp',
        },
        'branches': {
            'branch_id': 'varchar', 'owner_id': 'varchar', 'branch_name': 'varchar', 'region': 'varchar',
            'opened_on': 'date', 'closed_on': 'date',
        },
        'users': {
            'user_id': 'varchar', 'branch_id': 'varchar', 'user_name': 'varchar', 'email': 'varchar',
            'is_active': 'boolean',
        },
        'quarantined_records': {
            'table_name': 'varchar', 'record_id': 'varchar', 'reason': 'varchar', 'detail': 'varchar',
            'origin': 'varchar', 'original_hash': 'varchar', 'load_id': 'varchar', 'loaded_at': 'timestamp',
            'load_position': 'bigint',
        },
        'revenue_documents': {
            'document_id': 'varchar', 'account_id': 'varchar', 'currency': 'varchar',
            'amount': 'decimal(18, 6)', 'converted_on': 'date', 'recognised_from': 'timestamp',
            'recognised_to': 'timestamp',
        },
    }[entity]) %}
{% endmacro %}

{% macro provenance_columns() %}
    {% do return({
        'record_id': 'varchar', 'version_id': 'varchar', 'version_at': 'timestamp', 'load_id': 'varchar',
        'loaded_at': 'timestamp', 'load_position': 'bigint',
    }) %}
{% endmacro %}

{#- All rows of an entity with the `source` they came from. `model_name` is a pattern with {vendor} in it; without a
    vendor that supplies the entity the result is empty, but typed. -#}
{% macro union_vendors(entity, model_name=none, columns=none) -%}
    {%- set columns = columns or dict(provenance_columns(), **entity_columns(entity)) -%}
    {%- set pattern = model_name or 'stg_{vendor}__' ~ entity -%}
    {%- for vendor in vendors_with(entity) %}
    select
        '{{ vendor }}' as source
        {%- for column, type in columns.items() %},
        cast({{ column }} as {{ type }}) as {{ column }}
        {%- endfor %}
    from {{ ref(pattern.replace('{vendor}', vendor)) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        cast(null as varchar) as source
        {%- for column, type in columns.items() %},
        cast(null as {{ type }}) as {{ column }}
        {%- endfor %}
    where false
    {%- endfor %}
{%- endmacro %}
