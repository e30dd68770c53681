"""What comments are about: topics of the year up to as-of, of the company and of each member, and what
promoters of the best branches mention more.

Belongs here: which tables stand on the page. Does not belong here: which rows are published (`nps_topics`,
`best_practice`).
"""

from __future__ import annotations

from collections.abc import Iterator

from publication import practice, topics
from publication.topics import SEGMENTS, Row
from review.published import Published
from review.rendering import Entry, Page

_PATH = "topics.html"


def menu(published: Published) -> list[Entry]:
    """One entry; none where no topic is published."""
    return [("Topics", _PATH)] if published.rows("select 1 from nps_topics limit 1") else []


def pages(published: Published) -> Iterator[Page]:
    """One page; none where no topic is published."""
    if not menu(published):
        return
    faces = []
    for survey_type in published.survey_types:
        tables: dict[tuple[str, str], list[Row]] = {}
        for segment in SEGMENTS:
            for row in published.topics(segment, survey_type):
                tables.setdefault((segment, row["definition_version"]), []).append(row)
        if tables:
            faces.append({"survey_type": survey_type, "tables": tables})
    practices: dict[tuple[str, str], list[Row]] = {}
    for row in published.practices():
        practices.setdefault((row["survey_type"], row["definition_version"]), []).append(row)
    yield Page(
        _PATH,
        "What are comments about?",
        "topics.html",
        {
            "faces": faces,
            "sureness": published.rows(
                "select distinct topic_label, labelled_comments, columns('^topic_(precision|recall)')"
                " from nps_topics order by topic_label"
            ),
            "practices": practices,
            "nothing": published.without_practice,
            "practised": practice.verdict,
            "odds": practice.odds,
            "member": topics.member,
            "verdict": topics.verdict,
            "difference": topics.difference,
            "sure": topics.sureness,
        },
    )
