-- Fails with each request to erase that is limited to a source no answers come from: it would erase
-- nothing, and nobody would know. Correct `source` in the file in inbox/surveys/erasures, or leave it
-- empty for all.
with final as (
    select
        erasure_id,
        limited_to_source,
        file_name
    from {{ ref('stg_files__erasures') }}
    where
        lower(trim(limited_to_source)) not in (
            {% for vendor, entities in vendor_entities().items() if 'responses' in entities %}
                '{{ vendor }}',
            {% endfor %}
            ''
        )
)

select * from final
