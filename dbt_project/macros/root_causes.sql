{#- What belongs here: what detractors are explained by, and what each attribute is compared within
    (docs/decisions/0091-root-causes-and-drivers.md). -#}

{#- Attribute -> the dimensions within whose members it is compared. What it follows from cannot be one of them. -#}
{% macro root_cause_strata() %}
    {% set strata = {} %}
    {% for attribute in nps_dimensions() %}
        {% set follows = declared_dimensions() | selectattr('name', 'equalto', attribute) | map(attribute='of') | list %}
        {% do strata.update({
            attribute: ['customer_value_tier', 'journey_stage'] | reject('in', [attribute] + follows) | list
        }) %}
    {% endfor %}
    {% do return(strata) %}
{% endmacro %}

{#- Published segment -> [attribute, stratum], where these two alone would tell its hidden cells. -#}
{% macro root_cause_crossings() %}
    {% set crossings = [] %}
    {% for segment, split_by in nps_segments().items() if split_by | length == 2 %}
        {% for attribute, strata in root_cause_strata().items() %}
            {% if attribute in split_by and strata == split_by | reject('equalto', attribute) | list %}
                {% do crossings.append([segment, attribute, strata[0]]) %}
            {% endif %}
        {% endfor %}
    {% endfor %}
    {% do return(crossings) %}
{% endmacro %}

{% macro root_cause_crossed_names() -%}
    '{{ root_cause_crossings() | map(attribute=1) | join("', '") }}'
{%- endmacro %}

{#- Accounts with the value, and without it: with fewer the variance between accounts is not known well enough. -#}
{% macro root_cause_minimum_accounts() -%}
    10
{%- endmacro %}

{#- Rounded half up. What is exactly in the middle is so in every engine: sums of binary fractions may be just below. -#}
{% macro rounded(value, digits) -%}
    cast({{ value }} + 0.000000001 as decimal(18, {{ digits }}))
{%- endmacro %}
