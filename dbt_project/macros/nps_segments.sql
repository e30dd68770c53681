{#- What figures are split by. A new segment is one line here; a new dimension is one line here and a column
    of fct_survey_responses (docs/how-to/add-a-segment.md). -#}

{% macro nps_dimensions() %}
    {% do return(['customer_value_tier', 'journey_stage', 'branch', 'region', 'plan', 'channel']) %}
{% endmacro %}

{#- The dimensions as lines of a select or group by, qualified by `relation` if given. -#}
{% macro nps_dimension_columns(relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- for dimension in nps_dimensions() -%}
        {{ prefix ~ dimension }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The same for a row split by some of them: the others hold '(all)'. -#}
{% macro nps_split_columns(split_by) -%}
    {%- for dimension in nps_dimensions() -%}
        {{ dimension if dimension in split_by else "'(all)' as " ~ dimension }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Name of the segment → the dimensions a row of it is split by; the others hold '(all)'. -#}
{% macro nps_segments() %}
    {% do return({
        'company': [],
        'customer_value_tier': ['customer_value_tier'],
        'journey_stage': ['journey_stage'],
        'branch': ['branch'],
        'region': ['region'],
        'plan': ['plan'],
        'channel': ['channel'],
        'customer_value_tier*journey_stage': ['customer_value_tier', 'journey_stage'],
        'branch*journey_stage': ['branch', 'journey_stage'],
        'customer_value_tier*branch': ['customer_value_tier', 'branch'],
    }) %}
{% endmacro %}

{#- A governed dimension is never null: the member of an unknown value is 'Unassigned'. -#}
{% macro nps_member(value) -%}
    coalesce(nullif(trim({{ value }}), ''), 'Unassigned')
{%- endmacro %}
