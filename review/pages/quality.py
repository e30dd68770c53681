"""What became of every answer: counted, or left out for a named reason. What is hidden; what stands out."""

from __future__ import annotations

from collections.abc import Iterator

from review.published import UNASSIGNED, Published, Row
from review.rendering import Entry, Page

#: What is counted of a publication → its table, the column that says how much is shown, and which rows.
_SHOWN = {
    "scores of the company": ("nps_scores", "reportability", "segment = 'company'"),
    "scores of members of one dimension": (
        *("nps_scores", "reportability"),
        "segment <> 'company' and segment not like '%*%'",
    ),
    "scores of members of two dimensions": ("nps_scores", "reportability", "segment like '%*%'"),
    "lines of bridges": ("nps_bridge", "reportability", "true"),
    "weighted scores": ("weighted_scores", "reportability", "true"),
    "revenue by band": ("revenue_coverage", "suppression", "true"),
}


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
            "hidden": _hidden(published),
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


def _hidden(published: Published) -> list[Row]:
    """What it costs that nothing is told of few: figures that are hidden for themselves, and for others."""
    parts = (
        f"""
        select {place} as place, '{name}' as name, count(*) as figures,
            count(*) filter ({column} = 'suppressed') as few,
            count(*) filter ({column} = 'suppressed_for_others') as for_others
        from {table} where {rows}
        """
        for place, (name, (table, column, rows)) in enumerate(_SHOWN.items())
    )
    return published.rows(f"select * from ({' union all '.join(parts)}) where figures > 0 order by place")
