{{ repeated_versions(ref('int_survey_answer_versions__unioned'), 'answer_key') }}
