-- Invitations delivered and answered in each period, split like the scores, and in the windows before them,
-- split by the dimensions that explain a change. Whether one was answered is asked of those that were
-- delivered, so that a rate is never above one.
{% set keys = ['survey_type', 'definition_version'] -%}
{% set sums = {'answered_invitations': 'bigint', 'delivered_invitations': 'bigint'} -%}

with invitations as (
    select * from {{ ref('fct_survey_invitations') }}
    where
        survey_type is not null
        and is_delivered
        and sent_at < {{ as_of() }}
),

slices as (
    select * from {{ ref('dim_period_slices') }}
),

{{ sliced_dates('invitations', 'sent_date', 'slices') }},

sliced_counts as (
    select
        sliced_dates.slice_start,
        invitations.survey_type,
        invitations.definition_version,
        {{ nps_dimension_columns('invitations') }},
        sum(case when invitations.is_answered then 1 else 0 end) as answered_invitations,
        count(*) as delivered_invitations
    from invitations
    inner join sliced_dates on invitations.sent_date = sliced_dates.sent_date
    group by
        sliced_dates.slice_start,
        invitations.survey_type,
        invitations.definition_version,
        {{ nps_dimension_columns('invitations') }}
),

segmented_counts as (
    {{ nps_segmented('sliced_counts', nps_segments(), ['slice_start'] + keys, sums) }}
)

select
    segmented_counts.survey_type,
    slices.window_start as period_start,
    slices.window_end as period_end,
    segmented_counts.segment,
    {{ nps_dimension_columns('segmented_counts') }},
    segmented_counts.definition_version,
    cast(sum(segmented_counts.answered_invitations) as bigint) as answered_invitations,
    cast(sum(segmented_counts.delivered_invitations) as bigint) as delivered_invitations,
    cast(sum(segmented_counts.answered_invitations) as {{ double() }})
    / sum(segmented_counts.delivered_invitations) as response_rate
from segmented_counts
inner join slices on segmented_counts.slice_start = slices.slice_start
where
    slices.is_period
    or segmented_counts.segment in (
        {{ explaining_dimension_names() }}
    )
group by
    segmented_counts.survey_type,
    slices.window_start,
    slices.window_end,
    segmented_counts.segment,
    {{ nps_dimension_columns('segmented_counts') }},
    segmented_counts.definition_version
