"""Who is suspected, beside whom, and what of it is shown."""

from typing import Final

from tests.mutation.mutations import Mutation, change

COUNTS: Final = "dbt_project/models/publication/integrity/fct_integrity_counts.sql"
TESTS: Final = "dbt_project/models/publication/integrity/fct_integrity_tests.sql"
FLAGS: Final = "dbt_project/models/publication/integrity/fct_answer_flags.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "suspects_among_the_others",
        "compares a subject with all of its family, itself among them",
        TESTS,
        "partition by {{ group | join(', ') }}) - {{ value }} as {{ double() }}",
        "partition by {{ group | join(', ') }}) as {{ double() }}",
    ),
    change(
        "branches_without_a_difference",
        "takes what branches differ by themselves for cheating",
        TESTS,
        "/ excess - 1\n",
        "/ 0.001 - 1\n",
    ),
    change(
        "bounces_of_every_day",
        "counts invitations of all years for the bounces of one",
        COUNTS,
        "        and sent_date >= {{ integrity_window_start() }}\n",
        "",
    ),
    change(
        "too_fast_is_half_the_median",
        "flags an answer that took less than half of its survey's median",
        FLAGS,
        "3 * timed.duration < medians.median_duration",
        "2 * timed.duration < medians.median_duration",
    ),
    change(
        "bonuses_of_others",
        "takes the bonus days of any branch for those of every branch",
        COUNTS,
        "on recent.branch = own.branch and recent.response_date",
        "on recent.response_date",
    ),
    change(
        "surveys_among_each_other",
        "compares the latest days of a survey with those of other surveys",
        TESTS,
        "case when slice is not null then subject end as compared_within",
        "cast(null as {{ dbt.type_string() }}) as compared_within",
    ),
    change(
        "times_past_are_judged",
        "judges a survey's earlier days by its latest",
        TESTS,
        "other_subjects >= 4 and slice = 0",
        "other_subjects >= 4",
    ),
    change(
        "what_comments_say_of_a_branch",
        "counts comments that mention being asked among the flags whose p is told",
        COUNTS,
        "case when signal <> 'asked_for_score' then 1 else 0 end",
        "1",
    ),
)
