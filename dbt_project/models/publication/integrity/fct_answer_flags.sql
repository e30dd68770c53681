-- Evidence in an answer's own moments, device, person and comment that it may not be a customer's own, or not
-- freely given. It stays counted or left out as it was: no model that counts reads this.
{% set few = 5 -%}
{% set burst_seconds = 300 -%}

with answers as (
    select
        answer_key,
        source,
        survey_id,
        survey_type,
        disposition,
        branch,
        person_key,
        device_id,
        is_staff,
        responded_at,
        {{ microseconds_between('started_at', 'responded_at') }}
            as duration
    from {{ ref('fct_survey_responses') }}
    where
        survey_type is not null
        and disposition not in ('erased', 'preview_or_test', 'unanswered')
),

-- a date alone is no moment
timed as (
    select
        *,
        row_number() over (partition by source, survey_id order by duration, answer_key) as duration_rank,
        count(*) over (partition by source, survey_id) as durations
    from answers
    where duration > 0
),

medians as (
    select
        source,
        survey_id,
        duration as median_duration
    from timed
    where duration_rank = floor((durations + 1) / 2.0)
),

devices as (
    select
        source,
        device_id
    from answers
    where device_id is not null
    group by source, device_id
    having count(distinct person_key) >= {{ few }}
),

followed as (
    select
        source,
        survey_id,
        branch,
        answer_key,
        responded_at,
        lag(responded_at, {{ few - 1 }}) over (
            partition by source, survey_id, branch
            order by responded_at, answer_key
        ) as earlier_at
    from answers
    where responded_at <> cast(cast(responded_at as date) as timestamp)
),

spanned as (
    select
        *,
        {{ microseconds_between('earlier_at', 'responded_at') }}
            as span
    from followed
),

-- whether an answer is the last of few within the time, 1 or 0; then so are those before it
ended as (
    select
        *,
        case when span <= {{ burst_seconds }} * 1000000 then 1 else 0 end as ends_burst
    from spanned
),

bursts as (
    select
        answer_key,
        max(ends_burst) over (
            partition by source, survey_id, branch
            order by responded_at, answer_key
            rows between current row and {{ few - 1 }} following
        ) as is_burst
    from ended
),

flagged as (
    select
        answer_key,
        'impossible_order' as signal -- noqa: RF04
    from answers
    where duration < 0 or disposition in ('before_invitation', 'before_event', 'in_future')
    union all
    select
        timed.answer_key,
        'too_fast' as signal -- noqa: RF04
    from timed
    inner join medians on timed.source = medians.source and timed.survey_id = medians.survey_id
    where timed.durations >= 30 and 3 * timed.duration < medians.median_duration
    union all
    select
        answer_key,
        'own_domain' as signal -- noqa: RF04
    from answers
    where is_staff
    union all
    select
        answers.answer_key,
        'one_device' as signal -- noqa: RF04
    from answers
    inner join devices on answers.source = devices.source and answers.device_id = devices.device_id
    union all
    select
        answer_key,
        'burst' as signal -- noqa: RF04
    from bursts
    where is_burst = 1
    union all
    select
        answers.answer_key,
        'asked_for_score' as signal -- noqa: RF04
    from answers
    inner join {{ source('topics', 'answer_topics') }} as answer_topics
        on answers.answer_key = answer_topics.answer_key
    where answer_topics.topic = 'asked_for_score'
)

select
    answer_key,
    signal
from flagged
