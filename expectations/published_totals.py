"""That the published tables hold the answers of the marts, all of them and each once.

Belongs here: comparisons of a published table with the marts, with itself and with the other published
tables. Does not belong here: what one row must look like (`published_figures`). The sums are made another
way than in the models: by running totals per cell.
"""

from __future__ import annotations

from expectations.nps_definition import DIMENSIONS
from expectations.offending_rows import ExpectNoOffendingRows, offending
from expectations.published_figures import SEGMENTS

_ANSWER = ", ".join(("survey_type", "likelihood_score", "nps_band", "nps_weight", *DIMENSIONS))


def _cell(split: tuple[str, ...] | None = None) -> str:
    """An SQL expression that names the cell of a row: of a figure, or of an answer split by dimensions."""
    members = [name if split is None or name in split else "'(all)'" for name in DIMENSIONS]
    return " || '|' || ".join(["survey_type", "definition_version", *members])


def _answers_by_cell() -> str:
    """Answers by cell and day, segment by segment; cells are named after grouping, when they are few."""
    segments = []
    for segment, split in SEGMENTS.items():
        members = ", ".join(("survey_type", "definition_version", *split, "response_date"))
        segments.append(
            f"select '{segment}' as segment, {_cell(split)} as cell, response_date as day,"
            " promoters, passives, detractors, responses"
            f" from (select {members}, sum(promoters) as promoters, sum(passives) as passives,"
            " sum(detractors) as detractors, sum(responses) as responses"
            f" from marts.fct_nps_daily group by {members}) as grouped"
        )
    return " union all ".join(segments)


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

    description: str = "response_dispositions holds every answer received under its disposition"
    unexpected_rows_query: str = offending("""
        select source, disposition, survey_type, sum(answers) as answers_off
        from (
            select source, disposition, survey_type, answers from checked
            union all
            select source, disposition, coalesce(survey_type, '(none)'), -1 from marts.fct_survey_responses
            union all
            select source, disposition, '(none)', -answers from marts.audit_reconciliation
            where disposition = 'quarantined'
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
