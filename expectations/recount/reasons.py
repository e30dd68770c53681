"""Why customers joined, as they said themselves (docs/finance.md, "Who brings growth about?").

Belongs here: the answers to the question that the company declares. Does not belong here: what the CRM says
(`crm`), or what a customer pays (`finance.growth`).
"""

from __future__ import annotations

from expectations.dimensions import UNASSIGNED
from expectations.recount.versions import RawRecords


def given(records: RawRecords) -> dict[str, bool]:
    """Account → whether its first counted answer to the question says that it came by referral.

    Answers are the marts', which the recount of the score has compared.
    """
    question = next((each for each in records.dimensions.declared if each.referral), None)
    if question is None:
        return {}
    rows = records.connection.execute(
        f"select account_key, {question.name} from marts.fct_survey_responses"
        f" where is_counted and account_key is not null and {question.name} <> ?"
        " order by responded_at desc, answer_key desc",
        [UNASSIGNED],
    ).fetchall()
    # the first answer comes last, and stays
    return {account: member.lower() in question.referral for account, member in rows}
