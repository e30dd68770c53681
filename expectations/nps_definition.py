"""The definition of the metric in sentences, stated independently of the dbt seeds and models.

Belongs here: what an answer must be to count, in which band, when it is left out. Does not belong here:
the landing (`raw_landings`), whether answers are complete (`nothing_lost`), figures made of them (`recount`).
Thresholds come from the guard's own `definition`.
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.definition import EXCLUSIONS
from expectations.definition_rows import stated
from expectations.dimensions import governed
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged

DISPOSITIONS = ("counted", *EXCLUSIONS)


class ExpectBandsToFollowTheDefinition(ExpectNoOffendingRows):
    """Since the first version: detractors 0–6 (−100), passives 7–8 (0), promoters 9–10 (+100).

    6.5 is neither 6 nor 7, and a 1–5 scale is never re-banded. An answer without a band must not be in the
    denominator, nor one with a band outside it.
    """

    description: str = (
        "A counted answer has a whole score from 0 to 10, as given, and the band and weight of its version of"
        " the definition; no other answer has any"
    )
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select
            checked.definition_version, disposition, checked.score, likelihood_score, checked.nps_band,
            checked.nps_weight, count(*) as answers
        from checked
        left join {stated("nps_score_bands", "bands")}
            on checked.definition_version = bands.definition_version and checked.score = bands.score
        where
            (
                is_counted
                and (
                    bands.score is null
                    or likelihood_score is distinct from bands.score
                    or checked.nps_band is distinct from bands.nps_band
                    or checked.nps_weight is distinct from bands.nps_weight
                )
            )
            or (
                not is_counted
                and (likelihood_score is not null or checked.nps_band is not null
                    or checked.nps_weight is not null)
            )
        group by
            checked.definition_version, disposition, checked.score, likelihood_score, checked.nps_band,
            checked.nps_weight
    """)
    )


class ExpectTheVersionInForce(ExpectNoOffendingRows):
    """An answer is classified under the definition in force when it was given, never under another."""

    description: str = "Every answer is judged by the version of the definition in force when it was given"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select checked.definition_version, definitions.definition_version as in_force, count(*) as answers
        from checked
        left join {stated("nps_definitions", "definitions")}
            on checked.responded_at >= definitions.valid_from
            and checked.responded_at < coalesce(definitions.valid_to, date '9999-12-31')
        where
            checked.definition_version is distinct from definitions.definition_version
            and (checked.definition_version is not null or checked.is_counted)
        group by checked.definition_version, definitions.definition_version
    """)
    )


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
    # A date without a time of day is kept as its midnight, and is not before another moment of that day.
    unexpected_rows_query: str = offending("""
        select answer_key, is_test, is_staff, started_at, responded_at, sent_at, event_at
        from checked
        where
            is_counted
            and (
                coalesce(is_test, false)
                or coalesce(is_staff, false)
                or responded_at is null
                or (responded_at < sent_at and responded_at <> date_trunc('day', sent_at))
                or (started_at < sent_at and started_at <> date_trunc('day', sent_at))
                or (responded_at < event_at and responded_at <> date_trunc('day', event_at))
            )
    """)


class ExpectOnlyRegisteredQuestionsToCount(ExpectNoOffendingRows):
    """Any other 0–10 question is not NPS, and survey types are never blended."""

    description: str = "Only registered 0–10 questions count, under the survey type they are registered for"
    # A question is registered for whole days.
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        with asked as (
            select
                source, survey_id, question_id, survey_type, touchpoint, cast(responded_at as date) as day,
                count(*) as answers
            from checked
            where is_counted
            group by source, survey_id, question_id, survey_type, touchpoint, cast(responded_at as date)
        )
        select source, survey_id, question_id, survey_type, sum(answers) as answers
        from asked
        where
            not exists (
                select 1
                from {stated("nps_questions", "questions")}
                where
                    lower(trim(questions.source)) = lower(trim(asked.source))
                    and lower(trim(questions.survey_id)) = lower(trim(asked.survey_id))
                    and lower(trim(questions.question_id)) = lower(trim(asked.question_id))
                    and questions.survey_type = asked.survey_type
                    and questions.touchpoint = asked.touchpoint
                    and questions.scale_min = 0
                    and questions.scale_max = 10
                    and asked.day >= questions.valid_from
                    and (questions.valid_to is null or asked.day < questions.valid_to)
            )
        group by source, survey_id, question_id, survey_type
    """)
    )


class ExpectDimensionsNeverNull(ExpectNoOffendingRows):
    """Who is unknown still counts, as `Unassigned`; a null would fall out of every segment."""

    description: str = "Every governed dimension has a member; unknown is Unassigned"
    unexpected_rows_query: str = when_judged(lambda: _without_member(governed().names))


def _without_member(names: Sequence[str]) -> str:
    return offending(f"""
        select {", ".join(names)}, count(*) as rows_without_member
        from checked
        where {" or ".join(f"coalesce(trim({name}), '') = ''" for name in names)}
        group by {", ".join(names)}
    """)


class ExpectCustomerValueToFollowTheThresholds(ExpectNoOffendingRows):
    """Trailing-365-day revenue as of the answer, cut at the minimums of its version (EUR, inclusive)."""

    description: str = "The value tier follows the revenue before the answer; without an account, Unassigned"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select answer_key, trailing_revenue_amount, checked.customer_value_tier
        from checked
        asof left join {stated("customer_value_tiers", "tiers")}
            on checked.definition_version = tiers.definition_version
            and greatest(trailing_revenue_amount, 0) >= minimum_amount
        where
            is_counted
            and checked.customer_value_tier
            is distinct from case
                when trailing_revenue_amount is null then 'Unassigned' else tiers.customer_value_tier
            end
    """)
    )


class ExpectStagesOfTheDefinition(ExpectNoOffendingRows):
    """A stage nobody governs would be a segment nobody can name."""

    description: str = "Every journey stage is one of the answer's version of the definition, or Unassigned"
    unexpected_rows_query: str = when_judged(
        lambda: offending(f"""
        select checked.definition_version, checked.journey_stage, count(*) as answers
        from checked
        left join {stated("journey_stages", "stages")}
            on checked.definition_version = stages.definition_version
            and checked.journey_stage = stages.journey_stage
        where is_counted and checked.journey_stage <> 'Unassigned' and stages.journey_stage is null
        group by checked.definition_version, checked.journey_stage
    """)
    )
