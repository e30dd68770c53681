-- Until which dates the answers of a cell must not be told yet, or two publications would tell what few said
-- who came in between (docs/decisions/0104-what-came-in-between-is-of-enough.md). None without a calendar.
{% set kind = ['survey_type', 'definition_version'] -%}
{% set group = kind + ['segment'] -%}
{% set cell = group + nps_dimensions() -%}
{% set bands = nps_band_counts() -%}
{% set until_now -%}
    over (partition by {{ cell | join(', ') }} order by until_date rows between unbounded preceding and current row)
{%- endset -%}
{% set before -%}
    over (partition by {{ cell | join(', ') }} order by until_date rows between unbounded preceding and 1 preceding)
{%- endset -%}
{% set in_group = 'over (partition by ' ~ group | join(', ') ~ ', until_date)' -%}

with daily as (
    select * from {{ ref('fct_nps_daily') }}
),

slices as (
    select * from {{ ref('dim_period_slices') }}
),

units as (
    select
        figures,
        case release_unit when 'year' then 12 when 'quarter' then 3 else 1 end as months
    from {{ ref('release_calendar') }}
),

calendar as (
    select
        max(case when figures = 'company' then months end) as company_months,
        max(case when figures = 'members' then months end) as members_months
    from units
),

floors as (
    select
        floors.definition_version,
        floors.minimum_responses,
        calendar.company_months,
        calendar.members_months
    from {{ ref('reportability_floors') }} as floors
    cross join calendar
    where
        floors.reportability = 'interval_only'
        and calendar.company_months is not null
),

-- nobody has answered after as-of
boundaries as (
    select
        slice_start as boundary,
        least(slice_start, cast({{ as_of() }} as date)) as until_date
    from slices
    union distinct
    select
        slice_end as boundary,
        least(slice_end, cast({{ as_of() }} as date)) as until_date
    from slices
),

