-- Fails with each field of the definition that is empty or blank although it may not be: a threshold
-- without a value, a decision without a reason.
{{ config(meta={'dagster': {'ref': {'name': 'nps_definitions'}}}) }}
{% set may_not_be_empty = {
    'nps_definitions': ['definition_version', 'valid_from', 'reason'],
    'nps_score_bands': ['definition_version', 'score', 'nps_band', 'nps_weight'],
    'nps_questions': [
        'source', 'survey_id', 'question_id', 'wording_version', 'survey_type', 'touchpoint', 'valid_from',
        'approved_by', 'reason'
    ],
    'nps_quarantine_windows': ['definition_version', 'survey_type', 'window_days'],
    'customer_value_tiers': ['definition_version', 'customer_value_tier', 'tier_order', 'minimum_amount'],
    'reportability_floors': ['definition_version', 'reportability', 'minimum_responses'],
    'publication_limits': [
        'definition_version', 'limit_name', 'applies_to', 'maximum', 'unit', 'minimum_count', 'remedy'
    ],
    'journey_stages': ['definition_version', 'journey_stage', 'journey_order', 'description'],
    'answer_dispositions': ['disposition', 'precedence', 'is_counted', 'description']
} -%}

with final as (
    {% for seed, columns in may_not_be_empty.items() %}
        {% set last_seed = loop.last %}
        {% for column in columns %}
            select
                '{{ seed }}' as seed,
                '{{ column }}' as empty_column
            from {{ ref(seed) }}
            where {{ column }} is null or trim(cast({{ column }} as string)) = ''
            {{ 'union all' if not (loop.last and last_seed) }}
        {% endfor %}
    {% endfor %}
)

select * from final
