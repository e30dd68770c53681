"""How sure a figure is, whether it has changed, and whom a branch may be compared with."""

from typing import Final

from tests.mutation.mutations import Mutation, change

STATISTICS: Final = "dbt_project/macros/nps_statistics.sql"
NORMAL: Final = "dbt_project/macros/normal_distribution.sql"
DISCOVERIES: Final = "dbt_project/macros/false_discoveries.sql"
MARTS: Final = "dbt_project/models/marts/statistics"
CHANGES: Final = f"{MARTS}/fct_nps_changes.sql"
CHANGE_CELLS: Final = f"{MARTS}/fct_nps_change_cells.sql"
EXPLAINED: Final = f"{MARTS}/fct_nps_changes_explained.sql"
BRANCHES: Final = f"{MARTS}/fct_branch_comparisons.sql"
STRATA: Final = f"{MARTS}/fct_nps_poststratified.sql"
RATES: Final = f"{MARTS}/fct_nps_response_rates.sql"
COVERAGE: Final = f"{MARTS}/fct_nps_revenue_coverage.sql"
INVITATIONS: Final = "dbt_project/models/marts/nps/fct_survey_invitations.sql"
SCORES: Final = "dbt_project/models/publication/nps_scores.sql"
SCORE: Final = "100 * cast({{ promoters }} - {{ detractors }} as {{ double() }}) / {{ responses }}"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change("scale_of_one", "publishes scores from -1 to 1", STATISTICS, SCORE, SCORE.replace("100 * ", "")),
    change(
        "score_without_passives",
        "divides by promoters and detractors",
        STATISTICS,
        SCORE,
        SCORE.replace("{{ responses }}", "nullif({{ promoters }} + {{ detractors }}, 0)"),
    ),
    change(
        "rounded_scores",
        "rounds scores to whole points",
        SCORES,
        "{{ nps_score('cells.promoters', 'cells.detractors', 'cells.responses') }} as nps,",
        "round({{ nps_score('cells.promoters', 'cells.detractors', 'cells.responses') }}) as nps,",
    ),
    change("z_is_rounded", "writes 1.96", STATISTICS, "1.959963984540054", "1.96"),
    change(
        "ninety_percent", "takes the quantile of 90 %", STATISTICS, "1.959963984540054", "1.644853626951473"
    ),
    change("nothing_added", "does not add three answers", STATISTICS, "' + 3)'", "' + 0)'"),
    change("thirds_added", "adds one of each band", STATISTICS, " + 0.75)'", " + 1)'", count=2),
    change("not_clipped", "lets an interval leave the scale", STATISTICS, "least(100,", "least(200,"),
    change(
        "variance_of_a_share",
        "forgets the square of the score in the variance",
        STATISTICS,
        "        - power(cast({{ promoters }} - {{ detractors }} as {{ double() }}) / {{ responses }}, 2)\n",
        "",
    ),
    change(
        "standard_error_of_the_adjusted",
        "publishes the standard error of the adjusted counts",
        SCORES,
        "{{ nps_standard_error('cells.promoters', 'cells.detractors', 'cells.responses') }}",
        "{{ nps_standard_error(*nps_adjusted('cells.promoters', 'cells.detractors', 'cells.responses')) }}",
    ),
    change(
        "one_sided",
        "halves every p",
        NORMAL,
        "    2 * {{ normal_upper_tail(",
        "    1 * {{ normal_upper_tail(",
    ),
    change("short_coefficient", "shortens a constant", NORMAL, "2.202068679123761e2", "2.2020e2"),
    change(
        "change_not_adjusted",
        "tests changes without the three answers",
        STATISTICS,
        "{%- set first_adjusted, second_adjusted = nps_adjusted(*first), nps_adjusted(*second) -%}",
        "{%- set first_adjusted, second_adjusted = first, second -%}",
    ),
    change(
        "change_reversed",
        "takes the new score from the old",
        CHANGES,
        "['promoters', 'detractors', 'responses'],\n"
        "            ['previous_promoters', 'previous_detractors', 'previous_responses']",
        "['previous_promoters', 'previous_detractors', 'previous_responses'],\n"
        "            ['promoters', 'detractors', 'responses']",
    ),
    change(
        "many_comparisons_uncorrected",
        "does not correct for many comparisons",
        DISCOVERIES,
        "count(*) over (partition by {{ family | join(', ') }}) * {{ p_value }}",
        "row_number() over (partition by {{ family | join(', ') }} order by {{ p_value }}) * {{ p_value }}",
    ),
    change(
        "bonferroni",
        "corrects without ranks",
        DISCOVERIES,
        "            / row_number() over (partition by {{ family | join(', ') }} order by {{ p_value }})",
        "",
    ),
    change(
        "q_not_monotone",
        "forgets the running minimum of q",
        DISCOVERIES,
        "range between unbounded preceding and current row",
        "range between current row and current row",
    ),
    change(
        "family_of_everything",
        "takes all segments for one family",
        CHANGES,
        "'period_end', 'segment', 'definition_version'",
        "'period_end', 'definition_version'",
    ),
    change(
        "changes_of_few",
        "shows changes of periods with too few answers",
        CHANGES,
        "where reportability = 'indicative'",
        "where reportability = 'interval_only'",
    ),
    change(
        "one_step_towards_the_company",
        "pools with a strength one too high",
        BRANCHES,
        "variance / true_variance - 1)",
        "variance / true_variance)",
    ),
    change(
        "no_pooling", "does not pool at all", BRANCHES, "greatest(1, least(responses,", "least(1, greatest(0,"
    ),
    change(
        "pooled_too_narrow",
        "divides the pooled variance twice by too little",
        BRANCHES,
        "branches.responses + strengths.strength + 1 as weight",
        "2 * (branches.responses + strengths.strength) as weight",
    ),
    change(
        "unknown_branch_is_pooled",
        "takes the answers without a branch for a branch",
        BRANCHES,
        " and latest.branch <> 'Unassigned'",
        "",
    ),
    change(
        "ranked_by_the_score",
        "ranks branches by their score, however uncertain",
        BRANCHES,
        "rivals.pooled_low > bounded.pooled_high",
        "rivals.pooled_nps > bounded.pooled_nps",
    ),
    change(
        "any_branch_stands_out",
        "calls a branch above whenever its score is",
        BRANCHES,
        "when corrected.comparison_q_value > 0.05 or corrected.comparison_q_value is null\n"
        "            then 'not distinguishable'\n        when corrected.pooled_low >",
        "when corrected.pooled_nps >",
    ),
    change(
        "compared_with_itself",
        "compares a branch with a company that includes it",
        BRANCHES,
        "'(company.promoters - bounded.promoters)'",
        "'company.promoters'",
    ),
    change(
        "strata_by_answers",
        "weights tiers by their answers, not by their customers",
        STRATA,
        "        populations.account_count,\n",
        "        windows.responses as account_count,\n",
    ),
    change(
        "effective_n_too_high",
        "takes the answers themselves for the effective number",
        STRATA,
        "power(cast(account_count as {{ double() }}), 2) / responses",
        "power(cast(account_count as {{ double() }}), 2) / (responses + 1)",
    ),
    change(
        "bounces_delivered",
        "divides by every invitation, delivered or not",
        RATES,
        "        and is_delivered\n",
        "",
    ),
    change(
        "opened_is_answered",
        "takes an opened invitation for an answered one",
        RATES,
        "case when invitations.is_answered then 1",
        "case when invitations.is_opened then 1",
    ),
    change(
        "finished_is_answered",
        "takes an unanswered question for an answer",
        INVITATIONS,
        "disposition not in ('preview_or_test', 'unregistered_question', 'unanswered')",
        "disposition not in ('preview_or_test', 'unregistered_question')",
    ),
    change(
        "coverage_of_customers",
        "covers customers, not their revenue",
        COVERAGE,
        "        sum(standings.trailing_revenue_amount) as trailing_revenue_amount\n",
        "        count(*) * 1000.0 as trailing_revenue_amount\n",
    ),
    change(
        "coverage_of_any_survey",
        "covers an account by an answer to any survey type",
        COVERAGE,
        "select * from {{ ref('fct_survey_responses') }}\n    where is_counted and account_key",
        "select * replace ('relationship' as survey_type) from {{ ref('fct_survey_responses') }}\n"
        "    where is_counted and account_key",
    ),
    change(
        "mix_at_old_scores",
        "weighs a shift by the scores before it, and leaves a rest",
        EXPLAINED,
        "(portion - previous_portion) * (middle - midpoint) else 0 end as mix",
        "(portion - previous_portion) * (previous_nps - midpoint) else 0 end as mix",
    ),
    change(
        "invited_after_all",
        "puts every shift down to whom the company invited",
        EXPLAINED,
        "shared.portion - shared.portion / shared.growth / averages.shrinkage_after",
        "shared.portion - shared.previous_portion",
    ),
    change(
        "year_before_is_the_month_before",
        "compares with eleven months before for the year before",
        CHANGE_CELLS,
        "dbt.dateadd('month', -12, 'period_start')",
        "dbt.dateadd('month', -11, 'period_start')",
    ),
)
