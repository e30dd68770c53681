"""Who mentions a topic, beside whom, and what of it is shown."""

from typing import Final

from tests.mutation.mutations import Mutation, change

COUNTS: Final = "dbt_project/models/publication/topics/fct_topic_counts.sql"
HIDDEN: Final = "dbt_project/models/publication/topics/fct_topics_hidden.sql"
REVENUE: Final = "dbt_project/models/publication/topics/fct_topic_revenue.sql"
PRACTICE: Final = "dbt_project/models/publication/best_practice.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "mentions_among_the_others",
        "compares those who mention a topic with all who comment, themselves among them",
        COUNTS,
        "coalesce(comments_of_cells.{{ counts }}, 0) - coalesce(mentions_of_cells.{{ counts }}, 0)\n",
        "coalesce(comments_of_cells.{{ counts }}, 0)\n",
    ),
    change(
        "unread_comments_leave_topics_out",
        "takes an answer without a comment that can be read for one that does not mention the topic",
        COUNTS,
        "        read_answers.answer_key is not null as is_read\n",
        "        true as is_read\n",
    ),
    change(
        "topics_of_few",
        "hides a topic that few mention in a branch, and shows those of the branches that tell it",
        HIDDEN,
        "parts.responses < floors.minimum_responses then 1",
        "parts.responses < 1 then 1",
    ),
    change(
        "quarters_without_the_rest_of_the_year",
        "forgets that the year less the quarter tells what was said before it",
        HIDDEN,
        "    where window_name in ('trailing_365d', 'trailing_90d', 'rest_of_365d')\n",
        "    where window_name in ('trailing_365d', 'trailing_90d')\n",
    ),
    change(
        "an_account_pays_for_each_answer",
        "adds an account's revenue once for each answer that mentions the topic",
        REVENUE,
        "        select distinct\n",
        "        select\n",
    ),
    change(
        "best_practice_of_any_branch",
        "tells what promoters of a branch mention more that stands below the others",
        PRACTICE,
        "    where standing = 'above'\n",
        "    where standing <> 'above'\n",
    ),
    change(
        "best_practice_against_everybody",
        "compares promoters of a branch with all promoters, themselves among them",
        PRACTICE,
        "totals.topics + totals.all_mentioning - totals.mentioning as of_others",
        "totals.topics + totals.all_mentioning as of_others",
    ),
    change(
        "best_practice_of_the_quarter",
        "tells the year's mentions of a topic that is shown of the quarter only",
        PRACTICE,
        "    where segment = 'branch' and period_grain = 'trailing_365d'\n",
        "    where segment = 'branch'\n",
    ),
)
