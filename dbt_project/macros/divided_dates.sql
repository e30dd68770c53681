{#- What belongs here: between which dates a cell has answers enough to be told by themselves
    (docs/decisions/0078-windows-of-a-cell-are-divided-where-enough-answered.md). Rows are of one cell, in the order of
    what it has until then; what it has never falls, so the nearest row is the greatest before or the least after. -#}

{% macro nps_band_counts() %}
    {% do return(['promoters', 'passives', 'detractors']) %}
{% endmacro %}

{#- What a cell has of each column in all, and until a row. -#}
{% macro answers_so_far(columns, cell, moment) -%}
    {%- set found = [] -%}
    {%- set whole = 'over (partition by ' ~ cell | join(', ') -%}
    {%- for column in columns -%}
        {%- do found.append('sum(' ~ column ~ ') ' ~ whole ~ ') as all_' ~ column) -%}
        {%- do found.append(
            'sum(' ~ column ~ ') ' ~ whole ~ ' order by ' ~ moment
            ~ ' rows between unbounded preceding and current row) as ' ~ column
        ) -%}
    {%- endfor -%}
    {{ found | join(',\n') }}
{%- endmacro %}

{#- Of each band, what the cell has more and less than at the nearest rows for which the conditions hold. -#}
{% macro answers_on_either_side(since, until, cell) -%}
    {%- set found = [] -%}
    {%- for band in nps_band_counts() -%}
        {%- do found.append(answers_since(band, since, cell) ~ ' as ' ~ band ~ '_since') -%}
        {%- do found.append(answers_until(band, until, cell) ~ ' as ' ~ band ~ '_until') -%}
    {%- endfor -%}
    {{ found | join(',\n') }}
{%- endmacro %}

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
