{{ config(materialized='view') }}

with versions as (

    select * from {{ ref('int_survey_answer_versions__numbered') }}

),

final as (

    select
        answer_key,
        source,
        trim(response_id) as response_id,
        trim(survey_id) as survey_id,
        trim(question_id) as question_id,
        score,
        responded_at,
        started_at,
        event_at,
        {{ identity_key('invitation_id') }} as invitation_id,
        {{ identity_key('account_id') }} as given_account_key,
        {{ identity_key('contact_id') }} as given_contact_key,
        {{ identity_key('branch_id') }} as given_branch_key,
        {{ identity_key('respondent_email') }} as respondent_email,
        {{ text_value('employee_id') }} as employee_id,
        {{ text_value('device_id') }} as device_id,
        {{ identity_key('channel') }} as channel,
        {{ text_value('language') }} as language, -- noqa: RF04
        comment,
        coalesce(is_test, false) as is_test,
        loaded_at,
        load_id,
        version_count
    from versions
    where version_number = 1

)

select * from final
