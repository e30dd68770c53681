-- At which dates the answers of a cell must not be divided, or windows that are shown would tell, taken from
-- each other, what fewer than the floor said
-- (docs/decisions/0078-windows-of-a-cell-are-divided-where-enough-answered.md).
{% set cell = ['survey_type', 'definition_version', 'segment'] + nps_dimensions() -%}
{% set bands = nps_band_counts() -%}
{% set per_cell = 'partition by ' ~ cell | join(', ') ~ ' order by responses, place' -%}
{% set beside = 'partition by survey_type, definition_version, segment, boundary' -%}
{% set ranks = 5 -%}

with daily as (
    select * from {{ ref('fct_nps_daily') }}
),

slices as (
    select * from {{ ref('dim_period_slices') }}
),

{{ sliced_dates('daily', 'response_date', 'slices') }},

sliced_counts as (
    select
        sliced_dates.slice_start,
        daily.survey_type,
        daily.definition_version,
        {{ nps_dimension_columns('daily') }},
        {{ summed('daily', nps_counts()) }}
    from daily
    inner join sliced_dates on daily.response_date = sliced_dates.response_date
    group by
        sliced_dates.slice_start,
        daily.survey_type,
        daily.definition_version,
        {{ nps_dimension_columns('daily') }}
),

segmented_counts as (
    {{ nps_segmented(
        'sliced_counts', nps_segments(), ['slice_start', 'survey_type', 'definition_version'], nps_counts()
    ) }}
),

counted as (
    select
        {{ cell | join(',\n        ') }},
        slice_start,
        lead(slice_start) over (
            partition by {{ cell | join(', ') }}
            order by slice_start
        ) as next_slice_start,
        {{ answers_so_far(bands + ['responses'], cell, 'slice_start') }}
    from segmented_counts
),

-- what readers look at comes first: the year up to now, years, quarters, months
boundaries as (
    select distinct
        slice_start as boundary,
        case
            when
                slice_start
                = cast({{ dbt.dateadd('day', -nps_trailing_grains()['trailing_365d'], as_of()) }} as date)
                then 1
            when slice_start = cast({{ dbt.date_trunc('year', 'slice_start') }} as date) then 2
            when slice_start = cast({{ dbt.date_trunc('quarter', 'slice_start') }} as date) then 3
            when slice_start = cast({{ dbt.date_trunc('month', 'slice_start') }} as date) then 4
            else {{ ranks }}
        end as boundary_rank
    from slices
),

floors as (
    select
        definition_version,
        minimum_responses
    from {{ ref('reportability_floors') }}
    where reportability = 'interval_only'
),

-- nothing is told by a date that no window with few answers holds: it divides the cell before all others
in_few as (
    select distinct
        {{ qualified('windows', cell) }},
        boundaries.boundary
    from {{ ref('fct_nps_windows') }} as windows
    inner join floors on windows.definition_version = floors.definition_version
    inner join boundaries
        on windows.window_start <= boundaries.boundary and windows.window_end >= boundaries.boundary
    where windows.responses < floors.minimum_responses
),

spans as (
    select
        {{ cell | join(',\n        ') }},
        min(slice_start) as first_slice_start,
        max(slice_start) as last_slice_start
    from counted
    group by {{ cell | join(', ') }}
),

-- before its first answer and after its last a cell is divided whatever is near
ends as (
    select
        {{ qualified('in_few', cell) }},
        max(case when in_few.boundary <= spans.first_slice_start then 1 else 0 end) as is_few_at_first,
        max(case when in_few.boundary > spans.last_slice_start then 1 else 0 end) as is_few_at_last
    from in_few
    inner join spans on {{ same('in_few', 'spans', cell) }}
    group by {{ qualified('in_few', cell) }}
),

