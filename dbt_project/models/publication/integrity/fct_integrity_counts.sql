-- What is counted for each signal, how many of how many: of branches and employees in the 365 days up to
-- as-of, of surveys and around bonus dates by slices of time. Slice 0 is judged by the others.
{% set columns = ['survey_type', 'definition_version'] -%}
{% set subjects = integrity_subjects() -%}
{% set of_answers = {'promoters': 'promoters', 'flagged_answers': 'flagged', 'score_begging': 'asked'} -%}
{% set slice_days = integrity_slice_days() -%}

with flags as (
    select
        answer_key,
        max(case when signal <> 'asked_for_score' then 1 else 0 end) as is_flagged,
        max(case when signal = 'asked_for_score' then 1 else 0 end) as is_asked
    from {{ ref('fct_answer_flags') }}
    group by answer_key
),

answers as (
    select
        answers.survey_type,
        answers.definition_version,
        answers.branch,
        answers.employee_id,
        answers.source || '/' || answers.survey_id as survey,
        answers.person_key,
        answers.answer_key,
        answers.responded_at,
        answers.response_date,
        answers.likelihood_score,
        answers.nps_band,
        coalesce(flags.is_flagged, 0) as is_flagged,
        coalesce(flags.is_asked, 0) as is_asked,
        cast({{ as_of() }} as date) as as_of_date
    from {{ ref('fct_survey_responses') }} as answers
    left join flags on answers.answer_key = flags.answer_key
    where answers.is_counted
),

dated as (
    select
        *,
        {{ dbt.datediff('response_date', 'as_of_date', 'day') }} as days_ago -- noqa: LT05
    from answers
),

sliced as (
    select
        *,
        cast(floor((days_ago - 1) / {{ slice_days }}.0) as integer) as slice
    from dated
),

recent as (
    select * from sliced
    where response_date >= {{ integrity_window_start() }}
),

invitations as (
    select * from {{ ref('fct_survey_invitations') }}
    where
        survey_type is not null
        and sent_date >= {{ integrity_window_start() }}
        and sent_at < {{ as_of() }}
),

-- a person's last answer before the window, where it was a detractor's
latest as (
    select
        *,
        row_number() over (
            partition by person_key, survey_type order by responded_at desc, answer_key desc
        ) as recency
    from answers
    where response_date < {{ integrity_window_start() }}
),

invited as (
    select distinct
        person_key,
        survey_type
    from invitations
),

inviting as (
    select distinct survey_type from invited
),

unhappy as (
    select
        latest.*,
        case when invited.person_key is null then 1 else 0 end as is_skipped
    from latest
    inner join inviting on latest.survey_type = inviting.survey_type
    left join invited
        on latest.person_key = invited.person_key and latest.survey_type = invited.survey_type
    where latest.recency = 1 and latest.nps_band = 'detractor'
),

-- the days up to 46, of which a bonus date asks for some
days as (
    {{ dbt.generate_series(46) | indent(4) }}
),

bonus_days as (
    select distinct
        trim(bonuses.branch) as branch,
        cast({{ dbt.dateadd('day', '1 - days.generated_number', 'bonuses.bonus_date') }} as date)
            as bonus_day
    from {{ ref('bonus_dates') }} as bonuses
    inner join days on bonuses.days_before >= days.generated_number - 1
),

bonus_days_of_all as (
    select bonus_day from bonus_days
    where branch = '*'
),

-- all days before bonuses are one slice, the other days of the year four
around_bonuses as (
    select
        recent.*,
        case
            when coalesce(of_all.bonus_day, own.bonus_day) is not null then 0
            else least(recent.slice, 3) + 1
        end as bonus_slice
    from recent
    left join bonus_days_of_all as of_all on recent.response_date = of_all.bonus_day
    left join bonus_days as own on recent.branch = own.branch and recent.response_date = own.bonus_day
),

