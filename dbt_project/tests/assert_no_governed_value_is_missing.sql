-- Fails with each field of the definition that is empty although it may not be.
{% set may_not_be_empty = {
    'nps_definitions': ['definition_version', 'valid_from', 'approved_by', 'reason'],
    'nps_score_bands': ['definition_version', 'score', 'nps_band', 'nps_weight'],
    'nps_questions': [
        'source', 'survey_id', 'question_id', 'wording_version', 'survey_type', 'touchpoint', 'valid_from',
        'approved_by'
    ],
    'nps_quarantine_windows': ['definition_version', 'survey_type', 'window_days'],
    'customer_value_tiers': ['definition_version', 'customer_value_tier', 'minimum_amount'],
    'reportability_floors': ['definition_version', 'reportability', 'minimum_responses'],
    'journey_stages': ['journey_stage', 'journey_order', 'description'],
    'answer_dispositions': ['disposition', 'precedence', 'is_counted', 'description'],
    'exchange_rates': ['currency', 'valid_from', 'rate_to_reporting', 'minor_units'],
    'own_email_domains': ['email_domain']
} -%}

with final as (
    {% for seed, columns in may_not_be_empty.items() %}
        select '{{ seed }}' as seed
        from {{ ref(seed) }}
        where {{ columns | join(' is null or ') }} is null
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
