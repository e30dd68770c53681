"""What became of every answer received: counted, or left out for a named reason. And what stands out."""

from __future__ import annotations

from collections.abc import Iterator

from review.published import UNASSIGNED, Published
from review.rendering import Entry, Page


def menu(_: Published) -> list[Entry]:
    """One entry."""
    return [("Data quality", "quality.html")]


def pages(published: Published) -> Iterator[Page]:
    """One page."""
    dispositions = published.rows(
        """
        select source, disposition, any_value(description) as description,
            cast(sum(answers) as bigint) as answers
        from response_dispositions
        group by source, disposition
        order by source, disposition <> 'counted', answers desc, disposition
        """
    )
    sources = {
        source: [row for row in dispositions if row["source"] == source]
        for source in sorted({row["source"] for row in dispositions})
    }
    whole = {row["survey_type"]: row["responses"] for row in published.newest("company")}
    totals = {source: sum(row["answers"] for row in rows) for source, rows in sources.items()}
    unknown = [
        {"dimension": name, "row": row, "of": whole[row["survey_type"]]}
        for name in published.dimensions
        if name in published.segments
        for row in published.newest(name)
        if row["members"] == (UNASSIGNED,)
    ]
    yield Page(
        "quality.html",
        "Data quality",
        "quality.html",
        {
            **{"sources": sources, "totals": totals, "unknown": unknown},
            "tested": published.rows(
                "select count(distinct branch) filter (subject_kind = 'branch') as branches,"
                " count(distinct survey) filter (subject_kind = 'survey') as surveys from integrity_signals"
            ),
            "signals": published.rows(
                "select * from integrity_signals where verdict = 'signal'"
                " order by survey_type, definition_version, signal, branch_name, branch, survey"
            ),
            "flagged": published.rows(
                "select * from nps_without_flagged order by survey_type, definition_version"
            ),
        },
    )
