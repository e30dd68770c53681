-- Branches in which more was observed than the others explain, or in the days before a bonus than on others;
-- and surveys in which more was observed than before. Only the verdict is told where a number would tell what
-- is not published: how many gave one score, were unhappy before, or were asked for a score; and anything of
-- one survey.
{% set told = integrity_signal_names() -%}

with tests as (
    select
        *,
        subject_kind = 'branch' and signal in (
            {%- for signal, is_told in told.items() if is_told -%}
                {{ "'" ~ signal ~ "', " }}
            {%- endfor -%}
            '(none)'
        ) as is_told,
        row_number() over (
            partition by {{ integrity_family() | join(', ') }}, subject
            order by signal_p_value asc, observed / expected desc, score_value asc
        ) as place
    from {{ ref('fct_integrity_tests') }}
    where subject_kind in ('branch', 'survey')
)

select
    tests.survey_type,
    case
        when tests.subject_kind = 'branch' then {{ integrity_window_start() }}
        else cast({{ dbt.dateadd('day', '-' ~ integrity_slice_days(), as_of()) }} as date)
    end as period_start,
    cast({{ as_of() }} as date) as period_end,
    tests.definition_version,
    tests.signal,
    tests.subject_kind,
    case when tests.subject_kind = 'branch' then tests.subject else '(all)' end as branch,
    case when tests.subject_kind = 'survey' then tests.subject else '(all)' end as survey,
    case when tests.verdict = 'signal' then tests.score_value end as score_value,
    case
        when tests.subject_kind = 'branch' and tests.signal not in ('skipped_unhappy', 'bonus_promoters')
            then tests.exposure
    end as exposure,
    case
        when tests.is_told
            then cast(round(cast(tests.observed / tests.expected as numeric(38, 6)), 1) as {{ double() }})
    end as observed_ratio,
    case when tests.is_told then tests.signal_p_value end as signal_p_value,
    case when tests.is_told then tests.signal_q_value end as signal_q_value,
    tests.verdict,
    case
        when tests.subject_kind = 'branch' then coalesce(branches.branch_name, tests.subject)
        else '(all)'
    end as branch_name
from tests
left join {{ ref('dim_branches') }} as branches on lower(trim(tests.subject)) = branches.branch_key
where tests.place = 1
