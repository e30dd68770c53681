-- Lines of a bridge that show no bands, or what few people said would follow from two lines
-- (docs/decisions/0072-what-a-line-takes-out-is-of-enough.md).
{% set cell = ['survey_type', 'period_start', 'definition_version'] -%}
{% set bridge = cell + ['source', 'survey_id'] -%}
{% set bands = ['promoters', 'passives', 'detractors'] -%}
{% set in_bridge = 'partition by ' ~ bridge | join(', ') -%}
{% set in_order = in_bridge ~ ' order by line_number' -%}

with lines as (
    select
        {{ qualified('bridges', bridge) }},
        bridges.period_end,
        bridges.line_number,
        bridges.line_name,
        bridges.kind,
        {{ qualified('bridges', bands) }},
        floors.minimum_responses
    from {{ ref('fct_nps_bridge') }} as bridges
    inner join {{ ref('reportability_floors') }} as floors
        on bridges.definition_version = floors.definition_version
    where floors.reportability = 'interval_only'
),

taken_out as (
    select
        *,
        coalesce(lag(promoters) over ({{ in_order }}) - promoters, 0) as promoters_out,
        coalesce(lag(passives) over ({{ in_order }}) - passives, 0) as passives_out,
        coalesce(lag(detractors) over ({{ in_order }}) - detractors, 0) as detractors_out
    from lines
),

-- a line that takes no band out shows what the line before it shows
placed as (
    select
        *,
        {{ tells_of_few('promoters_out', 'passives_out', 'detractors_out', 'minimum_responses') | indent(8) }}
            as tells,
        sum(case when promoters_out + passives_out + detractors_out > 0 then 1 else 0 end)
            over ({{ in_order }}) as place
    from taken_out
),

places as (
    select
        {{ bridge | join(',\n        ') }},
        place,
        max(tells) as tells,
        {% for band in bands %}
            min({{ band }}) as {{ band }},
        {% endfor %}
        min(minimum_responses) as minimum_responses
    from placed
    group by
        {{ bridge | join(',\n        ') }},
        place
),

-- what is left only falls, so the least is what is published
beside_the_end as (
    select
        *,
        max(place) over ({{ in_bridge }}) as last_place,
        max(case when tells = 0 then place end) over ({{ in_bridge }}) as last_safe_place,
        promoters - min(promoters) over ({{ in_bridge }}) as promoters_out,
        passives - min(passives) over ({{ in_bridge }}) as passives_out,
        detractors - min(detractors) over ({{ in_bridge }}) as detractors_out
    from places
),

judged as (
    select
        {{ bridge | join(',\n        ') }},
        place,
        place < last_place as is_before_the_end,
        tells,
        place = last_safe_place as is_last_safe,
        {{ tells_of_few('promoters_out', 'passives_out', 'detractors_out', 'minimum_responses') | indent(8) }}
            as tells_at_the_end
    from beside_the_end
),

-- what tells of few goes together with what the next line takes out; at the end, with the line before
hidden_places as (
    select
        {{ bridge | join(',\n        ') }},
        place
    from judged
    where is_before_the_end and (tells = 1 or (is_last_safe and tells_at_the_end = 1))
),

-- of several surveys of a type, each would tell of the others
several_surveys as (
    select {{ cell | join(', ') }}
    from lines
    where source <> '(all)' and kind = 'received'
    group by {{ cell | join(', ') }}
    having count(*) > 1
),

-- a month whose figure is hidden shows nothing else of it
hidden_months as (
    select distinct {{ qualified('lines', cell) }}
    from lines
    inner join {{ ref('fct_nps_hidden_windows') }} as windows
        on
            {{ same('lines', 'windows', ['survey_type', 'definition_version']) }}
            and lines.period_start = windows.window_start
            and lines.period_end = windows.window_end
    where windows.segment = 'company' and windows.measure = 'in_period'
),

-- what stands beside the published figure differs from it, and from another beside it, by few
figures as (
    select
        {{ cell | join(',\n        ') }},
        line_name,
        0 as place,
        {{ bands | join(',\n        ') }},
        minimum_responses
    from lines
    where source = '(all)' and kind = 'published'
    union all
    select
        {{ qualified('conventions', cell) }},
        conventions.line_name,
        conventions.place,
        {{ qualified('conventions', bands) }},
        floors.minimum_responses
    from {{ ref('fct_nps_conventions') }} as conventions
    inner join {{ ref('reportability_floors') }} as floors
        on conventions.definition_version = floors.definition_version
    where floors.reportability = 'interval_only'
),

differences as (
    select
        {{ qualified('below', cell) }},
        below.line_name,
        {% for band in bands %}
            abs(above.{{ band }} - below.{{ band }}) as {{ band }},
        {% endfor %}
        below.minimum_responses
    from figures as above
    inner join figures as below
        on
            {{ same('above', 'below', cell) }}
            and above.place < below.place
)

select
    {{ qualified('placed', bridge) }},
    placed.line_name
from placed
inner join hidden_places
    on
        {{ same('placed', 'hidden_places', bridge + ['place']) }}
union distinct
select
    {{ qualified('lines', bridge) }},
    lines.line_name
from lines
inner join several_surveys
    on
        {{ same('lines', 'several_surveys', cell) }}
where lines.source <> '(all)'
union distinct
select
    {{ qualified('lines', bridge) }},
    lines.line_name
from lines
inner join hidden_months
    on
        {{ same('lines', 'hidden_months', cell) }}
union distinct
select
    {{ qualified('figures', cell) }},
    '(all)' as source, -- noqa: RF04
    '(all)' as survey_id,
    figures.line_name
from figures
inner join hidden_months
    on
        {{ same('figures', 'hidden_months', cell) }}
union distinct
select
    {{ cell | join(',\n    ') }},
    '(all)' as source, -- noqa: RF04
    '(all)' as survey_id,
    line_name
from differences
where {{ tells_of_few('promoters', 'passives', 'detractors', 'minimum_responses') | indent(4) }} = 1
