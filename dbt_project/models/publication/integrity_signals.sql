-- Branches in which more was observed than the others explain. Only the verdict is told where a number would
-- tell what is not published: how many gave one score, or were unhappy before.
{% set told = integrity_signal_names() -%}

with tests as (
    select
        *,
        signal in (
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
    where subject_kind = 'branch'
)

select
    tests.survey_type,
    {{ integrity_window_start() }} as period_start,
    cast({{ as_of() }} as date) as period_end,
    tests.definition_version,
    tests.signal,
    tests.subject as branch,
    case when tests.verdict = 'signal' then tests.score_value end as score_value,
    case when tests.signal <> 'skipped_unhappy' then tests.exposure end as exposure,
    case
        when tests.is_told
            then cast(round(cast(tests.observed / tests.expected as numeric(38, 6)), 1) as double)
    end as observed_ratio,
    case when tests.is_told then tests.signal_p_value end as signal_p_value,
    case when tests.is_told then tests.signal_q_value end as signal_q_value,
    tests.verdict,
    coalesce(branches.branch_name, tests.subject) as branch_name
from tests
left join {{ ref('dim_branches') }} as branches on lower(trim(tests.subject)) = branches.branch_key
where tests.place = 1
