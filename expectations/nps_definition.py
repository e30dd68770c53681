"""The definition of the metric in sentences, stated independently of the dbt seeds and models.

Belongs here: what an answer must be to count, in which band, when it is left out. Does not belong here:
the landing (`raw_landings`), whether answers are complete (`nothing_lost`), figures made of them
(`published_figures`). Thresholds are written here a second time on purpose.
"""

from __future__ import annotations

from expectations.offending_rows import ExpectNoOffendingRows, offending

DIMENSIONS = ("customer_value_tier", "journey_stage", "branch", "region", "plan", "channel")
EXCLUSIONS = (
    "preview_or_test",
    "unregistered_question",
    "unanswered",
    "non_integer",
    "off_scale",
    "in_future",
    "before_invitation",
    "before_event",
    "staff_or_own_domain",
    "superseded",
    "quarantine_window",
)
DISPOSITIONS = ("counted", *EXCLUSIONS)


class ExpectScoresToBeWholeNumbersFromZeroToTen(ExpectNoOffendingRows):
    """6.5 is neither 6 nor 7; a 1–5 scale is never re-banded."""

    description: str = "A counted score is a whole number from 0 to 10, as the person gave it"
    unexpected_rows_query: str = offending("""
        select answer_key, score, likelihood_score
        from checked
        where
            is_counted
            and (
                score is null
                or likelihood_score is null
                or score <> floor(score)
                or score not between 0 and 10
                or likelihood_score <> score
            )
    """)


class ExpectBandsToFollowTheDefinition(ExpectNoOffendingRows):
    """Detractors 0–6 weigh −100, passives 7–8 nothing, promoters 9–10 +100."""

    description: str = "0–6 is a detractor (−100), 7–8 a passive (0), 9–10 a promoter (+100)"
    unexpected_rows_query: str = offending("""
        select likelihood_score, nps_band, nps_weight, count(*) as answers
        from checked
        where
            nps_band is not null
            and not coalesce(
                (likelihood_score between 0 and 6 and nps_band = 'detractor' and nps_weight = -100)
                or (likelihood_score between 7 and 8 and nps_band = 'passive' and nps_weight = 0)
                or (likelihood_score between 9 and 10 and nps_band = 'promoter' and nps_weight = 100),
                false
            )
        group by likelihood_score, nps_band, nps_weight
    """)


class ExpectExactlyCountedAnswersToHaveABand(ExpectNoOffendingRows):
    """An answer without a band must not be in the denominator, nor one with a band outside it."""

    description: str = "An answer has a score, band and weight exactly when it counts"
    unexpected_rows_query: str = offending("""
        select answer_key, disposition, likelihood_score, nps_band, nps_weight
        from checked
        where
            (is_counted and (likelihood_score is null or nps_band is null or nps_weight is null))
            or (
                not is_counted
                and (likelihood_score is not null or nps_band is not null or nps_weight is not null)
            )
    """)


class ExpectDispositionsFromTheClosedList(ExpectNoOffendingRows):
    """Nothing leaves silently: counted, or one of the named reasons."""

    description: str = "Every answer is counted or excluded for one of the named reasons"
    unexpected_rows_query: str = offending(f"""
        select disposition, is_counted, count(*) as answers
        from checked
        where
            coalesce(disposition, '') not in {DISPOSITIONS}
            or coalesce(is_counted <> (disposition = 'counted'), true)
        group by disposition, is_counted
    """)


class ExpectOnlyValidAnswersToCount(ExpectNoOffendingRows):
    """Previews, staff, and answers from before their invitation or event are not customers' answers."""

    description: str = "No preview, no staff and nothing before its invitation or event counts"
    unexpected_rows_query: str = offending("""
        select answer_key, is_test, is_staff, started_at, responded_at, sent_at, event_at
        from checked
        where
            is_counted
            and (
                coalesce(is_test, false)
                or coalesce(is_staff, false)
                or responded_at is null
                or responded_at < sent_at
                or started_at < sent_at
                or responded_at < event_at
            )
    """)


