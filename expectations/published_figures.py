"""What must be true of every figure before anyone may read it.

Belongs here: that published figures follow from their counts, equal the marts, add up, are suppressed
where few answered, and tell nothing about persons. Does not belong here: which answers count
(`nps_definition`). The sums are made another way than in the models: by running totals per cell.
"""

from __future__ import annotations

from expectations.nps_definition import DIMENSIONS
from expectations.offending_rows import ExpectNoOffendingRows, offending

SEGMENTS: dict[str, tuple[str, ...]] = {
    "company": (),
    **{dimension: (dimension,) for dimension in DIMENSIONS},
    "customer_value_tier*journey_stage": ("customer_value_tier", "journey_stage"),
    "branch*journey_stage": ("branch", "journey_stage"),
    "customer_value_tier*branch": ("customer_value_tier", "branch"),
}
KEY = (
    *("survey_type", "measure", "period_grain", "period_start", "period_end", "segment"),
    *DIMENSIONS,
    "definition_version",
)
_ANSWER = ", ".join(("survey_type", "likelihood_score", "nps_band", "nps_weight", *DIMENSIONS))
_Z = 1.959963984540054
_TOLERANCE = 1e-9
_PERSONAL = (
    *("person_key", "contact_key", "contact_id", "account_key", "account_id", "respondent_email", "email"),
    *("comment", "invitation_id", "response_id", "answer_key", "record_id", "device_id", "payload"),
    *("external_reference", "employee_id", "owner_id", "contact_name", "account_name"),
)


class ExpectOneRowPerFigure(ExpectNoOffendingRows):
    """Two rows for one cell would be added by any reader's pivot."""

    description: str = "A figure is one row: survey type, measure, period, segment, members, definition"
    unexpected_rows_query: str = offending(f"""
        select {", ".join(KEY)}, count(*) as copies
        from checked
        group by {", ".join(KEY)}
        having count(*) > 1
    """)


class ExpectSegmentsToNameTheirDimensions(ExpectNoOffendingRows):
    """A row shows members for the dimensions of its segment and `(all)` for the others."""

    description: str = "A row is split by exactly the dimensions its segment names"
    unexpected_rows_query: str = offending(
        "select distinct segment, "
        + ", ".join(DIMENSIONS)
        + " from checked where not coalesce("
        + " or ".join(
            "("
            + " and ".join(
                [f"segment = '{segment}'"]
                + [f"{name} {'<>' if name in split else '='} '(all)'" for name in DIMENSIONS]
            )
            + ")"
            for segment, split in SEGMENTS.items()
        )
        + ", false)"
    )


class ExpectPeriodsToHaveTheirLength(ExpectNoOffendingRows):
    """A quarter is three months from its first day on; a trailing window has its number of days."""

    description: str = "Every period is of a known grain and as long as it says"
    unexpected_rows_query: str = offending("""
        select distinct measure, period_grain, period_start, period_end
        from checked
        where
            measure <> 'in_period'
            or not coalesce(
                case period_grain
                    when 'month' then extract(day from period_start) = 1
                        and period_end = period_start + interval '1' month
                    when 'quarter' then extract(day from period_start) = 1
                        and extract(month from period_start) in (1, 4, 7, 10)
                        and period_end = period_start + interval '3' month
                    when 'year' then extract(day from period_start) = 1
                        and extract(month from period_start) = 1
                        and period_end = period_start + interval '1' year
                    when 'trailing_90d' then period_end = period_start + interval '90' day
                    when 'trailing_365d' then period_end = period_start + interval '365' day
                    when 'all_time' then period_end > period_start
                end,
                false
            )
    """)


