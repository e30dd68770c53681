"""Who is suspected, beside whom, and what of it is shown."""

from typing import Final

from tests.mutation.mutations import Mutation, change

COUNTS: Final = "dbt_project/models/publication/integrity/fct_integrity_counts.sql"
TESTS: Final = "dbt_project/models/publication/integrity/fct_integrity_tests.sql"
FLAGS: Final = "dbt_project/models/marts/integrity/fct_answer_flags.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "suspects_among_the_others",
        "compares a subject with all of its family, itself among them",
        TESTS,
        "partition by {{ group | join(', ') }}) - {{ value }} as double",
        "partition by {{ group | join(', ') }}) as double",
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
)
