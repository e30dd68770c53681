"""What figures are split by."""

from typing import Final

from tests.mutation.mutations import Mutation, change

FACTS: Final = "dbt_project/models/marts/nps/fct_survey_responses.sql"
CELLS: Final = "dbt_project/models/marts/nps/fct_nps_cells.sql"
SEGMENTS: Final = "dbt_project/macros/nps_segments.sql"
TIERS: Final = "demo/verdant/definition/customer_value_tiers.csv"
DAILY: Final = "dbt_project/models/marts/nps/fct_nps_daily.sql"
BLENDED: Final = "select\n    response_date,\n    survey_type,\n    definition_version,\n"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "tier_from_20_000",
        "lowers the threshold of key customers",
        TIERS,
        "2023.1,key,3,25000",
        "2023.1,key,3,20000",
    ),
    change(
        "tier_from_1", "asks a starter for some revenue", TIERS, "2023.1,starter,1,0", "2023.1,starter,1,1"
    ),
    change("tiers_out_of_order", "swaps two thresholds", TIERS, "2023.1,core,2,5000", "2023.1,core,2,50000"),
    change(
        "tier_without_its_minimum",
        "takes exactly 25,000 for less than 25,000",
        "dbt_project/macros/nps_ranges.sql",
        "{{ amount }} >= {{ ranges }}.at_least",
        "{{ amount }} > {{ ranges }}.at_least",
    ),
    change(
        "region_is_the_plan",
        "puts the plan into the region's column",
        FACTS,
        "{{ nps_member('answers.region') }} as region",
        "{{ nps_member('answers.plan') }} as region",
    ),
    change(
        "unknown_is_null",
        "leaves an unknown branch empty",
        FACTS,
        "{{ nps_member('branches.branch_id') }} as branch",
        "branches.branch_id as branch",
    ),
    change(
        "unknown_is_hidden",
        "leaves the members nobody knows out of the figures",
        CELLS,
        "    windows.segment in (",
        "    windows.branch <> 'Unassigned'\n    and windows.segment in (",
    ),
    change(
        "wrong_cross",
        "crosses branch with channel where it says stage",
        SEGMENTS,
        "'branch*journey_stage': ['branch', 'journey_stage']",
        "'branch*journey_stage': ['branch', 'channel']",
    ),
    change(
        "segment_missing",
        "loses a segment of the list",
        SEGMENTS,
        "        'channel': ['channel'],\n",
        "",
    ),
    change(
        "blended_in_the_counts",
        "adds up relationship and transactional answers",
        DAILY,
        BLENDED,
        BLENDED.replace("survey_type", "'relationship' as survey_type"),
    ),
    change(
        "a_state_in_every_period",
        "publishes current states under every grain that has the same days",
        CELLS,
        "    and (windows.measure = 'in_period' or periods.period_grain = 'trailing_365d')\n",
        "",
    ),
    change(
        "states_as_answers",
        "counts the current states again as answers in the period",
        CELLS,
        "        'current_state' as measure,",
        "        'in_period' as measure,",
    ),
)