class ExpectScoresToEqualTheirCounts(ExpectNoOffendingRows):
    """NPS = 100 · (P − D) / N, and the adjusted Wald (3, T) interval around it, clipped to ±100."""

    description: str = "Score and interval follow from the counts: 100·(P−D)/N and adjusted Wald (3, T)"
    unexpected_rows_query: str = offending(f"""
        select
            survey_type, period_end, promoters, passives, detractors, responses,
            nps, 100 * s as nps_of_counts,
            nps_low, greatest(-100, 100 * (adjusted_s - {_Z} * adjusted_se)) as low_of_counts,
            nps_high, least(100, 100 * (adjusted_s + {_Z} * adjusted_se)) as high_of_counts
        from (
            select
                *,
                cast(promoters - detractors as double) / responses as s,
                cast(promoters - detractors as double) / (responses + 3) as adjusted_s,
                sqrt((
                    (promoters + detractors + 1.5e0) / (responses + 3)
                    - power(cast(promoters - detractors as double) / (responses + 3), 2)
                ) / (responses + 3)) as adjusted_se
            from checked
            where promoters is not null
        ) as recalculated
        where
            abs(nps - 100 * s) > {_TOLERANCE}
            or coalesce(
                abs(nps_low - greatest(-100, 100 * (adjusted_s - {_Z} * adjusted_se))) > {_TOLERANCE}, true
            )
            or coalesce(
                abs(nps_high - least(100, 100 * (adjusted_s + {_Z} * adjusted_se))) > {_TOLERANCE}, true
            )
    """)


class ExpectSuppressionBelowTheFloor(ExpectNoOffendingRows):
    """Below 5 answers a figure could be a person; below 30 a score is noise."""

    description: str = "Below 5 answers only their number is shown, below 30 no score; from 30 on everything"
    unexpected_rows_query: str = offending("""
        select survey_type, period_end, responses, reportability, promoters, nps, nps_low, nps_high
        from checked
        where
            coalesce(reportability, '') <> case
                when responses < 5 then 'suppressed'
                when responses < 30 then 'interval_only'
                when responses < 100 then 'indicative'
                else 'reportable'
            end
            or (
                responses < 5
                and coalesce(promoters, passives, detractors, nps, nps_low, nps_high) is not null
            )
            or (responses < 30 and nps is not null)
            or (
                responses >= 5
                and (
                    promoters is null or passives is null or detractors is null
                    or nps_low is null or nps_high is null
                )
            )
            or (responses >= 30 and nps is null)
    """)


def _cell(split: tuple[str, ...] | None = None) -> str:
    """An SQL expression that names the cell of a row: of a figure, or of an answer split by dimensions."""
    members = [name if split is None or name in split else "'(all)'" for name in DIMENSIONS]
    return " || '|' || ".join(["survey_type", "definition_version", *members])


def _answers_by_cell() -> str:
    return " union all ".join(
        f"select '{segment}' as segment, {_cell(split)} as cell, response_date as day,"
        " sum(promoters) as promoters, sum(passives) as passives,"
        " sum(detractors) as detractors, sum(responses) as responses"
        f" from marts.fct_nps_daily group by {_cell(split)}, response_date"
        for segment, split in SEGMENTS.items()
    )