until_dates as (
    select distinct
        until_date,
        case
            when until_date = cast({{ dbt.date_trunc('year', 'until_date') }} as date) then 12
            when until_date = cast({{ dbt.date_trunc('quarter', 'until_date') }} as date) then 3
            when until_date = cast({{ dbt.date_trunc('month', 'until_date') }} as date) then 1
            else 0
        end as months
    from boundaries
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

cells as (
    select distinct
        {{ cell | join(',\n        ') }}
    from segmented_counts
),

-- what each cell has until each date
upto as (
    select
        {{ qualified('cells', cell) }},
        until_dates.until_date,
        {% for band in bands %}
            coalesce(
                sum(segmented_counts.{{ band }}) over (
                    partition by {{ qualified('cells', cell) }}
                    order by until_dates.until_date
                    rows between unbounded preceding and 1 preceding
                ),
                0
            ) as {{ band }},
        {% endfor %}
        floors.minimum_responses,
        case
            when cells.segment = 'company' and until_dates.months >= floors.company_months then 1
            when cells.segment <> 'company' and until_dates.months >= floors.members_months then 1
            else 0
        end as is_release
    from cells
    inner join floors on cells.definition_version = floors.definition_version
    cross join until_dates
    left join segmented_counts
        on
            {{ same('cells', 'segmented_counts', cell) }}
            and until_dates.until_date = segmented_counts.slice_start
),

-- since the release day before
came as (
    select
        {{ cell | join(',\n        ') }},
        until_date,
        {% for band in bands %}
            {{ band }} - coalesce(max({{ band }}) {{ before }}, 0) as {{ band }},
        {% endfor %}
        minimum_responses
    from upto
    where is_release = 1
),

measured as (
    select
        *,
        {{ bands | join(' + ') }} as responses,
        case when {{ tells_of_enough('') | indent(8) }} then 1 else 0 end as is_enough,
        sum({{ bands | join(' + ') }}) {{ in_group }} as responses_of_group,
        row_number() over (
            partition by {{ cell | join(', ') }}
            order by until_date
        ) as place
    from came
),

-- a cell is told as it was when anybody answered last
judged as (
    select
        *,
        coalesce(mod(max(case when responses > 0 then 2 * place + is_enough end) {{ until_now }}, 2), 1)
            as is_told_alone,
        max(case when responses > 0 and is_enough = 0 then 1 else 0 end) over (
            partition by {{ group | join(', ') }}
            order by until_date
            range between unbounded preceding and current row
        ) as is_ever_few
    from measured
    where responses_of_group > 0
),

companies as (
    select
        {{ kind | join(',\n        ') }},
        until_date,
        is_told_alone
    from judged
    where segment = 'company'
),

together as (
    select
        *,
        {% for band in bands %}
            sum((1 - is_told_alone) * {{ band }}) {{ in_group }} as {{ band }}_untold,
        {% endfor %}
        max(case when is_told_alone = 1 and responses > 0 then 1 else 0 end) {{ in_group }} as is_any_enough,
        row_number() over (
            partition by
                {{ group | join(', ') }},
                until_date,
                case when is_told_alone = 1 and responses > 0 then 1 else 0 end
            order by md5(
                case segment
                    {% for dimension in explaining_dimensions() %}
                        when '{{ dimension }}' then {{ dimension }}
                    {% endfor %}
                end || '|' || cast(until_date as {{ dbt.type_string() }})
            )
        ) as place_beside
    from judged
),

-- Once a member had few, others wait with it: what those that wait got last is of enough together.
members as (
    select
        *,
        case
            when is_told_alone = 0 then 0
            when is_ever_few = 0 then 1
            when {{ tells_of_enough('_untold') | indent(12) }} then 1
            when is_any_enough = 1 and (responses = 0 or place_beside > 1) then 1
            else 0
        end as is_told_beside
    from together
    where
        segment in (
            {{ explaining_dimension_names() }}
        )
),

few_members as (
    select distinct
        {{ group | join(',\n        ') }},
        until_date,
        is_ever_few
    from members
),

sided as (
    select
        *,
        {{ nps_crossed_side('row', 'name') | indent(8) }} as row_dimension,
        {{ nps_crossed_side('column', 'name') | indent(8) }} as column_dimension
    from together
    where
        segment in (
            {{ nps_crossed_segment_names() }}
        )
),

-- cells of two dimensions are told where none of them ever had few, nor a member of either
crossed as (
    select
        {{ qualified('sided', cell) }},
        sided.until_date,
        case
            when sided.is_ever_few + of_rows.is_ever_few + of_columns.is_ever_few = 0 then 1
            else 0
        end as is_told_beside
    from sided
    {% for side in ['row', 'column'] %}
        inner join few_members as of_{{ side }}s
            on
                {{ same('sided', 'of_' ~ side ~ 's', kind + ['until_date']) | indent(8) }}
                and sided.{{ side }}_dimension = of_{{ side }}s.segment
    {% endfor %}
),

split as (
    select
        {{ cell | join(',\n        ') }},
        until_date,
        is_told_beside
    from members
    union all
    select
        {{ cell | join(',\n        ') }},
        until_date,
        is_told_beside
    from crossed
),

-- nobody is told when the company is not
told as (
    select
        {{ qualified('split', cell) }},
        split.until_date,
        split.is_told_beside * companies.is_told_alone as is_told
    from split
    inner join companies on {{ same('split', 'companies', kind + ['until_date']) }}
    union all
    select
        {{ cell | join(',\n        ') }},
        until_date,
        is_told_alone as is_told
    from judged
    where segment = 'company'
),

dated as (
    select
        {{ qualified('upto', cell) }},
        upto.until_date,
        upto.{{ bands | join(' + upto.') }} as responses,
        case when upto.is_release = 1 then upto.{{ bands | join(' + upto.') }} end as released_responses,
        told.is_told,
        row_number() over (
            partition by {{ qualified('upto', cell) }}
            order by upto.until_date
        ) as place
    from upto
    left join told
        on
            {{ same('upto', 'told', cell) }}
            and upto.until_date = told.until_date
),

unreleased as (
    select
        {{ cell | join(',\n        ') }},
        until_date,
        responses - coalesce(max(released_responses) {{ until_now }}, 0) as responses_since,
        coalesce(mod(max(2 * place + is_told) {{ until_now }}, 2), 1) as is_told
    from dated
)

select
    {{ qualified('unreleased', cell) }},
    boundaries.boundary as unreleased_date
from unreleased
inner join boundaries on unreleased.until_date = boundaries.until_date
where
    unreleased.responses_since > 0
    or unreleased.is_told = 0
