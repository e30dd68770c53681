"""What an account paid, and what became of it after what it had said."""

from typing import Final

from tests.mutation.mutations import Mutation, change, drop_line

MARTS: Final = "dbt_project/models/marts/finance"
INTERMEDIATE: Final = "dbt_project/models/intermediate/finance"
MOVEMENTS: Final = "dbt_project/models/intermediate/billing/int_files_movements__levelled.sql"
GROWTH: Final = "dbt_project/models/publication/earned_growth.sql"
OUTCOMES: Final = f"{MARTS}/fct_account_outcomes.sql"
RESPONSES: Final = f"{MARTS}/fct_response_outcomes.sql"
ASSOCIATION: Final = f"{MARTS}/fct_revenue_association.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    drop_line(
        "window_opens_before_the_answer",
        "lets an answer count for windows that had opened before it",
        OUTCOMES,
        "            and days.index_at > answers.responded_at",
    ),
    drop_line(
        "silent_before_being_asked",
        "calls an account silent before anybody asked it",
        OUTCOMES,
        "            and days.index_at > invitations.sent_at",
    ),
    change(
        "latest_attributes_of_outcomes",
        "groups accounts by the branch of today, not of the day",
        OUTCOMES,
        "and paying.index_at >= account_versions.valid_from\n"
        "            and paying.index_at < account_versions.valid_to",
        "and account_versions.valid_to = cast('9999-12-31' as timestamp)",
    ),
    change(
        "outcomes_of_survivors",
        "looks only at accounts that are there at the window's end",
        OUTCOMES,
        "left join paying as afterwards",
        "inner join paying as afterwards",
    ),
    drop_line(
        "heard_before_it_was_said",
        "leaves out of the silent whoever answers later",
        RESPONSES,
        "            and answers.responded_at >= told.happened_at",
    ),
    change(
        "answers_of_survivors",
        "follows only the answers whose account is there at the window's end",
        RESPONSES,
        "left join recurring on {{ same(",
        "inner join recurring on {{ same(",
    ),
    change(
        "answers_whose_window_is_not_over",
        "says who left before the window is over",
        RESPONSES,
        "case when is_complete and is_active then mrr = 0 end",
        "case when is_active then mrr = 0 end",
    ),
    drop_line(
        "windows_that_are_not_over",
        "counts windows that are not over, as if nobody had left",
        f"{MARTS}/fct_outcomes_by_segment.sql",
        "    where is_complete",
    ),
    change(
        "returned_is_new",
        "calls MRR new that comes back",
        f"{MARTS}/fct_account_months.sql",
        "when opening_mrr = 0 and month_start = first_paid_month then mrr",
        "when opening_mrr = 0 then mrr",
    ),
    change(
        "ends_a_month_late",
        "lets a line pay to the end of the month in which it ends",
        f"{MARTS}/fct_account_months.sql",
        "{{ dbt.date_trunc('month', 'recurring_to') }} as changed_month",
        "{{ dbt.dateadd('month', 1, dbt.date_trunc('month', 'recurring_to')) }} as changed_month",
    ),
    change(
        "cancelled_still_pays",
        "lets a cancelled subscription recur for as long as it is paid for",
        f"{INTERMEDIATE}/int_revenue__recurring.sql",
        "        recurring_to,\n        amount,",
        "        recognised_to as recurring_to,\n        amount,",
    ),
    change(
        "months_by_day",
        "divides no whole months, but goes by the day",
        f"{INTERMEDIATE}/int_revenue__recurring.sql",
        "when months > 0 then",
        "when months > 999 then",
    ),
    change(
        "weights_of_the_wrong_group",
        "weighs a stratum by the band's own windows",
        ASSOCIATION,
        "cast(strata.churned as {{ double() }}) * promoters.windows\n        / (strata",
        "cast(strata.churned as {{ double() }}) * strata.windows\n        / (strata",
    ),
    change(
        "association_of_a_handful",
        "shows what a handful of accounts pay",
        "dbt_project/models/publication/revenue_association.sql",
        "suppression = 'none' as is_shown,",
        "true as is_shown,",
    ),
    drop_line(
        "weighted_by_what_was_overtaken",
        "lets every answer of a person weigh, not the current one",
        f"{MARTS}/fct_weighted_scores.sql",
        "            and periods.period_end < answers.current_until",
    ),
    change(
        "curve_ends_with_the_band",
        "follows an account only while it has the band",
        f"{MARTS}/fct_churn_curves.sql",
        "            and windows.is_churned\n",
        "            and windows.is_churned\n            and entered.band = windows.band\n",
    ),
    drop_line(
        "returned_never_left",
        "counts a departure before an account had the band",
        f"{MARTS}/fct_churn_curves.sql",
        "            and entered.entered_on <= windows.index_date",
    ),
    change(
        "risk_without_a_verdict",
        "names a sum at risk whether or not anything is measured",
        "dbt_project/models/publication/revenue_at_risk.sql",
        "when association.verdict = 'associated' and association.excess_churn_low > 0 then 'associated'",
        "when association.excess_churn > 0 then 'associated'",
    ),
    drop_line(
        "every_look_is_today",
        "adds up what accounts paid at every look as if it were today's",
        "dbt_project/models/publication/revenue_coverage.sql",
        "    where not is_complete and horizon_days = {{ outcome_horizons() | first }}",
    ),
    change(
        "shares_beside_what_is_hidden",
        "shows shares of a cell in which a band is hidden, which tell its amount",
        "dbt_project/models/publication/revenue_coverage.sql",
        "case when has_hidden = 0 then mrr_share end as mrr_share",
        "case when suppression = 'none' then mrr_share end as mrr_share",
    ),
    change(
        "hidden_for_themselves_only",
        "hides what few accounts pay, and not what it follows from",
        "dbt_project/macros/suppression.sql",
        "{{ hidden }} > 0 and ({{ hidden }} < {{ floor }} or {{ alike }})",
        "false",
    ),
    change(
        "the_largest_goes_for_others",
        "hides the largest member for a small one",
        "dbt_project/macros/suppression.sql",
        "then 0 else 1 end, {{ counted }}, {{ by_digest",
        "then 0 else 1 end, {{ counted }} desc, {{ by_digest",
    ),
    change(
        "churned_follows_from_the_others",
        "hides what few accounts did, and not what it follows from",
        "dbt_project/macros/suppression.sql",
        "coalesce(max(accounts) {{ smaller }}, 0) < minimum_accounts",
        "false",
    ),
    change(
        "the_hidden_all_stayed",
        "takes enough accounts for safe though none of them churned",
        "dbt_project/macros/suppression.sql",
        "or coalesce(sum(churned) {{ smaller }}, 0) in (0, coalesce(sum(windows) {{ smaller }}, 0))",
        "",
    ),
    change(
        "moves_follow_from_their_band",
        "hides what few accounts that moved pay, and not what it follows from at the next look",
        "dbt_project/models/publication/band_transitions.sql",
        "count(*) over ({{ smaller }}) < 2",
        "false",
    ),
    change(
        "moved_within_another_horizon",
        "compares a look with whichever look is on the day",
        "dbt_project/models/publication/band_transitions.sql",
        "            and looks.horizon_days = later.horizon_days\n",
        "",
    ),
    change(
        "revenue_for_each_answer",
        "weighs an account's revenue once for each of its answers",
        "dbt_project/macros/weighted_scores.sql",
        "'revenue': ['said / responses * revenue', 'revenue'],",
        "'revenue': ['said * revenue', 'revenue * responses'],",
    ),
    change(
        "churn_raises",
        "takes the amount of a churn for what an account pays more",
        MOVEMENTS,
        "in ('contraction', 'churn')\n",
        "in ('contraction')\n",
    ),
    change(
        "owed_by_churn",
        "lets an account that left with too much come back with less",
        MOVEMENTS,
        "total_amount - lowest_amount as mrr_amount",
        "greatest(total_amount, 0) as mrr_amount",
    ),
    change(
        "moved_and_billed",
        "counts the movements of accounts that are billed, too",
        "dbt_project/models/intermediate/billing/int_revenue_documents__unioned.sql",
        "        when billed_accounts.payer_key is not null then 'account_is_billed'\n",
        "",
    ),
    change(
        "stated_is_worked_out",
        "works out what is stated a month from what it earns",
        f"{INTERMEDIATE}/int_revenue__recurring.sql",
        "coalesce(stated_amount, {{ to_the_millionth('worth') }})",
        "coalesce({{ to_the_millionth('worth') }}, stated_amount)",
    ),
    drop_line(
        "returned_is_referred",
        "calls an account new that comes back",
        GROWTH,
        "            when first_paid.first_end <= paid.period_start then 'returned'",
    ),
    change(
        "unknown_is_earned",
        "takes every new account for referred that nobody says is not",
        GROWTH,
        "when customers.is_acquired_by_referral then 'earned'",
        "when coalesce(customers.is_acquired_by_referral, true) then 'earned'",
    ),
    change(
        "growth_of_a_handful",
        "shows what a handful of referred accounts pay",
        GROWTH,
        "or others.earned_accounts >= floors.minimum_accounts",
        "or others.earned_accounts >= 0",
    ),
    change(
        "placebo_after_the_answer",
        "takes for a placebo the window that ends with the look, which most of its answers had come before",
        "dbt_project/macros/outcomes.sql",
        "{{ days + (outcome_look_back() | int / days) | round(0, 'ceil') | int * days }}",
        "{{ days }}",
    ),
    drop_line(
        "placebo_of_every_window",
        "counts in a placebo the windows of an account as if they had nothing to do with each other",
        f"{MARTS}/fct_placebo_outcomes.sql",
        "    where place = 1",
    ),
    change(
        "exchanged_with_oneself",
        "gives each account its own band back",
        f"{MARTS}/fct_placebo_outcomes.sql",
        "and drawn.takes = givers.gives",
        "and drawn.takes = givers.takes",
    ),
    drop_line(
        "placebo_as_a_finding",
        "publishes placebos among the associations",
        "dbt_project/models/publication/revenue_association.sql",
        "    where not {{ is_placebo('association.segment') }}",
    ),
    change(
        "silent_though_heard",
        "counts as silent who answered another invitation",
        f"{MARTS}/fct_non_response.sql",
        "where asked.place = 1 and heard.person_key is null",
        "where asked.place = 1",
    ),
    change(
        "silent_without_being_reached",
        "counts as silent whose invitation bounced",
        f"{MARTS}/fct_non_response.sql",
        "where invitations.is_delivered and not invitations.is_answered",
        "where not invitations.is_answered",
    ),
    change(
        "the_silent_are_like_everybody",
        "lets the silent answer like all others, not like those of their stratum",
        f"{MARTS}/fct_non_response.sql",
        "then said / responses * (responses + silent) else",
        "then said else",
    ),
)
