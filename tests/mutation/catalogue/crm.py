"""Who an answer belongs to, and what was in force when it was given."""

from typing import Final

from tests.mutation.mutations import Mutation, change

MODELS: Final = "dbt_project/models/intermediate"
AS_OF: Final = f"{MODELS}/surveys/int_survey_answers__as_of.sql"

MUTATIONS: Final[tuple[Mutation, ...]] = (
    change(
        "latest_attributes",
        "joins the account's latest branch, plan and stage, not those of the answer's day",
        AS_OF,
        """            and answers.responded_at >= account_versions.valid_from
            and answers.responded_at < account_versions.valid_to
""",
        "            and account_versions.valid_to = cast('9999-12-31' as timestamp)\n",
    ),
)
