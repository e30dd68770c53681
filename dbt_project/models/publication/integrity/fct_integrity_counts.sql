-- What is counted for each signal in the 365 days up to as-of: how many of how many, by branch and employee.
{% set columns = ['survey_type', 'definition_version'] -%}

with flagged as (
    select distinct answer_key from {{ ref('fct_answer_flags') }}
),

answers as (
    select
        answers.*,
        case when flagged.answer_key is null then 0 else 1 end as is_flagged
    from {{ ref('fct_survey_responses') }} as answers
    left join flagged on answers.answer_key = flagged.answer_key
    where answers.is_counted
),

recent as (
    select * from answers
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

{% for kind, subject in integrity_subjects().items() %}
    given_by_{{ kind }} as (
        select
            {{ columns | join(', ') }},
            {{ subject }} as subject,
            likelihood_score,
            count(*) as answers,
            sum(case when nps_band = 'promoter' then 1 else 0 end) as promoters,
            sum(is_flagged) as flagged
        from recent
        group by {{ columns | join(', ') }}, {{ subject }}, likelihood_score
    ),

    totals_by_{{ kind }} as (
        select
            {{ columns | join(', ') }},
            subject,
            sum(answers) as answers,
            sum(promoters) as promoters,
            sum(flagged) as flagged
        from given_by_{{ kind }}
        group by {{ columns | join(', ') }}, subject
    ),
{% endfor %}

counted as (
    {% for kind, subject in integrity_subjects().items() %}
        {% for signal, counts in {'promoters': 'promoters', 'flagged_answers': 'flagged'}.items() %}
            select
                '{{ signal }}' as signal, -- noqa: RF04
                '{{ kind }}' as subject_kind,
                {{ columns | join(', ') }},
                subject,
                cast(null as integer) as score_value,
                {{ counts }} as observed,
                answers as exposure
            from totals_by_{{ kind }}
            union all
        {% endfor %}
        select
            'bounced_invitations' as signal, -- noqa: RF04
            '{{ kind }}' as subject_kind,
            {{ columns | join(', ') }},
            {{ subject }} as subject,
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
            cast(null as integer) as score_value,
            sum(is_skipped) as observed,
            count(*) as exposure
        from unhappy
        group by {{ columns | join(', ') }}, {{ subject }}
        union all
        select
            'score_spike' as signal, -- noqa: RF04
            '{{ kind }}' as subject_kind,
            {{ qualified('totals', columns) | indent(12) }},
            totals.subject,
            scale.score as score_value,
            coalesce(given.answers, 0) as observed,
            totals.answers as exposure
        from totals_by_{{ kind }} as totals
        inner join {{ ref('nps_score_bands') }} as scale
            on totals.definition_version = scale.definition_version
        left join given_by_{{ kind }} as given
            on
                {{ same('totals', 'given', columns + ['subject']) | indent(4) }}
                and scale.score = given.likelihood_score
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    counted.signal,
    counted.subject_kind,
    counted.survey_type,
    counted.definition_version,
    counted.subject,
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
