"""How one person's answers affect each other, and what remains of a person who asked to be forgotten.

Belongs here: one answer per invitation, the quarantine window, which answer is current, erasure. Does not
belong here: what an answer must be by itself (`nps_definition`).
"""

from __future__ import annotations

from expectations.definition_rows import stated
from expectations.dimensions import UNASSIGNED, governed
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged
from expectations.raw_tables import unread

ERASED = (
    *("score", "likelihood_score", "nps_band", "nps_weight", "comment", "response_id", "invitation_id"),
    *("contact_key", "account_key", "branch_key", "employee_id", "device_id", "owner_id", "lifecycle_stage"),
    *("trailing_revenue_amount", "sent_at", "event_at", "language", "current_until", "answer_fingerprint"),
)


class ExpectOneAnswerPerInvitation(ExpectNoOffendingRows):
    """The later answer to the same invitation and question replaces the earlier."""

    description: str = "An invitation has at most one counted answer to a question"
    unexpected_rows_query: str = offending("""
        select
            source, lower(trim(survey_id)) as survey, lower(trim(question_id)) as question,
            lower(trim(invitation_id)) as invitation, count(*) as answers
        from checked
        where is_counted and invitation_id is not null
        group by all
        having count(*) > 1
    """)


class ExpectOneAnswerPerPersonWithinTheWindow(ExpectNoOffendingRows):
    """Nobody is counted twice within the window: since the first version 180 days, transactional 90."""

    description: str = "A person counts once per survey type and touchpoint within the quarantine window"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select answer_key, person_key, followed.survey_type, touchpoint, responded_at, next_responded_at
        from (
            select
                answer_key, person_key, survey_type, touchpoint, responded_at, definition_version,
                lead(responded_at) over (
                    partition by person_key, survey_type, touchpoint
                    order by responded_at, answer_key
                ) as next_responded_at
            from checked
            where is_counted
        ) as followed
        inner join {stated("nps_quarantine_windows", "windows")}
            on followed.definition_version = windows.definition_version
            and followed.survey_type = windows.survey_type
        where next_responded_at < responded_at + window_days * interval '1' day
    """)
    )


class ExpectAPersonsAnswersToFollowOneAnother(ExpectNoOffendingRows):
    """The current state rests on it: an answer is current until its person's next, for 365 days at most."""

    description: str = (
        "A counted answer is current until the day after its person's next, at most 366 days on"
    )
    unexpected_rows_query: str = offending("""
        select answer_key, person_key, responded_at, current_until, next_date
        from (
            select
                answer_key, person_key, responded_at, current_until,
                min(cast(responded_at as date)) over (
                    partition by person_key, survey_type order by responded_at, answer_key
                    rows between 1 following and 1 following
                ) as next_date
            from checked
            where is_counted
        ) as followed
        where
            current_until is null
            or current_until
            <> least(cast(responded_at as date) + 366, coalesce(next_date, date '9999-01-01') + 1)
        union all
        select answer_key, person_key, responded_at, current_until, null
        from checked
        where not is_counted and current_until is not null
    """)


class ExpectErasedAnswersToHoldNothing(ExpectNoOffendingRows):
    """Who asked to be forgotten is: what is left is that an answer was received."""

    description: str = "An erased answer keeps no score, no text, no person, no account and no member"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select answer_key, person_key, survey_id
        from checked
        where
            disposition = 'erased'
            and (
                {" or ".join(f"{column} is not null" for column in ERASED)}
                or person_key <> answer_key
                or {" or ".join(f"{name} <> '{UNASSIGNED}'" for name in governed().names)}
            )
    """)
    )


class ExpectRequestsToBeForgottenToBeKept(ExpectNoOffendingRows):
    """A request that names a response erases it, whatever else is wrong with the answer."""

    description: str = (
        "No answer that a request names by its response, given before it, is anything but erased"
    )
    unexpected_rows_query: str = offending(f"""
        with current_requests as (
            select *
            from raw_files.surveys_erasures
            where not {unread("files", "surveys_erasures")}
            qualify row_number() over (
                partition by lower(trim(record_id))
                order by version_at desc nulls last, _dlt_load_id desc, position desc
            ) = 1
        )

        select checked.answer_key, checked.disposition
        from checked
        inner join current_requests as requests
            on lower(trim(checked.response_id)) = lower(trim(requests.response_id))
            and (requests.source is null or lower(trim(requests.source)) = checked.source)
        where
            checked.disposition <> 'erased'
            and checked.responded_at < cast(requests.requested_at as timestamp)
            and cast(requests.requested_at as timestamp)
            < (select max(period_end) from marts.dim_periods where period_grain = 'all_time')
    """)
