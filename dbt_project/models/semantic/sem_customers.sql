{#- A table, unlike the others: who is covered takes a join that every question would do again. -#}
{{ config(materialized='table') -}}

{#- The longest window that figures are made for: coverage is a state, as the current states are. -#}
{% set covered_days = nps_trailing_grains()['trailing_365d'] -%}

with answers as (
    select distinct
        account_key,
        survey_type,
        definition_version,
        response_date
    from {{ ref('fct_survey_responses') }}
    where is_counted and account_key is not null
),

asked as (
    select distinct
        survey_type,
        definition_version
    from {{ ref('fct_nps_daily') }}
),

covered as (
    select distinct
        standings.account_key,
        standings.standing_date,
        standings.definition_version,
        answers.survey_type
    from {{ ref('fct_account_standings') }} as standings
    inner join answers
        on
            standings.account_key = answers.account_key
            and standings.definition_version = answers.definition_version
            and standings.standing_date > answers.response_date
            and standings.standing_date <= {{ dbt.dateadd('day', covered_days, 'answers.response_date') }}
)

-- a standing is that of a day's beginning: the state at the end of the day before
select
    cast({{ dbt.dateadd('day', -1, 'standings.standing_date') }} as date) as state_on,
    asked.survey_type,
    standings.definition_version,
    {{ qualified('standings', nps_account_dimensions()) }},
    standings.trailing_revenue_amount as revenue_amount,
    case
        when covered.account_key is null then cast(0 as decimal(18, 4))
        else standings.trailing_revenue_amount
    end as covered_revenue_amount
from {{ ref('fct_account_standings') }} as standings
inner join asked on standings.definition_version = asked.definition_version
left join covered
    on
        standings.account_key = covered.account_key
        and standings.standing_date = covered.standing_date
        and standings.definition_version = covered.definition_version
        and asked.survey_type = covered.survey_type
