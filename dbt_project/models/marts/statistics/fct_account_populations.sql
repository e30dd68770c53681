{#- How many customers there are on a day and what they pay, for every way in which a counted segment splits
    accounts: the strata of the post-stratified score and the denominator of the revenue coverage. -#}
{% set splits = {} -%}
{% for split_by in nps_counted_segments().values() -%}
    {% set accounts_split_by = nps_account_dimensions() | select('in', split_by) | list -%}
    {% do splits.update({accounts_split_by | join('*'): accounts_split_by}) -%}
{% endfor -%}

{% for split_by in splits.values() %}
    select
        standing_date,
        definition_version,
        {% for dimension in nps_account_dimensions() %}
            {{ dimension if dimension in split_by else "'(all)' as " ~ dimension }},
        {% endfor %}
        cast(count(*) as bigint) as account_count,
        cast(sum(trailing_revenue_amount) as decimal(38, 4)) as trailing_revenue_amount
    from {{ ref('fct_account_standings') }}
    group by
        {{ (['standing_date', 'definition_version'] + split_by) | join(',\n            ') }}
    {{ 'union all' if not loop.last }}
{% endfor %}
