"""What is shown of a figure, to whom, and beside what."""

from typing import Final

from tests.mutation.mutations import Mutation, change

FLOORS: Final = "demo/verdant/definition/reportability_floors.csv"
HIDDEN: Final = "dbt_project/models/marts/nps/fct_nps_hidden_windows.sql"
UNRELEASED: Final = "dbt_project/models/marts/nps/fct_nps_unreleased_dates.sql"
UNDIVIDED: Final = "dbt_project/models/marts/nps/fct_nps_undivided_dates.sql"
SCORES: Final = "dbt_project/models/publication/nps_scores.sql"
SCORECARDS: Final = "dbt_project/models/publication/branch_scorecards.sql"
ANSWERS: Final = "dbt_project/models/publication/nps_responses.sql"
DAILY: Final = "dbt_project/models/marts/nps/fct_nps_daily.sql"
CELLS: Final = "dbt_project/models/marts/nps/fct_nps_cells.sql"
EXCLUSIONS: Final = "dbt_project/models/publication/response_dispositions.sql"
BRIDGE: Final = "dbt_project/models/marts/nps/fct_nps_bridge.sql"
BRANCHES: Final = "dbt_project/models/intermediate/crm/int_branches__current.sql"
DEFINITION: Final = "dbt_project/models/publication/metric_definitions.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "floor_of_three",
        "shows figures of three answers",
        FLOORS,
        "2023.1,interval_only,5",
        "2023.1,interval_only,3",
    ),
    change(
        "floor_of_ten", "shows scores of ten answers", FLOORS, "2023.1,indicative,30", "2023.1,indicative,10"
    ),
    change(
        "floors_out_of_order", "swaps two floors", FLOORS, "2023.1,interval_only,5", "2023.1,interval_only,50"
    ),
    change("scores_of_few", "shows every score", SCORES, ", 'interval_only')", ")"),
    change(
        "hidden_who_all_said_the_same",
        "takes enough answers for safe though all of them are of one band",
        "dbt_project/macros/suppression.sql",
        ") = sum(responses) {{ smaller }}",
        ") < 0",
    ),
    change(
        "equal_ones_by_name",
        "decides by name which of equal figures is hidden, so otherwise in another collation",
        "dbt_project/macros/suppression.sql",
        "md5({{ names | join('), md5(') }})",
        "{{ names | join(', ') }}",
    ),
    change(
        "hidden_in_rows_only",
        "hides cells of two dimensions for others in their row, and not in their column",
        HIDDEN,
        "hidden_beside('is_hidden_in_row', beside + ['column_line'], nps_dimensions()) | indent(8) }}",
        "'is_hidden_in_row' }}",
    ),
    change(
        "rows_and_columns_by_themselves",
        "forgets what rows and columns tell together",
        HIDDEN,
        "        where place = 1\n",
        "        where place = 0\n",
    ),
    change(
        "members_not_shown_are_lines",
        "takes the sum of a member that is not shown for known",
        HIDDEN,
        "case when of_rows.is_hidden = 1 then",
        "case when 1 = 0 then",
    ),
    change(
        "windows_by_their_first_day",
        "looks where a window begins, and not where it ends, for what its cell must not tell apart",
        HIDDEN,
        "                or at_end.segment is not null\n",
        "",
    ),
    change(
        "months_without_the_rest_of_their_quarter",
        "divides a cell where enough answered before, though few did until the next date",
        UNDIVIDED,
        "                    and {{ tells_of_enough('_until') | indent(20) }}\n",
        "",
    ),
    change(
        "a_member_alone_undivided",
        "forgets that the members of a dimension tell what the only undivided one has",
        UNDIVIDED,
        "            is_company_undivided + undivided_members = 1\n",
        "            1 = 0\n",
    ),
    change(
        "few_told_by_the_next_publication",
        "tells of a cell on each release day, though few came since the one before",
        UNRELEASED,
        "    or unreleased.is_told = 0\n",
        "",
    ),
    change(
        "nobody_waits_with_the_only_one",
        "forgets that company and members tell what came to the only member that waits",
        UNRELEASED,
        "place_beside > 1",
        "place_beside > 0",
    ),
    change(
        "a_change_tells_of_the_score_before",
        "shows the change of a score from one that is hidden for others",
        "dbt_project/models/marts/statistics/fct_nps_changes.sql",
        "        and hidden_before.segment is null\n",
        "",
    ),
    change(
        "an_explanation_tells_of_a_hidden_member",
        "shows a member's score in an explained change though others hide it",
        "dbt_project/models/marts/statistics/fct_nps_change_cells.sql",
        "                or compared.is_hidden = 1\n",
        "",
    ),
    change(
        "counts_of_few",
        "shows the bands of four people",
        SCORES,
        "case when has_interval then {{ column }} end as {{ column }}",
        "{{ column }}",
    ),
    change(
        "interval_of_few",
        "shows the interval of four people",
        SCORES,
        "case when has_interval then nps_low end as nps_low",
        "nps_low",
    ),
    change(
        "suppressed_before_the_filter",
        "leaves out small groups before they are added up",
        "dbt_project/models/marts/nps/fct_nps_windows.sql",
        "        {{ nps_dimension_columns('daily') }}\n),\n",
        "        {{ nps_dimension_columns('daily') }}\n    having sum(daily.responses) > 1\n),\n",
    ),
    change(
        "small_cells_hidden",
        "hides cells below the floor altogether",
        CELLS,
        "where\n    windows.segment in (",
        "where\n    windows.responses >= 5\n    and windows.segment in (",
    ),
    change(
        "days_published",
        "publishes the day on which somebody answered",
        ANSWERS,
        "case when has_year then response_year end",
        "case when has_year then response_date end",
    ),
    change(
        "tiers_of_few_published",
        "tells of each answer its tier, though the score is hidden",
        ANSWERS,
        "case when has_tier then customer_value_tier else '(others)' end",
        "customer_value_tier",
    ),
    change(
        "stages_of_few_published",
        "tells of each answer its stage, though the score of tier and stage is hidden",
        ANSWERS,
        "case when has_stage then journey_stage else '(others)' end",
        "journey_stage",
    ),
    change(
        "excluded_answers_published",
        "publishes every answer as if it counted",
        ANSWERS,
        "    where is_counted\n",
        "    where score is not null\n",
    ),
    change(
        "scorecards_of_the_quarter",
        "shows branches the trailing quarter",
        SCORECARDS,
        "period_grain = 'trailing_365d'",
        "period_grain = 'trailing_90d'",
    ),
    change(
        "company_of_another_survey",
        "shows a branch the company's score of any survey type",
        SCORECARDS,
        "        latest.survey_type = company.survey_type\n        and latest.definition_version",
        "        company.survey_type = 'relationship'\n        and latest.definition_version",
    ),
    change(
        "pooled_scores_of_few",
        "shows pooled scores of a handful of answers",
        SCORECARDS,
        "case when latest.reportability <> 'interval_only' then comparisons.pooled_nps end as pooled_nps",
        "comparisons.pooled_nps",
    ),
    change(
        "states_on_the_scorecard",
        "shows branches the current states",
        SCORECARDS,
        "measure = 'in_period'",
        "measure = 'current_state'",
    ),
    change(
        "exclusions_by_quarter",
        "publishes exclusions by the quarter as if it were the month",
        EXCLUSIONS,
        "dbt.date_trunc('month', 'response_date')",
        "dbt.date_trunc('quarter', 'response_date')",
        count=2,
    ),
    change(
        "bridge_of_registered_questions",
        "leaves unregistered questions out of what a survey received",
        BRIDGE,
        "    left join surveys\n",
        "    inner join surveys\n",
    ),
    change(
        "bridge_takes_out_the_next_reason_too",
        "takes out a reason a line too early",
        BRIDGE,
        "lines.line_number < with_totals.precedence",
        "lines.line_number + 1 < with_totals.precedence",
    ),
    change(
        "bridge_by_its_own_answers",
        "shows the lines of a bridge although the figure it ends on is suppressed",
        "dbt_project/models/publication/nps_bridge.sql",
        "published.answers as voices",
        "bridges.answers as voices",
    ),
    change(
        "bridge_of_few",
        "shows the score on both sides of what few people said",
        "dbt_project/models/marts/nps/fct_nps_bridge_hidden.sql",
        "(tells = 1 or",
        "(tells = 2 or",
    ),
    change(
        "bridge_of_few_at_the_end",
        "shows the line before the last ones, which take out few together",
        "dbt_project/models/marts/nps/fct_nps_bridge_hidden.sql",
        "place = last_safe_place",
        "place > last_safe_place",
    ),
    change(
        "bridges_of_several_surveys",
        "shows the lines of each survey of a type",
        "dbt_project/models/marts/nps/fct_nps_bridge_hidden.sql",
        "having count(*) > 1",
        "having count(*) > 9",
    ),
    change(
        "latest_of_all_time",
        "takes each person's latest answer of all months for that of the month",
        "dbt_project/models/marts/nps/fct_nps_conventions.sql",
        "partition by responses.survey_type, periods.period_start, responses.person_key",
        "partition by responses.survey_type, responses.person_key",
    ),
    change(
        "region_for_a_name",
        "publishes a branch under its region's name",
        SCORES,
        "coalesce(branches.branch_name, cells.branch) as branch_name",
        "coalesce(branches.region, cells.branch) as branch_name",
    ),
    change(
        "region_for_a_name_on_the_scorecard",
        "shows a branch manager the region's name",
        SCORECARDS,
        "    latest.branch_name,\n",
        "    {{ nps_member('branches.region') }} as branch_name,\n",
    ),
    change(
        "name_for_a_region_on_the_scorecard",
        "shows a branch manager the branch's name as its region",
        SCORECARDS,
        "{{ nps_member('branches.region') }} as region",
        "{{ nps_member('branches.branch_name') }} as region",
    ),
    change(
        "region_for_a_name_everywhere",
        "reads a branch's region as its name",
        BRANCHES,
        "{{ text_value('branch_name') }} as branch_name",
        "{{ text_value('region') }} as branch_name",
    ),
    change(
        "half_a_definition",
        "publishes only half of the definition",
        DEFINITION,
        "from {{ ref('dim_metric_definitions') }}\n",
        "from {{ ref('dim_metric_definitions') }}\nwhere element <> 'score_band'\n",
    ),
)
