-- Fails with each request to erase that names nobody, because all it names are placeholders such as
-- `anonymous` or `0`: it would erase nothing, and nobody would know. Correct the file in
-- inbox/surveys/erasures.
with keyed as (
    select
        erasure_id,
        file_name,
        {{ identity_key('response_id') }} as response_key,
        {{ customer_key('contact_id') }} as contact_key,
        {{ identity_key('email') }} as email,
        {{ identity_key('person_id') }} as person_id
    from {{ ref('stg_files__erasures') }}
),

final as (
    select
        erasure_id,
        file_name
    from keyed
    where
        response_key is null
        and {{ unless_placeholder('contact_key') }} is null
        and {{ unless_no_address('email') }} is null
        and {{ unless_placeholder('person_id') }} is null
)

select * from final
