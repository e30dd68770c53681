-- Cells with enough answers that are hidden all the same, or others with few would follow from them: in each
-- window of a score or a change (docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md). A window
-- that begins or ends where its cell must not be divided, or be told yet, counts among those with few.
{% set window = ['survey_type', 'measure', 'window_start', 'window_end', 'definition_version'] -%}
{% set cell = ['measure', 'survey_type', 'segment'] + nps_dimensions() + ['definition_version'] -%}
{% set beside = window + ['segment'] -%}
{% set crossing = beside + ['row_line', 'column_line'] -%}

with windows as (
    select
        'in_period' as measure,
        *
    from {{ ref('fct_nps_windows') }}
    union all
    select
        'current_state' as measure,
        *
    from {{ ref('fct_nps_current_states') }}
),

undivided as (
    select
        'in_period' as measure,
        {{ (cell | reject('equalto', 'measure') | list + ['undivided_date']) | join(',\n        ') }}
    from {{ ref('fct_nps_undivided_dates') }}
    {% for measure in ['in_period', 'current_state'] %}
        union distinct
        select
            '{{ measure }}' as measure,
            {{ (cell | reject('equalto', 'measure') | list) | join(',\n            ') }},
            unreleased_date as undivided_date
        from {{ ref('fct_nps_unreleased_dates') }}
    {% endfor %}
),

counted as (
    select
        windows.*,
        floors.minimum_responses,
        case
            when
                windows.responses < floors.minimum_responses
                or at_start.segment is not null
                or at_end.segment is not null
                then 1
            else 0
        end as is_few
    from windows
    inner join {{ ref('reportability_floors') }} as floors
        on windows.definition_version = floors.definition_version
    {% for date, side in {'window_start': 'at_start', 'window_end': 'at_end'}.items() %}
        left join undivided as {{ side }}
            on
                {{ same('windows', side, cell) | indent(8) }}
                and windows.{{ date }} = {{ side }}.undivided_date
    {% endfor %}
    where floors.reportability = 'interval_only'
),

-- the members of one dimension add up to the company
members as (
    select
        *,
        case segment
            {% for dimension in explaining_dimensions() %}
                when '{{ dimension }}' then {{ dimension }}
            {% endfor %}
        end as member,
        {{ hidden_beside('is_few', beside, nps_dimensions()) | indent(8) }} as is_hidden
    from counted
    where
        segment in (
            {{ explaining_dimension_names() }}
        )
),

-- what is split by two dimensions is a table, whose rows and columns add up to their members
crossed as (
    select
        *,
        {{ nps_crossed_side('row', 'name') | indent(8) }} as row_dimension,
        {{ nps_crossed_side('row', 'member') | indent(8) }} as row_member,
        {{ nps_crossed_side('column', 'name') | indent(8) }} as column_dimension,
        {{ nps_crossed_side('column', 'member') | indent(8) }} as column_member
    from counted
    where
        segment in (
            {{ nps_crossed_segment_names() }}
        )
),

-- members that are not shown are one line: only what they have together is known
lined as (
    select
        crossed.*,
        case when of_rows.is_hidden = 1 then '(hidden)' else crossed.row_member end as row_line,
        case when of_columns.is_hidden = 1 then '(hidden)' else crossed.column_member end as column_line
    from crossed
    inner join members as of_rows
        on
            {{ same('crossed', 'of_rows', window) }}
            and crossed.row_dimension = of_rows.segment
            and crossed.row_member = of_rows.member
    inner join members as of_columns
        on
            {{ same('crossed', 'of_columns', window) }}
            and crossed.column_dimension = of_columns.segment
            and crossed.column_member = of_columns.member
),

hidden_in_rows as (
    select
        *,
        {{ hidden_beside('is_few', beside + ['row_line'], nps_dimensions()) | indent(8) }} as is_hidden_in_row
    from lined
),

hidden_in_lines as (
    select
        *,
        {{ hidden_beside('is_hidden_in_row', beside + ['column_line'], nps_dimensions()) | indent(8) }}
            as is_hidden
    from hidden_in_rows
),

cells as (
    select
        *,
        row_number() over (
            partition by {{ crossing | join(', ') }}
            order by is_hidden desc, responses, {{ by_digest(nps_dimensions()) }}
        ) as place
    from hidden_in_lines
),

crossings as (
    select
        {{ crossing | join(',\n        ') }},
        max(is_hidden) as is_hidden,
        sum(is_hidden) as hidden_cells,
        case when max(is_hidden) = 1 then 0 else min(responses) end as lost
    from cells
    group by
        {{ crossing | join(',\n        ') }}
),

-- the sums of rows and columns do not tell a hidden cell at the corner of a rectangle of hidden cells: what
-- it has more, its neighbours have less
neighbours as (
    select
        {{ qualified('one', crossing) }},
        count(*) over (
            partition by {{ qualified('one', beside) }}, one.column_line, other.column_line
        ) as rows_of_both
    from crossings as one
    inner join crossings as other
        on
            {{ same('one', 'other', beside + ['row_line']) }}
            and one.column_line <> other.column_line
    where
        one.is_hidden = 1
        and other.is_hidden = 1
),

corners as (
    select distinct
        {{ crossing | join(',\n        ') }}
    from neighbours
    where rows_of_both > 1
),

exposed as (
    select {{ qualified('cells', crossing) }}
    from cells
    inner join crossings on {{ same('cells', 'crossings', crossing) }}
    left join corners on {{ same('cells', 'corners', crossing) }}
    where
        cells.is_few = 1
        and crossings.hidden_cells = 1
        and corners.segment is null
),

-- it gets the rectangle that hides the fewest answers
rectangles as (
    select
        {{ qualified('exposed', crossing) }},
        across.column_line as other_column,
        along.row_line as other_row,
        row_number() over (
            partition by {{ qualified('exposed', crossing) }}
            order by
                across.lost + along.lost + opposite.lost,
                {{ by_digest(['across.column_line', 'along.row_line']) }}
        ) as place
    from exposed
    inner join crossings as across
        on
            {{ same('exposed', 'across', beside + ['row_line']) }}
            and exposed.column_line <> across.column_line
    inner join crossings as along
        on
            {{ same('exposed', 'along', beside + ['column_line']) }}
            and exposed.row_line <> along.row_line
    inner join crossings as opposite
        on
            {{ same('along', 'opposite', beside + ['row_line']) }}
            and across.column_line = opposite.column_line
),

taken as (
    {% for row, column in [
        ['row_line', 'other_column'], ['other_row', 'column_line'], ['other_row', 'other_column']
    ] %}
        select
            {{ beside | join(',\n            ') }},
            {{ row }} as row_line,
            {{ column }} as column_line
        from rectangles
        where place = 1
        {{ 'union distinct' if not loop.last }}
    {% endfor %}
)

select
    {{ beside | join(',\n    ') }},
    {{ nps_dimension_columns() }}
from counted
where
    is_few = 1
    and responses >= minimum_responses
union all
select
    {{ beside | join(',\n    ') }},
    {{ nps_dimension_columns() }}
from members
where is_hidden > is_few
union all
select
    {{ qualified('cells', beside) }},
    {{ nps_dimension_columns('cells') }}
from cells
left join taken on {{ same('cells', 'taken', crossing) }}
where
    cells.is_few = 0
    and (cells.is_hidden = 1 or (cells.place = 1 and taken.segment is not null))
