"""Who is compared with whom, and what may be named as a cause."""

from typing import Final

from tests.mutation.mutations import Mutation, change

CAUSES: Final = "dbt_project/models/publication/nps_root_causes.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "answers_of_an_account_for_independent",
        "takes each answer of an account for evidence of its own, and names the innocent",
        CAUSES,
        "        coalesce(account_key, person_key) as cluster_key,\n",
        "        answer_key as cluster_key,\n",
    ),
    change(
        "causes_within_hidden_cells",
        "compares tiers within stages that are hidden, so that the ratio tells what few people said",
        CAUSES,
        "        or shown_strata.stratum is not null\n",
        "        or true\n",
    ),
    change(
        "causes_beside_hidden_strata",
        "compares a tier with all of a stage that is hidden, where their cell is shown",
        CAUSES,
        "                and strata_shown.segment = '{{ stratum }}'\n",
        "                and strata_shown.segment in ('{{ stratum }}', cells.segment)\n",
    ),
    change(
        "causes_alone",
        "believes each value by its own p-value, however many are looked at",
        CAUSES,
        "        when corrected.q_value > 0.05 then",
        "        when corrected.p_value > 0.05 then",
    ),
)
