{#- What belongs here: between which dates a cell has answers enough to be told by themselves
    (docs/decisions/0078-windows-of-a-cell-are-divided-where-enough-answered.md). Rows are of one cell, in the order of
    what it has until then; what it has never falls, so the nearest row is the greatest before or the least after. -#}

{% macro nps_band_counts() %}
    {% do return(['promoters', 'passives', 'detractors']) %}
{% endmacro %}

{#- What a cell has more than at the last row before for which the condition holds. -#}
{% macro answers_since(band, condition, cell) -%}
    {{ band }}
    - coalesce(
        max(case when {{ condition }} then {{ band }} end) over (
            {{ cell }}
            rows between unbounded preceding and 1 preceding
        ),
        0
    )
{%- endmacro %}

{#- What it has less than at the next row for which the condition holds. -#}
{% macro answers_until(band, condition, cell) -%}
    coalesce(
        min(case when {{ condition }} then {{ band }} end) over (
            {{ cell }}
            rows between 1 following and unbounded following
        ),
        all_{{ band }}
    )
    - {{ band }}
{%- endmacro %}

{#- Whether bands (columns that end on ending) are the floor's answers together, and not all of one band. -#}
{% macro tells_of_enough(ending) -%}
    {%- set all = [] -%}
    {%- for band in nps_band_counts() -%}
        {%- do all.append(band ~ ending) -%}
    {%- endfor -%}
    {{ all | join(' + ') }} >= minimum_responses
    and greatest({{ all | join(', ') }}) < {{ all | join(' + ') }}
{%- endmacro %}