class ExpectPublishedToEqualMarts(ExpectNoOffendingRows):
    """Every figure's counts are the answers of its period and members: total before its end − its start."""

    description: str = "The published counts are the counted answers of that period and those members"
    unexpected_rows_query: str = offending(f"""
        with figures as (
            select
                segment, {_cell()} as cell, period_grain, period_start, period_end,
                promoters, passives, detractors, responses
            from checked
        ),
        boundaries as (
            select segment, cell, period_start as day from figures
            union
            select segment, cell, period_end from figures
        ),
        events as (
            select segment, cell, day, 1 as is_day, promoters, passives, detractors, responses
            from ({_answers_by_cell()}) as answers
            union all
            select segment, cell, day, 0, 0, 0, 0, 0 from boundaries
        ),
        running as (
            select
                segment, cell, day, is_day,
                sum(promoters) over before_day as promoters,
                sum(passives) over before_day as passives,
                sum(detractors) over before_day as detractors,
                sum(responses) over before_day as responses
            from events
            window before_day as (
                partition by segment, cell order by day, is_day
                rows between unbounded preceding and current row
            )
        ),
        totals as (select * from running where is_day = 0)
        select
            figures.*,
            ends.promoters - starts.promoters as promoters_of_marts,
            ends.passives - starts.passives as passives_of_marts,
            ends.detractors - starts.detractors as detractors_of_marts,
            ends.responses - starts.responses as responses_of_marts
        from figures
        inner join totals as starts
            on figures.segment = starts.segment and figures.cell = starts.cell
            and figures.period_start = starts.day
        inner join totals as ends
            on figures.segment = ends.segment and figures.cell = ends.cell and figures.period_end = ends.day
        where
            figures.responses <> ends.responses - starts.responses
            or figures.promoters <> ends.promoters - starts.promoters
            or figures.passives <> ends.passives - starts.passives
            or figures.detractors <> ends.detractors - starts.detractors
    """)


class ExpectSegmentsToAddUpToTheCompany(ExpectNoOffendingRows):
    """Every answer is in exactly one member of every dimension: segments are exhaustive."""

    description: str = "In every period and segment the members' answers add up to the company's"
    unexpected_rows_query: str = offending(f"""
        select
            company.survey_type, company.period_grain, company.period_start, company.period_end,
            names.segment, company.responses as company_responses,
            coalesce(segments.responses, 0) as segment_responses
        from (
            select survey_type, period_grain, period_start, period_end, definition_version,
                sum(case when segment = 'company' then responses else 0 end) as responses
            from checked
            group by survey_type, period_grain, period_start, period_end, definition_version
        ) as company
        cross join ({" union all ".join(f"select '{name}' as segment" for name in SEGMENTS)}) as names
        left join (
            select survey_type, period_grain, period_start, period_end, definition_version, segment,
                sum(responses) as responses
            from checked
            group by survey_type, period_grain, period_start, period_end, definition_version, segment
        ) as segments
            on company.survey_type = segments.survey_type
            and company.period_grain = segments.period_grain
            and company.period_start = segments.period_start
            and company.period_end = segments.period_end
            and company.definition_version = segments.definition_version
            and names.segment = segments.segment
        where company.responses <> coalesce(segments.responses, 0)
    """)


class ExpectEveryAnswerInEveryCalendar(ExpectNoOffendingRows):
    """Months, quarters, years and all time each hold every counted answer once."""

    description: str = "Months, quarters, years and all time each add up to all counted answers"
    unexpected_rows_query: str = offending("""
        select
            counted.survey_type, counted.definition_version, grains.period_grain,
            counted.responses as counted_answers, coalesce(figures.responses, 0) as published_answers
        from (
            select survey_type, definition_version, sum(responses) as responses
            from marts.fct_nps_daily
            group by survey_type, definition_version
        ) as counted
        cross join (
            select 'month' as period_grain union all select 'quarter' union all select 'year'
            union all select 'all_time'
        ) as grains
        left join (
            select survey_type, definition_version, period_grain, sum(responses) as responses
            from checked
            where segment = 'company'
            group by survey_type, definition_version, period_grain
        ) as figures
            on counted.survey_type = figures.survey_type
            and counted.definition_version = figures.definition_version
            and grains.period_grain = figures.period_grain
        where counted.responses <> coalesce(figures.responses, 0)
    """)


class ExpectTrailingWindowsAtEveryMonth(ExpectNoOffendingRows):
    """After every month with answers there is a trailing figure of 90 and of 365 days."""

    description: str = "Every month with answers that is over is followed by its trailing figures"
    unexpected_rows_query: str = offending("""
        select months.survey_type, months.definition_version, grains.period_grain, months.period_end
        from checked as months
        cross join (select 'trailing_90d' as period_grain union all select 'trailing_365d') as grains
        left join checked as followed
            on followed.segment = 'company'
            and months.survey_type = followed.survey_type
            and months.definition_version = followed.definition_version
            and months.period_end = followed.period_end
            and grains.period_grain = followed.period_grain
        where
            months.segment = 'company'
            and months.period_grain = 'month'
            and months.period_end <= (select max(period_end) from checked where period_grain = 'all_time')
            and followed.period_end is null
    """)


