{% macro sliced_dates(relation, date, slices) -%}
{#- A slice stands once for each window it is part of. -#}
distinct_slices as (
    select distinct
        slice_start,
        slice_end
    from {{ slices }}
),

dates as (
    select distinct {{ date }} from {{ relation }}
),

sliced_dates as (
    select
        dates.{{ date }},
        distinct_slices.slice_start
    from dates
    inner join distinct_slices
        on dates.{{ date }} >= distinct_slices.slice_start and dates.{{ date }} < distinct_slices.slice_end
)
{%- endmacro %}
