"""Rows that are lost or multiplied between raw and the counts."""

from typing import Final

from tests.mutation.mutations import Mutation, change

SURVEYS: Final = "dbt_project/models/intermediate/surveys"
AS_OF: Final = f"{SURVEYS}/int_survey_answers__as_of.sql"
IDENTIFIED: Final = f"{SURVEYS}/int_survey_answers__identified.sql"
REGISTERED: Final = "dbt_project/models/intermediate/nps/int_survey_answers__registered.sql"
DISPOSITIONED: Final = "dbt_project/models/intermediate/nps/int_survey_answers__dispositioned.sql"
FACTS: Final = "dbt_project/models/marts/nps/fct_survey_responses.sql"
DAILY: Final = "dbt_project/models/marts/nps/fct_nps_daily.sql"
RECONCILIATION: Final = "dbt_project/models/marts/audit/audit_reconciliation.sql"
SCORES: Final = "dbt_project/models/publication/nps_scores.sql"
RAW: Final = "dbt_project/macros/raw_records.sql"
#: The seeded choice: about one row in sixteen, always the same ones.
CHOSEN: Final = "substr(md5(cast({} as varchar)), 1, 1) = '7'"


def _inner(name: str, careless: str, file: str, left_join: str) -> Mutation:
    return change(name, careless, file, left_join, left_join.replace("left join", "inner join"))


MUTATIONS: Final[tuple[Mutation, ...]] = (
    _inner(
        "inner_join_of_accounts",
        "joins accounts inner: answers of unknown customers are gone",
        AS_OF,
        "left join {{ ref('int_account_versions__built') }}",
    ),
    _inner(
        "inner_join_of_own_branches",
        "joins the visited branch inner: only visits are left",
        AS_OF,
        "left join {{ ref('int_branches__current') }} as own_branches",
    ),
    _inner("inner_join_of_tiers", "joins value tiers inner", FACTS, "left join tiers"),
    _inner(
        "inner_join_of_stages",
        "joins journey stages inner",
        FACTS,
        "left join {{ ref('journey_stages') }}",
    ),
    _inner(
        "inner_join_of_bands",
        "joins bands inner: unanswered ones are gone",
        REGISTERED,
        "left join {{ ref('nps_score_bands') }}",
    ),
    _inner(
        "inner_join_of_invitations",
        "joins invitations inner: answers from a link on the web are gone",
        IDENTIFIED,
        "left join {{ ref('int_survey_invitations__addressed') }}",
    ),
    _inner(
        "inner_join_of_changes",
        "publishes only figures that have a change",
        SCORES,
        "left join {{ ref('fct_nps_changes') }}",
    ),
    change(
        "answers_dropped_on_the_way",
        "loses one answer in sixteen before it is judged",
        f"{SURVEYS}/int_survey_answers__current.sql",
        "where coalesce(numbered.version_number, 1) = 1",
        f"where coalesce(numbered.version_number, 1) = 1 and not {CHOSEN.format('versions.record_id')}",
    ),
    change(
        "answers_dropped_where_all_begin",
        "loses one answer in sixteen where the vendors are united",
        f"{SURVEYS}/int_survey_answer_versions__unioned.sql",
        "\nfrom versions\n",
        f"\nfrom versions\nwhere not {CHOSEN.format('record_id')}\n",
    ),
    change(
        "answers_dropped_in_staging",
        "filters a vendor's staging",
        "dbt_project/models/staging/qualtrics/stg_qualtrics__responses.sql",
        "\nfrom source\n",
        f"\nfrom source\nwhere not {CHOSEN.format('record_id')}\n",
    ),
    change(
        "detractors_dropped",
        "loses unhappy answers in the counts",
        DAILY,
        "    where is_counted\n",
        f"    where is_counted and (nps_band <> 'detractor' or not {CHOSEN.format('answer_key')})\n",
    ),
    change(
        "answers_twice",
        "joins a table with two rows for each answer",
        FACTS,
        "left join tiers\n",
        "cross join (select 1 as copy union all select 2 as copy) as copies\nleft join tiers\n",
    ),
    change(
        "some_answers_twice_in_the_counts",
        "adds a day's answers again",
        DAILY,
        "from answers\ngroup by\n",
        "from answers\ninner join (select 1 as copy union all select 2 as copy) as copies\n"
        f"    on copies.copy = 1 or {CHOSEN.format('response_date')}\ngroup by\n    copies.copy,\n",
    ),
    change(
        "every_version_counts",
        "takes an edited answer for two",
        f"{SURVEYS}/int_survey_answers__current.sql",
        "where coalesce(numbered.version_number, 1) = 1",
        "where coalesce(numbered.version_number, 1) >= 1",
    ),
    change(
        "first_version_counts",
        "keeps the first version of an edited record",
        RAW,
        "version_at desc nulls last, load_id desc, load_position desc",
        "version_at, load_id, load_position",
    ),
    change(
        "unjudged_answers_lost",
        "joins judgements to the answers that were judged last",
        DISPOSITIONED,
        "    from judged_alone\n    left join superseded",
        "    from judged_alone\n    inner join followed on judged_alone.answer_key = followed.answer_key\n"
        "    left join superseded",
    ),
    change(
        "older_versions_unaccounted",
        "forgets older versions in the reconciliation",
        RECONCILIATION,
        "    where version_number > 1 and",
        "    where version_number > 2 and",
    ),
    change(
        "quarantine_unaccounted",
        "forgets the quarantine of the vendor in the reconciliation",
        RECONCILIATION,
        "where table_name in ('responses', 'surveys_responses')",
        "where table_name in ('surveys_responses')",
    ),
    change(
        "exclusions_unpublished",
        "publishes exclusions without the largest",
        "dbt_project/models/publication/response_dispositions.sql",
        "    from {{ ref('fct_survey_responses') }}\n",
        "    from {{ ref('fct_survey_responses') }}\n    where disposition <> 'quarantine_window'\n",
    ),
)