given as (
    {% for kind, subject in subjects.items() %}
        select
            '{{ kind }}' as subject_kind,
            {{ columns | join(', ') }},
            {{ subject }} as subject,
            cast(null as integer) as slice,
            likelihood_score,
            count(*) as answers,
            sum(case when nps_band = 'promoter' then 1 else 0 end) as promoters,
            sum(is_flagged) as flagged,
            sum(is_asked) as asked
        from recent
        group by {{ columns | join(', ') }}, {{ subject }}, likelihood_score
        union all
    {% endfor %}
    select
        'survey' as subject_kind,
        {{ columns | join(', ') }},
        survey as subject,
        slice,
        likelihood_score,
        count(*) as answers,
        sum(case when nps_band = 'promoter' then 1 else 0 end) as promoters,
        sum(is_flagged) as flagged,
        sum(is_asked) as asked
    from sliced
    where slice < {{ integrity_slices() }}
    group by {{ columns | join(', ') }}, survey, slice, likelihood_score
),

totals as (
    select
        subject_kind,
        {{ columns | join(', ') }},
        subject,
        slice,
        sum(answers) as answers,
        sum(promoters) as promoters,
        sum(flagged) as flagged,
        sum(asked) as asked
    from given
    group by subject_kind, {{ columns | join(', ') }}, subject, slice
),

counted as (
    {% for signal, counts in of_answers.items() %}
        select
            '{{ signal }}' as signal, -- noqa: RF04
            subject_kind,
            {{ columns | join(', ') }},
            subject,
            slice,
            cast(null as integer) as score_value,
            {{ counts }} as observed,
            answers as exposure
        from totals
        {% if signal == 'score_begging' %}
            where slice is null
        {% endif %}
        union all
    {% endfor %}
    {% for kind, subject in subjects.items() %}
        select
            'bounced_invitations' as signal, -- noqa: RF04
            '{{ kind }}' as subject_kind,
            {{ columns | join(', ') }},
            {{ subject }} as subject,
            cast(null as integer) as slice,
            cast(null as integer) as score_value,
            sum(case when status = 'bounced' then 1 else 0 end) as observed,
            count(*) as exposure
        from invitations
        group by {{ columns | join(', ') }}, {{ subject }}
        union all
        select
            'skipped_unhappy' as signal, -- noqa: RF04
            '{{ kind }}' as subject_kind,
            {{ columns | join(', ') }},
            {{ subject }} as subject,
            cast(null as integer) as slice,
            cast(null as integer) as score_value,
            sum(is_skipped) as observed,
            count(*) as exposure
        from unhappy
        group by {{ columns | join(', ') }}, {{ subject }}
        union all
        select
            'bonus_promoters' as signal, -- noqa: RF04
            '{{ kind }}' as subject_kind,
            {{ columns | join(', ') }},
            {{ subject }} as subject,
            bonus_slice as slice,
            cast(null as integer) as score_value,
            sum(case when nps_band = 'promoter' then 1 else 0 end) as observed,
            count(*) as exposure
        from around_bonuses
        group by {{ columns | join(', ') }}, {{ subject }}, bonus_slice
        union all
    {% endfor %}
    select
        'score_spike' as signal, -- noqa: RF04
        totals.subject_kind,
        {{ qualified('totals', columns) | indent(4) }},
        totals.subject,
        totals.slice,
        scale.score as score_value,
        coalesce(given.answers, 0) as observed,
        totals.answers as exposure
    from totals
    inner join {{ ref('nps_score_bands') }} as scale
        on totals.definition_version = scale.definition_version
    left join given
        on
            {{ same('totals', 'given', ['subject_kind'] + columns + ['subject']) }}
            and coalesce(totals.slice, -1) = coalesce(given.slice, -1)
            and scale.score = given.likelihood_score
)

select
    counted.signal,
    counted.subject_kind,
    counted.survey_type,
    counted.definition_version,
    counted.subject,
    counted.slice,
    counted.score_value,
    cast(counted.observed as bigint) as observed,
    cast(counted.exposure as bigint) as exposure
from counted
inner join {{ ref('reportability_floors') }} as floors
    on counted.definition_version = floors.definition_version
left join {{ ref('branch_scorecards') }} as cards
    on
        {{ same('counted', 'cards', columns) }}
        and counted.subject = cards.branch
-- few are neither tested nor among those that others are compared with, and of answers neither is a branch
-- whose score is hidden: no p may tell what that score does not
where
    floors.reportability = 'indicative'
    and counted.exposure >= floors.minimum_responses
    and coalesce(counted.subject, 'Unassigned') <> 'Unassigned'
    and (
        counted.subject_kind <> 'branch'
        or counted.signal in ('bounced_invitations', 'skipped_unhappy')
        or cards.nps is not null
    )
