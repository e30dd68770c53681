{#- What belongs here: what an invoice line is worth a month, and its share of a month. Written for controllers:
    docs/decisions/0044-recurring-revenue-from-the-lines.md. -#}

{#- A period of whole calendar months, however they end: 31 January to 28 February is one. -#}
{% macro whole_months(first_day, end_day) -%}
    case
        when
            extract(day from {{ first_day }}) = extract(day from {{ end_day }})
            or (
                extract(day from {{ end_day }}) < extract(day from {{ first_day }})
                and {{ is_last_of_month(end_day) }}
            )
            or (
                extract(day from {{ first_day }}) < extract(day from {{ end_day }})
                and {{ is_last_of_month(first_day) }}
            )
            then
                cast(
                    (extract(year from {{ end_day }}) - extract(year from {{ first_day }})) * 12
                    + extract(month from {{ end_day }}) - extract(month from {{ first_day }}) as integer
                )
        else 0
    end
{%- endmacro %}

{% macro is_last_of_month(day) -%}
    extract(day from {{ dbt.dateadd('day', 1, day) }}) = 1
{%- endmacro %}

{% macro days_in_month(day) -%}
    cast(
        extract(day from {{ dbt.dateadd('day', -1, dbt.dateadd('month', 1, dbt.date_trunc('month', day))) }}) as integer
    )
{%- endmacro %}

{% macro duration(name, first, second) -%}
    {{ microseconds_between(first, second) }} as {{ name }}
{%- endmacro %}

{#- Half away from zero, by arithmetic: at ties each engine casts a double in a way of its own. -#}
{% macro to_the_millionth(value) -%}
    cast(
        cast(floor(abs({{ value }}) * 1000000 + 0.5) * sign({{ value }}) as decimal(18, 0))
        * cast(0.000001 as decimal(7, 6)) as decimal(18, 6)
    )
{%- endmacro %}

{% macro recognised_up_to(elapsed) -%}
    case
        when {{ elapsed }} = period_length then cast(amount as decimal(18, 6))
        else {{ to_the_millionth('(cast(amount as ' ~ double() ~ ') * ' ~ elapsed ~ ' / period_length)') }}
    end
{%- endmacro %}
