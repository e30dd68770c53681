with definitions as (
    select * from {{ ref('nps_definitions') }}
),

formulas as (
    select
        'score' as element,
        'nps' as item,
        '100 * (promoters - detractors) / responses' as value_text,
        'Mean weight of the counted answers, from -100 to 100; passives are in the denominator' as description
    union all
    select
        'interval' as element,
        'adjusted Wald (3, T)' as item,
        'z = {{ nps_z() }}' as value_text,
        'Three answers are added (3/4 promoters, 3/2 passives, 3/4 detractors), then score -/+ z * standard'
        || ' error, clipped to the scale' as description
    union all
    select
        'measure' as element,
        'in_period' as item,
        'period_start <= answer < period_end' as value_text,
        'Every counted answer in the period; at most one per person, survey type and touchpoint within the'
        || ' quarantine window' as description
),

bands as (
    select
        definition_version,
        'score_band' as element,
        nps_band as item,
        cast(min(score) as varchar) || '-' || cast(max(score) as varchar) as value_text,
        'Scores of the band; each weighs ' || cast(min(nps_weight) as varchar) as description
    from {{ ref('nps_score_bands') }}
    group by definition_version, nps_band
),

windows as (
    select
        definition_version,
        'quarantine_window' as element,
        survey_type as item,
        cast(window_days as varchar) || ' days' as value_text,
        'A later answer of the person for the same touchpoint replaces one in the window' as description
    from {{ ref('nps_quarantine_windows') }}
),

tiers as (
    select
        definition_version,
        'customer_value_tier' as element,
        customer_value_tier as item,
        cast(minimum_amount as varchar) as value_text,
        'Least recognised revenue of the 365 days before the answer, in EUR' as description
    from {{ ref('customer_value_tiers') }}
),

floors as (
    select
        definition_version,
        'reportability' as element,
        reportability as item,
        cast(minimum_responses as varchar) || ' responses' as value_text,
        'Least number of counted answers; applied last, on what is shown' as description
    from {{ ref('reportability_floors') }}
),

dispositions as (
    select
        'disposition' as element,
        disposition as item,
        'precedence ' || cast(precedence as varchar) as value_text,
        description
    from {{ ref('answer_dispositions') }}
),

-- registered by period of validity and not by version: shown with the version in force when it began
questions as (
    select
        definitions.definition_version,
        'question' as element,
        questions.source || '/' || questions.survey_id || '/' || questions.question_id as item,
        questions.survey_type || ', ' || questions.touchpoint as value_text,
        'Scale ' || cast(questions.scale_min as varchar) || '-' || cast(questions.scale_max as varchar)
        || ', wording ' || cast(questions.wording_version as varchar)
        || ', from ' || cast(questions.valid_from as varchar)
        || coalesce(' to ' || cast(questions.valid_to as varchar), '') as description
    from {{ ref('nps_questions') }} as questions
    inner join definitions on {{ nps_in_force('questions.valid_from', 'definitions') }}
),

elements as (
    select
        definitions.definition_version,
        formulas.*
    from definitions
    cross join formulas
    union all
    select
        definitions.definition_version,
        dispositions.*
    from definitions
    cross join dispositions
    union all
    select * from bands
    union all
    select * from windows
    union all
    select * from tiers
    union all
    select * from floors
    union all
    select * from questions
),

final as (
    select
        definitions.definition_version,
        definitions.valid_from,
        definitions.valid_to,
        definitions.approved_by,
        elements.element,
        elements.item,
        elements.value_text,
        elements.description
    from elements
    inner join definitions on elements.definition_version = definitions.definition_version
)

select * from final
