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
            '(moved / 2 - moved_before / 2)', '(moved / 2 - moved_after / 2)', '((previous_share + share) / 2)'
        ],
        'mix': [before, after, '((share - previous_share) / 2)'],
        'invited_mix': [
            '(' ~ before_invited_after ~ ' - ' ~ before ~ ') / 2',
            '(' ~ after ~ ' - ' ~ after_invited_before ~ ') / 2',
            '(invited_shift / 2)'
        ],
        'answered_mix': [
            '(' ~ before_invited_after ~ ' + ' ~ before ~ ') / 2',
            '(' ~ after ~ ' + ' ~ after_invited_before ~ ') / 2',
            '((share - previous_share - invited_shift) / 2)'
        ],
    }) %}
{% endmacro %}

{#- A share of the answers, times how far its score lies from a reference: p of them say s ± what they vary. -#}
{% macro squared_error_of_share(share, variance, distance) -%}
    ({{ share }} * ({{ variance }} + power({{ distance }}, 2)) - power({{ share }} * ({{ distance }}), 2))
{%- endmacro %}

{#- A cell's part in the squared standard error of how far the company's score lies from that of the cells that stayed. -#}
{% macro squared_error_of_difference(side) -%}
    case
        when {{ side }}responses > 0
            then
                {{ side }}company_share / {{ side }}company_responses * (
                    {{ side }}variance * power(1 - stayed / {{ side }}stayed_share, 2)
                    + power(
                        {{ side }}nps - {{ side }}company_nps
                        - stayed / {{ side }}stayed_share * ({{ side }}nps - {{ side }}stayed_nps), 2
                    )
                )
        else 0
    end
{%- endmacro %}
