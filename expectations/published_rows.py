"""Checks that the published rows are those of the marts, and tell nothing about persons.

Belongs here: a published table compared with the marts row by row, and what it may not show. Does not belong
here: its figures, which the recount counts again, and the names of branches (`published_branches`).
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.definition_rows import stated
from expectations.dimensions import governed
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged

#: Element of the published definition → the seed it tells, what it names, and the number it begins with.
_ELEMENTS = {
    "score_band": ("nps_score_bands", "nps_band", "score"),
    "quarantine_window": ("nps_quarantine_windows", "survey_type", "window_days"),
    "customer_value_tier": ("customer_value_tiers", "customer_value_tier", "minimum_amount"),
    "reportability": ("reportability_floors", "reportability", "minimum_responses"),
    "publication_limit": ("publication_limits", "limit_name || ' of each ' || applies_to", "maximum"),
}
_SEAL = "{0}.author, {0}.proposed_on, {0}.approved_by, {0}.approved_on, {0}.approved_as, {0}.content_hash"
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


class ExpectTheDefinitionToBePublished(ExpectNoOffendingRows):
    """A figure whose definition cannot be read, or is read wrong, cannot be governed."""

    description: str = (
        "Beside figures stands their definition: each band, window, tier and floor with its least"
    )
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select stated.*, checked.value_text
        from (
            {
            " union all ".join(
                f'''
            select definition_version, '{element}' as element, {item} as item, min({least}) as least
            from {stated(seed, "page")} group by definition_version, {item}
            '''
                for element, (seed, item, least) in _ELEMENTS.items()
            )
        }
        ) as stated
        inner join (select distinct definition_version from publication.nps_scores) as scores
            on stated.definition_version = scores.definition_version
        left join checked
            on stated.definition_version = checked.definition_version
            and stated.element = checked.element and stated.item = checked.item
        where coalesce(try_cast(regexp_extract(value_text, '^[0-9.]+') as double) <> stated.least, true)
    """)
    )


class ExpectApprovalsToBePublished(ExpectNoOffendingRows):
    """Whoever reads a figure can see who wrote its definition, and who approved exactly that."""

    description: str = "Of each version the last approval of each table is published as the folder has it"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select last.*
        from {stated("approvals", "last")}
        inner join (select distinct definition_version from publication.nps_scores) as scores
            on last.definition_version in ('', scores.definition_version)
        left join checked
            on scores.definition_version = checked.definition_version
            and checked.element = 'approval' and checked.item = last.table_name
        where last.approved_by <> ''
        qualify
            approval = max(approval) over (partition by last.definition_version, table_name)
            and ({_SEAL.format("last")}, last.content_hash)
            is distinct from ({_SEAL.format("checked")}, checked.value_text)
    """)
    )


class ExpectAnswerIdsToTellNothing(ExpectNoOffendingRows):
    """An id is there to count with, not to find the person again."""

    description: str = "answer_id is unique and a hash, not the vendor's own id"
    unexpected_rows_query: str = offending("""
        select answer_id, count(*) as copies
        from checked
        group by answer_id
        having count(*) > 1 or answer_id is null or length(answer_id) < 32 or position(':' in answer_id) > 0
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
