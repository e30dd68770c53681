"""Checks that the published tables hold the answers of the marts, all of them and each once.

Belongs here: comparisons of a published table with the marts, with itself and with the other published
tables. Does not belong here: what one row must look like (`published_figures`). The sums are made
differently than in the models: by running totals per cell.
"""

from __future__ import annotations

from expectations.definition_rows import stated
from expectations.nps_definition import DIMENSIONS
from expectations.offending_rows import ExpectNoOffendingRows, offending, when_judged
from expectations.running_totals import ANSWERS, CURRENT, DAILY, SEGMENTS, cell, totals

_ANSWER = ", ".join(("survey_type", "likelihood_score", "nps_band", "nps_weight", *DIMENSIONS))

#: Element of the published definition → the seed it tells, what it names, and the number it begins with.
_ELEMENTS = {
    "score_band": ("nps_score_bands", "nps_band", "score"),
    "quarantine_window": ("nps_quarantine_windows", "survey_type", "window_days"),
    "customer_value_tier": ("customer_value_tiers", "customer_value_tier", "minimum_amount"),
    "reportability": ("reportability_floors", "reportability", "minimum_responses"),
    "publication_limit": ("publication_limits", "limit_name || ' of each ' || applies_to", "maximum"),
}


class ExpectPublishedToEqualMarts(ExpectNoOffendingRows):
    """In a period: total before its end − before its start. Current state: who is current at its end."""

    description: str = (
        "The published counts are the counted answers of that measure, period and those members"
    )
    unexpected_rows_query: str = offending(f"""
        with named as (
            select {cell("measure")} as cell, measure, period_grain, period_start, period_end, {
        ", ".join(ANSWERS)
    }
            from checked
        ),
        {
        totals(
            {"in_period": DAILY, "current_state": CURRENT},
            (
                "select number, period_end as day from figures",
                "select number, period_start from figures where measure = 'in_period'",
            ),
            ANSWERS,
        )
    },
        compared as (
            select
                figures.*,
                {
        ", ".join(
            f"ends.{name} - case when figures.measure = 'in_period' then starts.{name} else 0 end"
            f" as {name}_of_marts"
            for name in ANSWERS
        )
    }
            from figures
            inner join totals as ends on figures.number = ends.number and figures.period_end = ends.day
            left join totals as starts on figures.number = starts.number and figures.period_start = starts.day
        )
        select *
        from compared
        where {" or ".join(f"{name} <> {name}_of_marts" for name in ANSWERS)}
    """)


class ExpectSegmentsToAddUpToTheCompany(ExpectNoOffendingRows):
    """Every answer is in exactly one member of every dimension: segments are exhaustive."""

    description: str = "In every period and segment the members' answers add up to the company's"
    unexpected_rows_query: str = offending(f"""
        select
            company.survey_type, company.measure, company.period_grain, company.period_start,
            company.period_end, names.segment, company.responses as company_responses,
            coalesce(segments.responses, 0) as segment_responses
        from (
            select survey_type, measure, period_grain, period_start, period_end, definition_version,
                sum(case when segment = 'company' then responses else 0 end) as responses
            from checked
            group by survey_type, measure, period_grain, period_start, period_end, definition_version
        ) as company
        cross join ({" union all ".join(f"select '{name}' as segment" for name in SEGMENTS)}) as names
        left join (
            select survey_type, measure, period_grain, period_start, period_end, definition_version, segment,
                sum(responses) as responses
            from checked
            group by survey_type, measure, period_grain, period_start, period_end, definition_version, segment
        ) as segments
            on company.survey_type = segments.survey_type
            and company.measure = segments.measure
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
            where segment = 'company' and measure = 'in_period'
            group by survey_type, definition_version, period_grain
        ) as figures
            on counted.survey_type = figures.survey_type
            and counted.definition_version = figures.definition_version
            and grains.period_grain = figures.period_grain
        where counted.responses <> coalesce(figures.responses, 0)
    """)


class ExpectTrailingWindowsAtEveryMonth(ExpectNoOffendingRows):
    """After every month with answers there is a trailing figure of 90 and 365 days, and a current state."""

    description: str = "Every month with answers that is over is followed by its trailing figures"
    unexpected_rows_query: str = offending("""
        select
            months.survey_type, months.definition_version, grains.measure, grains.period_grain,
            months.period_end
        from checked as months
        cross join (
            values
                ('in_period', 'trailing_90d'), ('in_period', 'trailing_365d'),
                ('current_state', 'trailing_365d')
        ) as grains (measure, period_grain)
        left join checked as followed
            on followed.segment = 'company'
            and months.survey_type = followed.survey_type
            and (
                months.definition_version = followed.definition_version
                -- the person's latest may be of another version
                or followed.measure = 'current_state'
            )
            and months.period_end = followed.period_end
            and grains.measure = followed.measure
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
            select cast(responded_at as date) as day, {_ANSWER}, 1 as answers from checked
            union all
            select cast(responded_at as date), {_ANSWER}, -1
            from marts.fct_survey_responses
            where disposition = 'counted'
        ) as both_sides
        group by day, {_ANSWER}
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
