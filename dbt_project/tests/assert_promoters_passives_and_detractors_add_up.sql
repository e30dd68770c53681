-- Fails with each row of counts whose bands are not its total; suppressed counts are null and add to nothing.
{{ config(meta={'dagster': {'ref': {'name': 'nps_scores'}}}) }}
{% set counted = ['fct_nps_daily', 'fct_nps_cells', 'nps_scores', 'branch_scorecards'] -%}

with final as (
    {% for model in counted %}
        select
            '{{ model }}' as table_name,
            promoters,
            passives,
            detractors,
            responses
        from {{ ref(model) }}
        where promoters + passives + detractors <> responses
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
