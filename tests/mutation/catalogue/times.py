"""When an answer was given, and which days a period holds."""

from typing import Final

from tests.mutation.mutations import Mutation, change

STAGED: Final = "dbt_project/models/staging/qualtrics/stg_qualtrics__responses.sql"
RECORDED: Final = "cast(recorded_at as timestamp) as responded_at"
DISPOSITIONED: Final = "dbt_project/models/intermediate/nps/int_survey_answers__dispositioned.sql"
FACTS: Final = "dbt_project/models/marts/nps/fct_survey_responses.sql"
PERIODS: Final = "dbt_project/models/marts/nps/dim_periods.sql"
GRAINS: Final = "dbt_project/macros/nps_periods.sql"
SLICES: Final = "dbt_project/macros/period_slices.sql"
STAYS: Final = "dbt_project/macros/current_states.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "new_york_time",
        "reads the vendor's times in New York's time zone",
        STAGED,
        RECORDED,
        "cast(recorded_at at time zone 'America/New_York' as timestamp) as responded_at",
    ),
    change(
        "session_in_new_york",
        "runs the models in a session that is not UTC",
        "dbt_project/profiles.yml",
        "threads: 2\n      settings:\n        TimeZone: UTC",
        "threads: 2\n      settings:\n        TimeZone: America/New_York",
    ),
    change(
        "dates_in_tokyo",
        "dates answers by the calendar of another office",
        FACTS,
        "cast(answers.responded_at as date) as response_date",
        "cast({{ dbt.dateadd('hour', 9, 'answers.responded_at') }} as date) as response_date",
    ),
    change(
        "when_it_began",
        "dates an answer by its start, not by when it was recorded",
        STAGED,
        RECORDED,
        "cast(coalesce(started_at, recorded_at) as timestamp) as responded_at",
    ),
    change(
        "periods_include_their_end",
        "lets a day belong to two periods",
        SLICES,
        "dates.{{ date }} < distinct_slices.slice_end",
        "dates.{{ date }} <= distinct_slices.slice_end",
    ),
    change("a_year_of_366_days", "makes the trailing year 366 days", GRAINS, "365}", "366}"),
    change("a_quarter_of_91_days", "makes the trailing quarter 91 days", GRAINS, "90,", "91,"),
    change(
        "months_begin_on_the_second",
        "shifts calendar periods by a day",
        PERIODS,
        "cast({{ dbt.date_trunc(grain, 'month_start') }} as date) as period_start",
        "cast({{ dbt.dateadd('day', 1, dbt.date_trunc(grain, 'month_start')) }} as date) as period_start",
    ),
    change(
        "change_against_the_year_before_last",
        "compares with the period before the previous one",
        PERIODS,
        "dbt.dateadd('month', -months, 'period_start')",
        "dbt.dateadd('month', -2 * months, 'period_start')",
    ),
    change(
        "as_of_is_ignored",
        "looks at everything up to tomorrow, whatever the run's end is",
        "dbt_project/macros/as_of.sql",
        "env_var('NPS_AS_OF', '') or tomorrow",
        "tomorrow",
    ),
    change(
        "states_of_the_day_itself",
        "takes an answer for current on the very day its successor came",
        STAYS,
        "distinct_stays.current_until > ends.period_end",
        "distinct_stays.current_until >= ends.period_end",
    ),
    change(
        "first_state",
        "takes a person's first answer for the current one",
        DISPOSITIONED,
        "            order by judged.responded_at, judged.answer_key\n",
        "            order by judged.responded_at desc, judged.answer_key desc\n",
    ),
    change(
        "state_over_survey_types",
        "takes an answer about a visit for the person's current relationship",
        DISPOSITIONED,
        "partition by judged.person_key, judged.survey_type, dispositions.is_counted",
        "partition by judged.person_key, dispositions.is_counted",
    ),
    change(
        "states_never_expire",
        "keeps an answer current for two years",
        DISPOSITIONED,
        "dbt.dateadd('day', 365, 'cast(responded_at as date)')",
        "dbt.dateadd('day', 730, 'cast(responded_at as date)')",
    ),
)
