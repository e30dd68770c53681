{#- What belongs here: what signals of manipulation are looked for, and the null model they are judged by
    (docs/decisions/0090-signals-name-nobody.md). -#}

{#- Signal → whether its p, q and ratio follow, of a branch, from figures that are published anyway, and so may
    be, too. -#}
{% macro integrity_signal_names() %}
    {% do return({
        'promoters': true,
        'flagged_answers': true,
        'bounced_invitations': true,
        'skipped_unhappy': false,
        'score_spike': false,
        'score_begging': false,
        'bonus_promoters': false,
    }) %}
{% endmacro %}

{% macro integrity_subjects() %}
    {% do return({'branch': 'branch', 'employee': 'employee_id'}) %}
{% endmacro %}

{#- What is tested together: q is over these. -#}
{% macro integrity_family() %}
    {% do return(['signal', 'subject_kind', 'survey_type', 'definition_version']) %}
{% endmacro %}

{#- The alarm of one family. Ten are published of a survey type, seven of branches and three of surveys: at
    0.005 they name an innocent in at most 5 % of companies. -#}
{% macro integrity_level() -%}
    0.005
{%- endmacro %}

{#- A survey's latest 91 days are judged by the eight stretches before: two years, each season twice. -#}
{% macro integrity_slice_days() -%}
    91
{%- endmacro %}

{% macro integrity_slices() -%}
    9
{%- endmacro %}

{% macro integrity_window_start() -%}
    cast({{ dbt.dateadd('day', -365, as_of()) }} as date)
{%- endmacro %}

{#- The logarithm of the gamma function, for engines that have none: Stirling's series (Abramowitz and Stegun
    6.1.40) at x + 10, brought back by the recurrence. To 1e-12 of its size for every x > 0. Give a column: the
    argument is written several times. -#}
{% macro log_gamma(x) -%}
    {%- set z = '(' ~ x ~ ' + 10)' -%}
    (
        (({{ z }} - 0.5) * ln({{ z }}) - {{ z }} + 9.189385332046727e-1)
        + (8.333333333333333e-2 - (2.777777777777778e-3 - 7.936507936507937e-4 / ({{ z }} * {{ z }}))
        / ({{ z }} * {{ z }})) / {{ z }}
        - ln({{ x }} {%- for step in range(1, 10) %} * ({{ x }} + {{ step }}){% endfor %})
    )
{%- endmacro %}
