"""Which answers are in which figures, in SQL: an answer once for each segment, joined by equality.

Belongs here: that join. Does not belong here: what is asked of the pairs (`restatements`, `evidence`).
"""

from __future__ import annotations

from publication.figure import ALL, DIMENSIONS, SEGMENTS, split_by


def by_segment(answers: str) -> str:
    """A query of `answers` once for each segment: `segment`, and each dimension as `in_<dimension>`.

    Dimensions that the segment is not split by hold `(all)`, as in the key of a figure.
    """
    return " union all ".join(
        f"select '{segment}' as segment, *, "
        + ", ".join(
            f"{dimension} as in_{dimension}"
            if dimension in split_by(segment)
            else f"'{ALL}' as in_{dimension}"
            for dimension in DIMENSIONS
        )
        + f" from {answers}"
        for segment in SEGMENTS
    )


def member(figures: str, answers: str) -> str:
    """The condition under which an answer of `by_segment` is dated and placed in a figure."""
    return " and ".join(
        [
            f"{figures}.segment = {answers}.segment",
            f"{figures}.survey_type = {answers}.survey_type",
            f"{figures}.definition_version = {answers}.definition_version",
            *(f"{figures}.{dimension} = {answers}.in_{dimension}" for dimension in DIMENSIONS),
            f"{figures}.period_start <= {answers}.response_date",
            f"{figures}.period_end > {answers}.response_date",
        ]
    )
