{#- What belongs here: the windows in which outcomes are looked at, and how accounts are grouped in them
    (docs/decisions/0045-accounts-are-looked-at-on-the-same-days.md). -#}

{% macro outcome_horizons() %}
    {% do return([90, 180, 365]) %}
{% endmacro %}

{% macro outcome_look_back() -%}
    365
{%- endmacro %}

{% macro tenure_of(first_moment, moment) -%}
    case
        when {{ first_moment }} > {{ dbt.dateadd('day', -365, moment) }} then 'under 1 year'
        when {{ first_moment }} > {{ dbt.dateadd('day', -1095, moment) }} then '1 to 3 years'
        else 'over 3 years'
    end
{%- endmacro %}

{#- Segment -> the columns it splits by. -#}
{% macro outcome_segments() %}
    {% do return({
        'company': [],
        'customer_value_tier': ['customer_value_tier'],
        'tenure': ['tenure'],
        'region': ['region'],
    }) %}
{% endmacro %}

{% macro outcome_members() %}
    {% do return(['customer_value_tier', 'tenure', 'region']) %}
{% endmacro %}

{% macro outcome_split(split_by) -%}
    {%- for member in outcome_members() -%}
        {{ member if member in split_by else "'(all)' as " ~ member }}{{ ',\n        ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- Fewer accounts say nothing about an association. -#}
{% macro outcome_minimum() -%}
    30
{%- endmacro %}

{#- Ratios further apart than this disagree, whatever their intervals: the usual change in estimate of a tenth. -#}
{% macro outcome_disagreement() -%}
    1.1
{%- endmacro %}

{#- The confidentiality floor in force at as-of: of fewer accounts only their number is shown. -#}
{% macro floor_at_as_of() -%}
    select max(floors.minimum_responses) as minimum_accounts
    from {{ ref('reportability_floors') }} as floors
    inner join {{ ref('int_nps_definitions__in_force') }} as definitions
        on
            floors.definition_version = definitions.definition_version
            and {{ nps_in_force('cast(' ~ as_of() ~ ' as date)', 'definitions') }}
    where floors.reportability = 'interval_only'
{%- endmacro %}

{#- A placebo goes through the same statistics as a segment of its own (docs/decisions/0056-two-placebos.md). -#}
{% macro is_placebo(segment) -%}
    {{ segment }} in ('earlier', 'permuted')
{%- endmacro %}

{#- From the beginning of a window to the first look of its horizon whose look-back begins at the window's end or
    later. -#}
{% macro placebo_days_later() -%}
    case horizon_days
        {% for days in outcome_horizons() -%}
            when {{ days }} then {{ days + (outcome_look_back() | int / days) | round(0, 'ceil') | int * days }}
        {% endfor -%}
    end
{%- endmacro %}

{#- The place of an account among those of a look, without meaning and the same in every engine. -#}
{% macro placebo_draw(role) -%}
    md5('{{ role }}|' || account_key || '|' || cast(index_date as string) || '|' || cast(horizon_days as string))
{%- endmacro %}