class ExpectPublishedAnswersToEqualMarts(ExpectNoOffendingRows):
    """The published answers are the counted ones, with the same score, band and members."""

    description: str = "nps_responses holds the counted answers of the marts, unchanged"
    unexpected_rows_query: str = offending(f"""
        select day, {_ANSWER}, sum(answers) as answers_off
        from (
            select cast(responded_at as date) as day, {_ANSWER}, count(*) as answers
            from checked
            group by cast(responded_at as date), {_ANSWER}
            union all
            select cast(responded_at as date), {_ANSWER}, -count(*)
            from marts.fct_survey_responses
            where disposition = 'counted'
            group by cast(responded_at as date), {_ANSWER}
        ) as both_sides
        group by day, {_ANSWER}
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
    unexpected_rows_query: str = offending(f"""
        select distinct {", ".join(DIMENSIONS)}
        from checked
        where {" or ".join(f"position('@' in {name}) > 0" for name in DIMENSIONS)}
    """)


class ExpectScorecardsToEqualScores(ExpectNoOffendingRows):
    """A branch manager and the board read the same figure."""

    description: str = "A scorecard is the branch's trailing-365-day row of nps_scores, beside the company's"
    unexpected_rows_query: str = offending("""
        select
            checked.branch, checked.survey_type, checked.period_end, checked.responses, checked.nps,
            checked.company_nps, checked.is_distinguishable,
            branches.responses as responses_of_scores, branches.nps as nps_of_scores,
            company.nps as company_nps_of_scores
        from checked
        left join publication.nps_scores as branches
            on branches.segment = 'branch' and branches.period_grain = 'trailing_365d'
            and checked.branch = branches.branch and checked.survey_type = branches.survey_type
            and checked.period_end = branches.period_end
            and checked.definition_version = branches.definition_version
        left join publication.nps_scores as company
            on company.segment = 'company' and company.period_grain = 'trailing_365d'
            and checked.survey_type = company.survey_type
            and checked.period_end = company.period_end
            and checked.definition_version = company.definition_version
        where
            coalesce(checked.responses <> branches.responses, true)
            or checked.promoters is distinct from branches.promoters
            or checked.detractors is distinct from branches.detractors
            or checked.nps is distinct from branches.nps
            or checked.nps_low is distinct from branches.nps_low
            or checked.nps_high is distinct from branches.nps_high
            or checked.company_nps is distinct from company.nps
            or coalesce(checked.is_distinguishable, false)
            <> coalesce(company.nps < branches.nps_low or company.nps > branches.nps_high, false)
    """)


class ExpectExclusionsToBePublished(ExpectNoOffendingRows):
    """A reader sees what was left out, and why."""

    description: str = "response_dispositions holds every answer of the marts under its disposition"
    unexpected_rows_query: str = offending("""
        select source, disposition, survey_type, sum(answers) as answers_off
        from (
            select source, disposition, survey_type, answers from checked
            union all
            select source, disposition, coalesce(survey_type, '(none)'), -1 from marts.fct_survey_responses
        ) as both_sides
        group by source, disposition, survey_type
        having sum(answers) <> 0
    """)


class ExpectTheDefinitionToBePublished(ExpectNoOffendingRows):
    """A figure whose definition cannot be read cannot be governed."""

    description: str = "The definition in words is published beside every figure made by it"
    unexpected_rows_query: str = offending("""
        select distinct scores.definition_version
        from publication.nps_scores as scores
        left join checked on scores.definition_version = checked.definition_version
        where checked.definition_version is null
    """)