-- dates with no answer between them are one
dated as (
    select
        counted.*,
        floors.minimum_responses,
        boundaries.boundary,
        boundaries.boundary_rank as own_rank,
        coalesce(ends.is_few_at_first, 0) as is_few_at_first,
        coalesce(ends.is_few_at_last, 0) as is_few_at_last,
        {% for band in bands %}
            counted.all_{{ band }} - counted.{{ band }} as {{ band }}_left,
        {% endfor %}
        max(case when in_few.boundary is null then 0 else 1 end) over (
            partition by {{ qualified('counted', cell + ['responses']) }}
        ) as is_in_few
    from counted
    inner join floors on counted.definition_version = floors.definition_version
    inner join boundaries
        on counted.slice_start < boundaries.boundary and counted.next_slice_start >= boundaries.boundary
    left join in_few
        on
            {{ same('counted', 'in_few', cell) }}
            and boundaries.boundary = in_few.boundary
    left join ends on {{ same('counted', 'ends', cell) }}
),

ranked as (
    select
        *,
        case
            when
                is_in_few = 1
                or (is_few_at_first = 1 and not ({{ tells_of_enough('') | indent(20) }}))
                or (is_few_at_last = 1 and not ({{ tells_of_enough('_left') | indent(20) }}))
                then own_rank
            else 0
        end as boundary_rank,
        row_number() over (
            partition by {{ (cell + ['responses']) | join(', ') }}
            order by own_rank, boundary
        ) as place
    from dated
),

points_0 as (
    select
        *,
        case when place = 1 and boundary_rank = 0 then 1 else 0 end as is_point
    from ranked
),

{% for rank in range(1, ranks + 1) %}
    points_{{ rank }}_measured as (
        select
            *,
            {{ answers_on_either_side('place = 1 and boundary_rank <= ' ~ rank, 'is_point = 1', per_cell) }}
        from points_{{ rank - 1 }}
    ),

    points_{{ rank }} as (
        select
            {{ cell | join(',\n            ') }},
            boundary,
            boundary_rank,
            place,
            minimum_responses,
            {% for column in bands + ['responses'] %}
                {{ column }},
                all_{{ column }},
            {% endfor %}
            case
                when
                    place = 1
                    and boundary_rank = {{ rank }}
                    and {{ tells_of_enough('_since') | indent(20) }}
                    and {{ tells_of_enough('_until') | indent(20) }}
                    then 1
                else is_point
            end as is_point
        from points_{{ rank }}_measured
    ),
{% endfor %}

divided as (
    select
        *,
        max(is_point) over (partition by {{ cell | join(', ') }}, responses) as is_divided
    from points_{{ ranks }}
),

stretches as (
    select
        *,
        {{ answers_on_either_side('is_point = 1', 'is_point = 1', per_cell) }},
        max(case when segment = 'company' and is_divided = 0 then 1 else 0 end) over (
            partition by survey_type, definition_version, boundary
        ) as is_company_undivided
    from divided
),

-- members of one dimension add up to the company: neither the undivided among them nor an undivided company
-- must follow from the others
together as (
    select
        *,
        sum(1 - is_divided) over ({{ beside }}) as undivided_members,
        {% for band in bands %}
            {% for side in ['_since', '_until'] %}
                sum((1 - is_divided) * {{ band ~ side }}) over ({{ beside }}) as {{ band ~ side }}_together,
            {% endfor %}
        {% endfor %}
        row_number() over (
            {{ beside }}, is_divided
            order by responses, {{ by_digest(nps_dimensions()) }}
        ) as place_beside
    from stretches
)

select
    {{ cell | join(',\n    ') }},
    boundary as undivided_date
from together
where
    is_divided = 0
    or (
        segment in (
            {{ explaining_dimension_names() }}
        )
        and place_beside = 1
        and (
            is_company_undivided + undivided_members = 1
            or (
                is_company_undivided = 0
                and undivided_members > 1
                and not (
                    {{ tells_of_enough('_since_together') | indent(20) }}
                    and {{ tells_of_enough('_until_together') | indent(20) }}
                )
            )
        )
    )
