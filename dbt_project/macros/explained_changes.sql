{#- What belongs here: how a change of the company's score is split (docs/decisions/0055-a-change-is-split-symmetrically.md).
    Cells are named by their columns in fct_nps_changes_explained. -#}

{#- Grain -> what its periods are compared with. The trailing year's period before is the year before. -#}
{% macro explained_grains() %}
    {% do return({'month': ['previous', 'year'], 'quarter': ['previous', 'year'], 'trailing_365d': ['previous']}) %}
{% endmacro %}

{% macro explaining_dimensions() %}
    {% set dimensions = [] %}
    {% for split_by in nps_segments().values() if split_by | length == 1 %}
        {% do dimensions.append(split_by | first) %}
    {% endfor %}
    {% do return(dimensions) %}
{% endmacro %}

{% macro explaining_dimension_names() -%}
    '{{ explaining_dimensions() | join("',\n            '") }}'
{%- endmacro %}

{% macro explained_sides(relation, is_after, counts) -%}
    {%- for column in counts -%}
        {%- for side in ['previous_', ''] -%}
            cast(
            sum(case when {{ is_after }} = {{ loop.index0 }} then {{ relation }}.{{ column }} else 0 end) as bigint
        ) as {{ side }}{{ column }}{{ ',\n        ' if not loop.last }}
        {%- endfor -%}
        {{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro explained_change() %}
    {% do return([
        'survey_type', 'period_grain', 'period_start', 'period_end', 'against', 'previous_start', 'previous_end',
        'split_by', 'definition_version'
    ]) %}
{% endmacro %}

{#- Part -> what an answer's cell is worth to it before and after (its influence by being in the cell), and what a point
    of the cell's movement is worth. Parts of the cells that have answers in both periods. -#}
{% macro explained_influences() %}
    {% set before = '(middle - middle_before)' %}
    {% set after = '(middle - middle_after)' %}
    {% set before_invited_after = '(growth / growth_before * (middle - middle_before_invited_after))' %}
    {% set after_invited_before = '((middle - middle_after_invited_before) / growth / shrinkage_after)' %}
    {% do return({
        'movement': [
            '(moved / 2 - moved_before / 2)', '(moved / 2 - moved_after / 2)', '((previous_portion + portion) / 2)'
        ],
        'mix': [before, after, '((portion - previous_portion) / 2)'],
        'invited_mix': [
            '(' ~ before_invited_after ~ ' - ' ~ before ~ ') / 2',
            '(' ~ after ~ ' - ' ~ after_invited_before ~ ') / 2',
            '(invited_shift / 2)'
        ],
        'answered_mix': [
            '(' ~ before_invited_after ~ ' + ' ~ before ~ ') / 2',
            '(' ~ after ~ ' + ' ~ after_invited_before ~ ') / 2',
            '((portion - previous_portion - invited_shift) / 2)'
        ],
    }) %}
{% endmacro %}
