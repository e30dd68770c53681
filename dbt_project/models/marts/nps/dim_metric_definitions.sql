with formulas as (
    {% for element, item, value_text, description in nps_formulas() %}
        select
            '{{ element }}' as element,
            cast(null as string) as table_name,
            '{{ item }}' as item,
            '{{ value_text }}' as value_text,
            {{ dbt.string_literal(dbt.escape_single_quotes(description)) }} as description
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

bands as (
    select
        definition_version,
        'score_band' as element,
        'nps_score_bands' as table_name,
        nps_band as item,
        cast(min(score) as string) || '-' || cast(max(score) as string) as value_text,
        'Scores of the band; each weighs ' || cast(min(nps_weight) as string) as description
    from {{ ref('nps_score_bands') }}
    group by definition_version, nps_band
),

windows as (
    select
        definition_version,
        'quarantine_window' as element,
        'nps_quarantine_windows' as table_name,
        survey_type as item,
        cast(window_days as string) || ' days' as value_text,
        'A later answer of the person for the same touchpoint replaces one in the window' as description
    from {{ ref('nps_quarantine_windows') }}
),

tiers as (
    select
        definition_version,
        'customer_value_tier' as element,
        'customer_value_tiers' as table_name,
        customer_value_tier as item,
        cast(minimum_amount as string) as value_text,
        'Least recognised revenue of the 365 days before the answer, in EUR' as description
    from {{ ref('customer_value_tiers') }}
),

floors as (
    select
        definition_version,
        'reportability' as element,
        'reportability_floors' as table_name,
        reportability as item,
        cast(minimum_responses as string) || ' responses' as value_text,
        'Least number of counted answers; applied last, on what is shown' as description
    from {{ ref('reportability_floors') }}
),

limits as (
    select
        definition_version,
        'publication_limit' as element,
        'publication_limits' as table_name,
        limit_name || ' of each ' || applies_to as item,
        cast(maximum as string) || ' ' || unit || ', where it affects ' || cast(minimum_count as string)
        || ' or more' as value_text,
        'More than this stops publication, unless a person accepts it; then: ' || remedy as description
    from {{ ref('publication_limits') }}
),

dispositions as (
    select
        'disposition' as element,
        cast(null as string) as table_name,
        disposition as item,
        'precedence ' || cast(precedence as string) as value_text,
        description
    from {{ ref('answer_dispositions') }}
),

stages as (
    select
        definition_version,
        'journey_stage' as element,
        'journey_stages' as table_name,
        journey_stage as item,
        'place ' || cast(journey_order as string) as value_text,
        description
    from {{ ref('journey_stages') }}
),

-- registered by its own period and not by version: shown with every version in force meanwhile
questions as (
    select
        definitions.definition_version,
        'question' as element,
        'nps_questions' as table_name,
        questions.source || '/' || questions.survey_id || '/' || questions.question_id as item,
        questions.survey_type || ', ' || questions.touchpoint as value_text,
        questions.reason || '. Scale ' || cast(questions.scale_min as string)
        || '-' || cast(questions.scale_max as string)
        || ', wording ' || cast(questions.wording_version as string)
        || ', from ' || cast(questions.valid_from as string)
        || coalesce(' to ' || cast(questions.valid_to as string), '')
        || ', approved by ' || questions.approved_by as description
    from {{ ref('nps_questions') }} as questions
    inner join {{ ref('nps_definitions') }} as definitions
        on {{ nps_in_force_together('questions', 'definitions') }}
),

approvals as (
    select
        definition_version,
        'approval' as element,
        table_name,
        table_name as item,
        content_hash as value_text,
        reason as description
    from {{ ref('int_approvals__last') }}
),

elements as (
    select
        definitions.definition_version,
        formulas.*
    from {{ ref('nps_definitions') }} as definitions
    cross join formulas
    union all
    select
        definitions.definition_version,
        dispositions.*
    from {{ ref('nps_definitions') }} as definitions
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
    select * from limits
    union all
    select * from stages
    union all
    select * from questions
    union all
    select * from approvals
)

select
    definitions.definition_version,
    definitions.valid_from,
    definitions.valid_to,
    definitions.reason,
    elements.element,
    elements.item,
    elements.value_text,
    elements.description,
    approved.author,
    approved.proposed_on,
    approved.approved_by,
    approved.approved_on,
    approved.approved_as,
    approved.content_hash
from elements
inner join {{ ref('nps_definitions') }} as definitions
    on elements.definition_version = definitions.definition_version
left join {{ ref('int_approvals__last') }} as approved
    on
        elements.definition_version = approved.definition_version
        and elements.table_name = approved.table_name
