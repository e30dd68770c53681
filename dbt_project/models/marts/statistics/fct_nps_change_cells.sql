-- The members of each dimension in a period and in the one it is compared with, side by side. Members with
-- few answers in either are one cell, which is large enough and of more than one member. A change of the
-- company is explained only where neither of its scores is hidden.
{% set change = explained_change() -%}
{% set counts = ['promoters', 'detractors', 'responses', 'delivered_invitations'] -%}
{% set paired = {} -%}
{% for column in counts -%}
    {% do paired.update({'previous_' ~ column: 'bigint', column: 'bigint'}) -%}
{% endfor -%}
{% set window = ['survey_type', 'definition_version', 'window_start', 'window_end'] -%}
{% set told_of = [
    'survey_type', 'period_grain', 'period_start', 'period_end', 'against', 'definition_version'
] -%}
{% set cell = window + ['segment'] + nps_dimensions() -%}
{% set others = '(others)' -%}

with comparisons as (
    {% for grain, compared in explained_grains().items() %}
        {% set grain_loop = loop %}
        {% for against in compared %}
            select
                period_grain,
                period_start,
                period_end,
                '{{ against }}' as against,
                {% if against == 'previous' %}
                    previous_start,
                    previous_end
                {% else %}
                    cast({{ dbt.dateadd('month', -12, 'period_start') }} as date) as previous_start,
                    cast({{ dbt.dateadd('month', -12, 'period_end') }} as date) as previous_end
                {% endif %}
            from {{ ref('dim_periods') }}
            where period_grain = '{{ grain }}'
            {{ 'union all' if not (loop.last and grain_loop.last) }}
        {% endfor %}
    {% endfor %}
),

sides as (
    select
        *,
        period_start as window_start,
        period_end as window_end,
        1 as is_after
    from comparisons
    union all
    select
        *,
        previous_start as window_start,
        previous_end as window_end,
        0 as is_after
    from comparisons
),

counted as (
    select
        {{ qualified('windows', cell) }},
        windows.promoters,
        windows.detractors,
        windows.responses,
        0 as delivered_invitations,
        case when hidden.segment is null then 0 else 1 end as is_hidden
    from {{ ref('fct_nps_windows') }} as windows
    left join {{ ref('fct_nps_hidden_windows') }} as hidden
        on
            {{ same('windows', 'hidden', cell) }}
            and hidden.measure = 'in_period'
    union all
    select
        survey_type,
        definition_version,
        period_start as window_start,
        period_end as window_end,
        segment,
        {{ nps_dimension_columns() }},
        0 as promoters,
        0 as detractors,
        0 as responses,
        delivered_invitations,
        0 as is_hidden
    from {{ ref('fct_nps_response_rates') }}
),

members as (
    select
        survey_type,
        definition_version,
        window_start,
        window_end,
        segment as split_by,
        case segment
            {% for dimension in explaining_dimensions() %}
                when '{{ dimension }}' then {{ dimension }}
            {% endfor %}
        end as member,
        is_hidden,
        {{ counts | join(',\n        ') }}
    from counted
    where
        segment in (
            {{ explaining_dimension_names() }}
        )
),

compared as (
    select
        members.survey_type,
        sides.period_grain,
        sides.period_start,
        sides.period_end,
        sides.against,
        sides.previous_start,
        sides.previous_end,
        members.split_by,
        members.definition_version,
        members.member,
        max(members.is_hidden) as is_hidden,
        {{ explained_sides('members', 'sides.is_after', counts) }}
    from members
    inner join sides
        on members.window_start = sides.window_start and members.window_end = sides.window_end
    group by
        members.survey_type,
        sides.period_grain,
        sides.period_start,
        sides.period_end,
        sides.against,
        sides.previous_start,
        sides.previous_end,
        members.split_by,
        members.definition_version,
        members.member
),

floors as (
    select
        definition_version,
        minimum_responses
    from {{ ref('reportability_floors') }}
    where reportability = 'indicative'
),

-- a member that is in one period alone came or went, and is few only where it has few answers there; one that
-- is hidden for others in either counts as one of the few
judged as (
    select
        compared.*,
        floors.minimum_responses,
        case
            when
                compared.responses between 1 and floors.minimum_responses - 1
                or compared.previous_responses between 1 and floors.minimum_responses - 1
                or compared.is_hidden = 1
                then 1
            else 0
        end as is_few
    from compared
    inner join floors on compared.definition_version = floors.definition_version
    where compared.responses + compared.previous_responses > 0
),

ordered as (
    select
        *,
        sum(is_few) over (partition by {{ change | join(', ') }}) as few_members,
        row_number() over (
            partition by {{ change | join(', ') }}
            order by is_few desc, responses + previous_responses asc, member asc
        ) as place,
        sum(responses) over (
            partition by {{ change | join(', ') }}
            order by is_few desc, responses + previous_responses asc, member asc
            rows between unbounded preceding and current row
        ) as responses_so_far,
        sum(previous_responses) over (
            partition by {{ change | join(', ') }}
            order by is_few desc, responses + previous_responses asc, member asc
            rows between unbounded preceding and current row
        ) as previous_responses_so_far
    from judged
),

-- those with few answers, and the next larger ones until what is taken away from the company tells of nobody;
-- the second always, since one that is hidden may have many answers and must not be alone
gathered as (
    select
        *,
        case
            when
                is_few = 1
                or (
                    few_members > 0
                    and (
                        place = 2
                        or responses_so_far - responses < minimum_responses
                        or previous_responses_so_far - previous_responses < minimum_responses
                    )
                )
                then '{{ others }}'
            else member
        end as cell
    from ordered
),

cells as (
    select
        {{ qualified('gathered', change) }},
        gathered.cell as member,
        max(gathered.minimum_responses) as minimum_responses,
        cast(count(*) as bigint) as cell_members,
        {{ summed('gathered', paired) }}
    from gathered
    group by
        {{ qualified('gathered', change) }},
        gathered.cell
),

-- a change is shown where both scores are; one cell explains nothing, nor do cells of which none stayed
told as (
    select
        {{ change | join(',\n        ') }}
    from cells
    group by
        {{ change | join(',\n        ') }}
    having
        sum(responses) >= max(minimum_responses)
        and sum(previous_responses) >= max(minimum_responses)
        and count(*) > 1
        and sum(case when responses > 0 and previous_responses > 0 then 1 else 0 end) > 0
),

hidden as (
    select distinct
        windows.survey_type,
        windows.definition_version,
        sides.period_grain,
        sides.period_start,
        sides.period_end,
        sides.against
    from {{ ref('fct_nps_hidden_windows') }} as windows
    inner join sides
        on windows.window_start = sides.window_start and windows.window_end = sides.window_end
    where
        windows.segment = 'company'
        and windows.measure = 'in_period'
)

select
    {{ qualified('cells', change) }},
    cells.member,
    cells.cell_members,
    {{ qualified('cells', paired) }}
from cells
inner join told on {{ same('cells', 'told', change) }}
left join hidden on {{ same('cells', 'hidden', told_of) }}
where hidden.survey_type is null
