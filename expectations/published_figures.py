"""What must be true of every figure before anyone may read it.

Belongs here: what a published row shows by itself: its score follows from its counts, is suppressed where few
answered, and reveals nothing about persons. Does not belong here: which answers count
(`nps_definition`), and whether the counts are right (`published_totals`).
"""

from __future__ import annotations

from typing import Self

from expectations.definition_rows import highest
from expectations.nps_definition import DIMENSIONS
from expectations.offending_rows import ExpectNoOffendingRows, offending
from expectations.running_totals import SEGMENTS

KEY = (
    *("survey_type", "measure", "period_grain", "period_start", "period_end", "segment"),
    *DIMENSIONS,
    "definition_version",
)
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
            measure not in ('in_period', 'current_state')
            or (measure = 'current_state' and period_grain <> 'trailing_365d')
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
    """NPS = 100 · (P − D) / N, its standard error, and the adjusted Wald (3, T) interval, clipped to ±100."""

    description: str = (
        "Score, standard error and interval follow from the counts: (P−D)/N and adjusted Wald (3, T)"
    )
    unexpected_rows_query: str = offending(f"""
        select
            survey_type, period_end, promoters, detractors, responses,
            nps, nps_standard_error, nps_low, nps_high, s, adjusted_s, adjusted_se
        from (
            select
                *,
                cast(promoters - detractors as double) / responses as s,
                -- the variance of +1, 0 and −1 as the mean of squares less the square of the mean
                sqrt(greatest(0, (
                    cast(promoters + detractors as double) * responses
                    - cast(promoters - detractors as double) * (promoters - detractors)
                )) / responses) / responses as se,
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
            or abs(nps_standard_error - 100 * se) > {_TOLERANCE}
            or coalesce(
                abs(nps_low - greatest(-100, 100 * (adjusted_s - {_Z} * adjusted_se))) > {_TOLERANCE}, true
            )
            or coalesce(
                abs(nps_high - least(100, 100 * (adjusted_s + {_Z} * adjusted_se))) > {_TOLERANCE}, true
            )
    """)


class ExpectSuppressionBelowTheFloor(ExpectNoOffendingRows):
    """Since the first version: below 5 answers a figure could be a person; below 30 a score is noise."""

    description: str = "Below the lowest floor only the number of answers is shown, below the next no score"

    @classmethod
    def of(cls, *with_the_score: str) -> Self:
        """About a table with these columns beside the score, shown only where it is shown, if at all."""
        rest = ", ".join(("nps_standard_error", *with_the_score))
        return cls(
            unexpected_rows_query=offending(f"""
                select checked.survey_type, checked.period_end, checked.responses, checked.reportability,
                    checked.promoters, checked.nps, checked.nps_low, checked.nps_high, {rest}
                from checked
                left join {highest("reportability_floors", "floors")}
                    on checked.definition_version = floors.definition_version
                    and checked.responses >= at_least
                    and (below is null or checked.responses < below)
                where
                    checked.reportability is distinct from floors.reportability
                    or (
                        floors.reportability = 'suppressed'
                        and coalesce(promoters, passives, detractors, nps, nps_low, nps_high, {rest})
                        is not null
                    )
                    or (floors.reportability = 'interval_only' and coalesce(nps, {rest}) is not null)
                    or (
                        floors.reportability <> 'suppressed'
                        and (
                            promoters is null or passives is null or detractors is null
                            or nps_low is null or nps_high is null
                        )
                    )
                    or (
                        floors.reportability in ('indicative', 'reportable')
                        and (nps is null or nps_standard_error is null)
                    )
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
    unexpected_rows_query: str = offending(f"""
        select distinct {", ".join(DIMENSIONS)}
        from checked
        where {" or ".join(f"position('@' in {name}) > 0" for name in DIMENSIONS)}
    """)
