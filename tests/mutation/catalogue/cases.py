"""Which answers are followed up, by whom and by when."""

from typing import Final

from tests.mutation.mutations import Mutation, change

ANSWERS: Final = "dbt_project/models/publication/cases/fct_follow_up_answers.sql"
HOURS: Final = "dbt_project/models/marts/core/dim_branch_hours.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "the_last_rule_counts",
        "follows an answer up by the rule of the highest precedence",
        ANSWERS,
        "order by rules.precedence)",
        "order by rules.precedence desc)",
    ),
    change(
        "who_left_keeps_cases",
        "gives the cases of an account to its owner, who has left the company",
        ANSWERS,
        "case when coalesce(employees.is_active, true) then ruled.owner_id end as account_owner_id",
        "ruled.owner_id as account_owner_id",
    ),
    change(
        "half_an_hour_more",
        "gives half an hour more than the rule says",
        ANSWERS,
        "hours_to_answer * 3600 as due_second",
        "hours_to_answer * 3600 + 1800 as due_second",
    ),
    change(
        "open_on_days_off",
        "opens every branch on its holidays",
        HOURS,
        "    where everywhere.branch is null and its_own.branch is null\n",
        "",
    ),
    change(
        "hours_in_utc",
        "takes what the clock on the wall shows for UTC",
        HOURS,
        "{{ utc_moment('opens', 'time_zone') }} as opens_at",
        "opens as opens_at",
    ),
    change(
        "topics_make_no_difference",
        "follows up by the rule of a topic what the comment says nothing of",
        ANSWERS,
        "    where rules.topic = '*' or mentions.topic is not null\n",
        "",
    ),
    change(
        "lots_of_persons",
        "draws lots for each person, so that an account is on both sides",
        ANSWERS,
        "coalesce(account_key, person_key) as unit_key",
        "person_key as unit_key",
    ),
    change(
        "nobody_is_held_out",
        "opens cases for those whom the hold-out leaves alone",
        ANSWERS,
        "            when drawn.is_held_out then 'held_out'\n",
        "",
    ),
    change(
        "half_are_held_out",
        "takes 48 bits for 47, so that half as many are held out",
        "dbt_project/macros/follow_up.sql",
        "{{ percent }} * 281474976710656",
        "{{ percent }} * 140737488355328",
    ),
)
