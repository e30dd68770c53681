{{ repeated_versions(ref('int_survey_invitation_versions__unioned'), 'invitation_key') }}
