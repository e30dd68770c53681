{#- What figures are split by: the dimensions and segments that every company has, and then those that this one
    declares (declared_dimensions.sql). -#}

{% macro nps_dimensions() %}
    {% do return(
        ['customer_value_tier', 'journey_stage', 'branch', 'region', 'plan', 'channel']
        + declared_dimensions() | map(attribute='name') | list
    ) %}
{% endmacro %}

{% macro nps_dimension_columns(relation=none) -%}
    {%- set prefix = relation ~ '.' if relation else '' -%}
    {%- for dimension in nps_dimensions() -%}
        {{ prefix ~ dimension }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro nps_split_columns(split_by) -%}
    {%- for dimension in nps_dimensions() -%}
        {{ dimension if dimension in split_by else "'(all)' as " ~ dimension }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro nps_segments() %}
    {% set segments = {
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
    } %}
    {% for segment in declared_dimensions() | map(attribute='segments') | sum(start=[]) %}
        {% do segments.update({segment: segment.split('*')}) %}
    {% endfor %}
    {% do return(segments) %}
{% endmacro %}

{% macro nps_segment_names() -%}
    '{{ nps_segments() | join("',\n            '") }}'
{%- endmacro %}

{% macro nps_account_dimensions() %}
    {% do return(
        ['customer_value_tier', 'branch', 'region', 'plan']
        + declared_dimensions() | selectattr('level', 'equalto', 'account') | map(attribute='name') | list
    ) %}
{% endmacro %}

{% macro nps_stratum() %}
    {% do return('customer_value_tier') %}
{% endmacro %}

{% macro nps_stratified_segments() %}
    {% set stratified = {} %}
    {% for segment, split_by in nps_segments().items() if nps_stratum() not in split_by %}
        {% set crossed = [nps_stratum()] + split_by %}
        {% set published = namespace(name=crossed | join('*')) %}
        {% for other, other_split in nps_segments().items() if other_split | sort == crossed | sort %}
            {% set published.name = other %}
        {% endfor %}
        {% do stratified.update({segment: published.name}) %}
    {% endfor %}
    {% do return(stratified) %}
{% endmacro %}

{% macro nps_counted_segments() %}
    {% set counted = dict(nps_segments()) %}
    {% for segment, crossed in nps_stratified_segments().items() if crossed not in counted %}
        {% do counted.update({crossed: [nps_stratum()] + nps_segments()[segment]}) %}
    {% endfor %}
    {% do return(counted) %}
{% endmacro %}

{% macro qualified(relation, columns) -%}
    {%- for column in columns -%}
        {{ relation }}.{{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro summed(relation, sums) -%}
    {%- for column, type in sums.items() -%}
        cast(sum({{ relation }}.{{ column }}) as {{ type }}) as {{ column }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro nps_segmented(relation, segments, keys, sums) -%}
    {%- for segment, split_by in segments.items() %}
        select
            '{{ segment }}' as segment,
            {{ keys | join(',\n            ') }},
            {{ nps_split_columns(split_by) | indent(4) }},
            {{ summed(relation, sums) | indent(4) }}
        from {{ relation }}
        group by
            {{ (keys + split_by) | join(',\n            ') }}
        {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{% macro nps_counts() %}
    {% do return({
        'promoters': 'bigint', 'passives': 'bigint', 'detractors': 'bigint', 'responses': 'bigint',
        'answers_fingerprint': 'decimal(38, 0)',
    }) %}
{% endmacro %}

{% macro nps_figure_key() %}
    {% do return(
        ['survey_type', 'measure', 'period_grain', 'period_start', 'period_end', 'segment']
        + nps_dimensions() + ['definition_version']
    ) %}
{% endmacro %}

{% macro same(left, right, columns) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ '\n            and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro nps_member(value) -%}
    coalesce(nullif(trim({{ value }}), ''), 'Unassigned')
{%- endmacro %}
