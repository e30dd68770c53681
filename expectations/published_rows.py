"""Checks that the published rows are those of the marts, and tell nothing about persons.

Belongs here: a published table compared with the marts row by row, and what it may not show. Does not belong
here: its figures, which the recount counts again, and the names of branches (`published_branches`).
"""

from __future__ import annotations

from expectations.definition import versions
from expectations.dimensions import governed
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged

_PERSONAL = (
    *("person_key", "contact_key", "contact_id", "account_key", "account_id", "respondent_email", "email"),
    *("comment", "invitation_id", "response_id", "answer_key", "record_id", "device_id", "payload"),
    *("external_reference", "employee_id", "owner_id", "contact_name", "account_name"),
)


class ExpectPublishedAnswersToEqualMarts(ExpectNoOffendingRows):
    """The published answers are the counted ones, and each tells what the scores of its year show."""

    description: str = "nps_responses holds the counted answers of the marts, as far as nps_scores shows them"
    unexpected_rows_query: str = offending("""
        with figures as (
            select survey_type, definition_version, period_grain, period_start, segment,
                customer_value_tier as tier, journey_stage as stage
            from publication.nps_scores
            where measure = 'in_period' and reportability not in ('suppressed', 'suppressed_for_others')
        ),
        of_years as (select * exclude (period_grain) from figures where period_grain = 'year'),
        counted as (
            select survey_type, definition_version, make_date(year(response_date), 1, 1) as year,
                customer_value_tier as tier, journey_stage as stage, likelihood_score, nps_band, nps_weight
            from marts.fct_survey_responses where disposition = 'counted'
        ),
        known as (
            select *,
                (survey_type, definition_version, year, 'company', '(all)', '(all)')
                    in (from of_years) as by_year,
                (survey_type, definition_version, year, 'customer_value_tier', tier, '(all)')
                    in (from of_years) as by_tier,
                (survey_type, definition_version, year, 'customer_value_tier*journey_stage', tier, stage)
                    in (from of_years) as by_stage
            from counted
        )
        select * exclude (answer), sum(answer) as answers_off
        from (
            select survey_type, definition_version, response_year, customer_value_tier, journey_stage,
                likelihood_score, nps_band, nps_weight, 1 as answer
            from checked
            union all
            select survey_type, definition_version, if(by_year, year, null),
                if(by_year and by_tier, tier, '(others)'),
                if(by_year and by_tier and by_stage, stage, '(others)'),
                likelihood_score, nps_band, nps_weight, -1
            from known
            where by_year or (survey_type, definition_version) in (
                select survey_type, definition_version from figures
                where period_grain = 'all_time' and segment = 'company'
            )
        ) as both_sides
        group by all
        having sum(answer) <> 0
    """)


class ExpectAnswersToBeAlike(ExpectNoOffendingRows):
    """k-anonymity: whoever knows all that a row tells but the score still has as many rows before them as a
    figure needs."""

    description: str = "Each answer in nps_responses is like as many others as a figure needs answers"
    unexpected_rows_query: str = when_judged(lambda: _too_few_alike())


def _too_few_alike() -> str:
    floors = ", ".join(f"('{each.version}', {dict(each.floors)['interval_only']})" for each in versions())
    return offending(f"""
        select survey_type, definition_version, response_year, customer_value_tier, journey_stage,
            count(*) as answers
        from checked
        left join (values {floors}) as floors (definition_version, floor) using (definition_version)
        group by all
        having count(*) < coalesce(min(floor), 2)
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
