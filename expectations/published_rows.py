"""Checks that the published rows are those of the marts, and tell nothing about persons.

Belongs here: a published table compared with the marts row by row, and what it may not show. Does not belong
here: its figures, which the recount counts again, and the names of branches (`published_branches`).
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.dimensions import governed
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged

_PERSONAL = (
    *("person_key", "contact_key", "contact_id", "account_key", "account_id", "respondent_email", "email"),
    *("comment", "invitation_id", "response_id", "answer_key", "record_id", "device_id", "payload"),
    *("external_reference", "employee_id", "owner_id", "contact_name", "account_name"),
)


class ExpectPublishedAnswersToEqualMarts(ExpectNoOffendingRows):
    """The published answers are the counted ones, with the same score, band and members."""

    description: str = "nps_responses holds the counted answers of the marts, unchanged"
    unexpected_rows_query: str = when_judged(lambda: _not_alike(governed().names))


def _not_alike(names: Sequence[str]) -> str:
    answer = ", ".join(("survey_type", "likelihood_score", "nps_band", "nps_weight", *names))
    return offending(f"""
        select day, {answer}, sum(answers) as answers_off
        from (
            select cast(responded_at as date) as day, {answer}, 1 as answers from checked
            union all
            select cast(responded_at as date), {answer}, -1
            from marts.fct_survey_responses
            where disposition = 'counted'
        ) as both_sides
        group by day, {answer}
        having sum(answers) <> 0
    """)


class ExpectExclusionsToBePublished(ExpectNoOffendingRows):
    """A reader sees what was left out, why, and of which month."""

    description: str = "response_dispositions holds every answer received under its disposition and month"
    unexpected_rows_query: str = offending("""
        select source, disposition, survey_type, response_month, sum(answers) as answers_off
        from (
            select source, disposition, survey_type, response_month, answers from checked
            union all
            select
                source, disposition, coalesce(survey_type, '(none)'),
                make_date(year(responded_at), month(responded_at), 1), -1
            from marts.fct_survey_responses
            union all
            select source, disposition, '(none)', null, -answers
            from marts.audit_reconciliation
            where disposition = 'quarantined'
        ) as both_sides
        group by source, disposition, survey_type, response_month
        having sum(answers) <> 0
    """)


class ExpectAnswerIdsToTellNothing(ExpectNoOffendingRows):
    """An id is there to count with, not to find the person again."""

    description: str = "answer_id is unique and a hash, not the vendor's own id"
    unexpected_rows_query: str = offending("""
        select answer_id, count(*) as copies
        from checked
        group by answer_id
        having count(*) > 1 or answer_id is null or length(answer_id) < 32 or position(':' in answer_id) > 0
    """)


class ExpectDaysInsteadOfMoments(ExpectNoOffendingRows):
    """Whoever knows when somebody answered must not find the answer by the second."""

    description: str = "responded_at is the day of the answer, not its moment"
    unexpected_rows_query: str = offending("""
        select responded_at, count(*) as answers
        from checked
        where responded_at is distinct from date_trunc('day', responded_at)
        group by responded_at
    """)


class ExpectNoPersonalData(ExpectNoOffendingRows):
    """No published table has a column that names a person or what they wrote."""

    description: str = "No published table has a column about a person, an account or a comment"
    unexpected_rows_query: str = offending(f"""
        select table_name, column_name
        from information_schema.columns
        where table_schema = 'publication' and lower(column_name) in {_PERSONAL}
    """)


class ExpectNoAddressesInMembers(ExpectNoOffendingRows):
    """An e-mail address that slipped into a branch or plan is personal data too."""

    description: str = "No member of a dimension holds an e-mail address"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select distinct {", ".join(governed().names)}
        from checked
        where {" or ".join(f"position('@' in {name}) > 0" for name in governed().names)}
    """)
    )
