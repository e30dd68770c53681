"""Whose answer it is, and what was in force when it was given."""

from typing import Final

from tests.mutation.mutations import Mutation, change

MODELS: Final = "dbt_project/models/intermediate"
AS_OF: Final = f"{MODELS}/surveys/int_survey_answers__as_of.sql"
IDENTIFIED: Final = f"{MODELS}/surveys/int_survey_answers__identified.sql"
INVITED: Final = f"{MODELS}/surveys/int_survey_invitations__identified.sql"
DATED: Final = f"{MODELS}/crm/int_account_values__dated.sql"
ACCOUNTS: Final = f"{MODELS}/crm/int_accounts__current.sql"
STANDINGS: Final = "dbt_project/models/marts/nps/fct_account_standings.sql"
IDENTITIES: Final = "dbt_project/macros/identities.sql"
SHORT_IDS: Final = "dbt_project/macros/vendors/salesforce.sql"
FACTS: Final = "dbt_project/models/marts/nps/fct_survey_responses.sql"
LATEST: Final = "account_versions.valid_to = cast('9999-12-31' as timestamp)"


def _latest(name: str, careless: str, file: str, moment: str, indent: str = " " * 8) -> Mutation:
    in_force = (
        f"and {moment} >= account_versions.valid_from\n{indent}and {moment} < account_versions.valid_to\n"
    )
    return change(name, careless, file, in_force, f"and {LATEST}\n")


MUTATIONS: Final[tuple[Mutation, ...]] = (
    _latest(
        "latest_attributes_of_answers",
        "joins the account's branch, plan and stage of today, not of the answer's day",
        AS_OF,
        "answers.responded_at",
        " " * 12,
    ),
    _latest(
        "latest_attributes_of_invitations",
        "joins the account's branch and plan of today to invitations sent long ago",
        INVITED,
        "with_account.sent_at",
    ),
    _latest(
        "latest_attributes_of_standings",
        "counts yesterday's customers under today's branch",
        STANDINGS,
        "revenue.standing_date",
    ),
    change(
        "no_value_before_the_first_change",
        "forgets what an attribute was before its first change",
        DATED,
        "    where change_number = 1\n",
        "    where change_number = 0\n",
    ),
    change(
        "changes_undone",
        "takes the old value of a change for the new one",
        DATED,
        "        new_value as attribute_value,\n",
        "        old_value as attribute_value,\n",
    ),
    change(
        "changes_a_day_late",
        "lets a change of branch take effect the next day",
        DATED,
        "        changed_at as valid_from,\n",
        "        {{ dbt.dateadd('day', 1, 'changed_at') }} as valid_from,\n",
    ),
    change(
        "merges_not_followed",
        "keeps merged accounts and contacts apart",
        IDENTITIES,
        "coalesce(chain_ends.reached_key, circles.reached_key, records.{{ key }}) as survivor_key",
        "records.{{ key }} as survivor_key",
    ),
    change(
        "ids_are_case_sensitive",
        "compares ids and addresses as they are written",
        IDENTITIES,
        "nullif(lower({{ trimmed(expression) }}), '')",
        "nullif({{ trimmed(expression) }}, '')",
    ),
    change(
        "short_ids_not_completed",
        "takes an id as Salesforce's pages show it for another customer's",
        SHORT_IDS,
        "length({{ id }}) = 15",
        "length({{ id }}) = 15 and false",
    ),
    change(
        "short_ids_completed_backwards",
        "reads the bits of a completed id from the wrong end",
        SHORT_IDS,
        "'{:05b}'.format(loop.index0) | reverse ~ character",
        "'{:05b}'.format(loop.index0) ~ character",
    ),
    change(
        "own_branch_ignored",
        "takes the account's branch even where the answer names the one visited",
        AS_OF,
        "coalesce(own_branches.branch_key, account_versions.branch_key) as branch_key",
        "account_versions.branch_key",
    ),
    change(
        "account_by_the_answer_only",
        "does not ask for the account of who answered where the answer names none",
        IDENTIFIED,
        "coalesce(merged.survivor_key, contacts.account_key) as account_key",
        "merged.survivor_key as account_key",
    ),
    change(
        "nobody_behind_the_invitation",
        "does not ask whom an invitation was sent to",
        IDENTIFIED,
        "coalesce(contacts.survivor_key, invitations.contact_key, emails.contact_key) as contact_key",
        "coalesce(contacts.survivor_key, emails.contact_key) as contact_key",
    ),
    change(
        "persons_are_accounts",
        "takes all people of an account for one person",
        IDENTIFIED,
        "else coalesce(contact_key, respondent_email, given_person_key, answer_key)",
        "else coalesce(account_key, contact_key, respondent_email, given_person_key, answer_key)",
    ),
    change(
        "deleted_accounts_unknown",
        "forgets the accounts that were deleted",
        ACCOUNTS,
        "\nwhere account_key is not null\n",
        "\nwhere account_key is not null and not coalesce(is_deleted, false)\n",
    ),
    change(
        "only_survivors",
        "leaves out the answers of customers who have churned since",
        AS_OF,
        "from with_attributes as answers\n",
        "from with_attributes as answers\n"
        "inner join {{ ref('int_accounts__current') }} as survivors\n"
        "    on answers.account_key = survivors.account_key and lower(survivors.status) <> 'churned'\n",
    ),
    change(
        "only_survivors_counted",
        "counts only the answers of customers who are still there",
        "dbt_project/models/marts/nps/fct_nps_daily.sql",
        "    where is_counted\n",
        "    where is_counted and account_key in (\n        select account_key\n"
        "        from {{ ref('dim_accounts') }}\n        where lower(status) <> 'churned'\n    )\n",
    ),
    change(
        "stage_of_the_account",
        "prefers the account's lifecycle stage to the stage the survey is about",
        FACTS,
        "coalesce(dispositioned.journey_stage, lower(trim(answers.lifecycle_stage)))",
        "coalesce(lower(trim(answers.lifecycle_stage)), dispositioned.journey_stage)",
    ),
)
