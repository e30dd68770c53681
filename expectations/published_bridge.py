"""Checks that the bridge leads from the answers received to the published score, by the published exclusions.

Belongs here: the bridge beside the other published tables. Does not belong here: each of its lines, which the
recount counts again (`recount.bridge`).
"""

from __future__ import annotations

from expectations.offending_rows import ExpectNoOffendingRows, offending

_FIGURE = "survey_type, period_start, period_end, definition_version"
_SHOWN = "answers, promoters, passives, detractors, nps, reportability"


class ExpectTheBridgeToEndOnThePublishedScore(ExpectNoOffendingRows):
    """Somebody follows the bridge to learn where the number comes from: it must arrive at that number."""

    description: str = (
        "For each survey type and month the bridge ends exactly on the company's published counts and score"
    )
    unexpected_rows_query: str = offending(f"""
        select {_FIGURE}, {_SHOWN}, sum(side) as off
        from (
            select {_FIGURE}, {_SHOWN}, 1 as side from checked
            where source = '(all)' and survey_id = '(all)' and kind = 'published' and answers > 0
            union all
            select {_FIGURE}, responses, promoters, passives, detractors, nps, reportability, -1
            from publication.nps_scores
            where segment = 'company' and measure = 'in_period' and period_grain = 'month'
        ) as both_sides
        group by {_FIGURE}, {_SHOWN}
        having sum(side) <> 0
    """)


class ExpectEachLineToTakeOutItsReason(ExpectNoOffendingRows):
    """What a line takes out is what is published as excluded for that reason; received is all of it."""

    description: str = (
        "Each line of the bridge takes out the answers that response_dispositions gives its reason to,"
        " per source and month and for all sources"
    )
    unexpected_rows_query: str = offending("""
        with taken_out as (
            select source, period_start, kind, line_name, answers,
                lag(answers) over (
                    partition by survey_type, source, survey_id, period_start, definition_version
                    order by line_number
                ) - answers as excluded
            from checked
        ),
        known as (
            select unnest([source, '(all)']) as source, response_month, disposition, answers
            from publication.response_dispositions
            where disposition <> 'quarantined'
        )
        select source, period_start, line_name, sum(answers) as answers_off
        from (
            select source, period_start, line_name, if(kind = 'excluded', excluded, answers) as answers
            from taken_out where kind not in ('shown', 'beside')
            union all
            select source, response_month, disposition, -answers from known
            union all
            select source, response_month, 'received', -answers from known
        ) as both_sides
        group by source, period_start, line_name
        having sum(answers) <> 0
    """)