class ExpectOnlyRegisteredQuestionsToCount(ExpectNoOffendingRows):
    """Any other 0–10 question is not NPS, and survey types are never blended."""

    description: str = "Only registered 0–10 questions count, under the survey type they are registered for"
    unexpected_rows_query: str = offending("""
        select
            checked.source, checked.survey_id, checked.question_id, checked.survey_type,
            count(*) as answers
        from checked
        where
            checked.is_counted
            and not exists (
                select 1
                from definition.nps_questions as questions
                where
                    lower(trim(questions.source)) = lower(trim(checked.source))
                    and lower(trim(questions.survey_id)) = lower(trim(checked.survey_id))
                    and lower(trim(questions.question_id)) = lower(trim(checked.question_id))
                    and questions.survey_type = checked.survey_type
                    and questions.touchpoint = checked.touchpoint
                    and questions.scale_min = 0
                    and questions.scale_max = 10
                    and checked.responded_at >= questions.valid_from
                    and (questions.valid_to is null or checked.responded_at < questions.valid_to)
            )
        group by checked.source, checked.survey_id, checked.question_id, checked.survey_type
    """)


class ExpectOneAnswerPerInvitation(ExpectNoOffendingRows):
    """The later answer to the same invitation and question replaces the earlier."""

    description: str = "An invitation has at most one counted answer to a question"
    unexpected_rows_query: str = offending("""
        select source, survey_id, question_id, lower(trim(invitation_id)) as invitation, count(*) as answers
        from checked
        where is_counted and invitation_id is not null
        group by source, survey_id, question_id, lower(trim(invitation_id))
        having count(*) > 1
    """)


class ExpectOneAnswerPerPersonWithinTheWindow(ExpectNoOffendingRows):
    """Nobody is counted twice within 180 days (relationship) or 90 days (transactional)."""

    description: str = "A person counts once per survey type and touchpoint in 180 or 90 days"
    unexpected_rows_query: str = offending("""
        select answer_key, person_key, survey_type, touchpoint, responded_at, next_responded_at
        from (
            select
                answer_key, person_key, survey_type, touchpoint, responded_at,
                lead(responded_at) over (
                    partition by person_key, survey_type, touchpoint
                    order by responded_at, answer_key
                ) as next_responded_at
            from checked
            where is_counted
        ) as followed
        where
            (survey_type = 'relationship' and next_responded_at < responded_at + interval '180' day)
            or (survey_type = 'transactional' and next_responded_at < responded_at + interval '90' day)
    """)


class ExpectDimensionsNeverNull(ExpectNoOffendingRows):
    """Who is unknown still counts, as `Unassigned`; a null would fall out of every segment."""

    description: str = "Every governed dimension has a member; unknown is Unassigned"
    unexpected_rows_query: str = offending(f"""
        select {", ".join(DIMENSIONS)}, count(*) as rows_without_member
        from checked
        where {" or ".join(f"coalesce(trim({dimension}), '') = ''" for dimension in DIMENSIONS)}
        group by {", ".join(DIMENSIONS)}
    """)


class ExpectCustomerValueToFollowTheThresholds(ExpectNoOffendingRows):
    """Value is trailing-365-day revenue as of the answer, cut at 5,000, 25,000 and 100,000 EUR."""

    description: str = "The value tier follows the revenue before the answer; without an account, Unassigned"
    unexpected_rows_query: str = offending("""
        select answer_key, trailing_revenue_amount, customer_value_tier
        from checked
        where
            is_counted
            and coalesce(customer_value_tier, '') <> case
                when trailing_revenue_amount is null then 'Unassigned'
                when trailing_revenue_amount >= 100000 then 'strategic'
                when trailing_revenue_amount >= 25000 then 'key'
                when trailing_revenue_amount >= 5000 then 'core'
                else 'starter'
            end
    """)


class ExpectPromotersPassivesAndDetractorsToAddUp(ExpectNoOffendingRows):
    """Passives are in the denominator: bands that do not add up to their total are a reader's trap."""

    description: str = "Promoters + passives + detractors = responses, none negative"
    unexpected_rows_query: str = offending("""
        select survey_type, promoters, passives, detractors, responses
        from checked
        where
            promoters + passives + detractors <> responses
            or promoters < 0
            or passives < 0
            or detractors < 0
            or coalesce(responses, 0) < 1
    """)
