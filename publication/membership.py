"""Which answers belong to which figures, in SQL: each answer once per segment, joined by equality.

Belongs here: that join. Does not belong here: what the pairs are used for (`restatements`, `evidence`).
"""

from __future__ import annotations

from collections.abc import Collection

from publication.figure import ALL, split_by


def by_segment(answers: str, segments: Collection[str], dimensions: Collection[str]) -> str:
    """A query of `answers` once per segment: `segment`, and each dimension as `in_<dimension>`.

    Dimensions that do not split the segment hold `(all)`, as in the key of a figure.
    """
    return " union all ".join(
        f"select '{segment}' as segment, *, "
        + ", ".join(
            f"{dimension} as in_{dimension}"
            if dimension in split_by(segment)
            else f"'{ALL}' as in_{dimension}"
            for dimension in dimensions
        )
        + f" from {answers}"
        for segment in segments
    )


def member(figures: str, answers: str, dimensions: Collection[str]) -> str:
    """The condition under which an answer of `by_segment` belongs to a figure, by date and members."""
    return " and ".join(
        [
            f"{figures}.segment = {answers}.segment",
            f"{figures}.survey_type = {answers}.survey_type",
            f"{figures}.definition_version = {answers}.definition_version",
            *(f"{figures}.{dimension} = {answers}.in_{dimension}" for dimension in dimensions),
            f"{figures}.period_start <= {answers}.response_date",
            f"{figures}.period_end > {answers}.response_date",
        ]
    )
