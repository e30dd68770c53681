"""Figures that an earlier publication had published otherwise, and why they differ now."""

from __future__ import annotations

from collections.abc import Iterator

from review.published import Published
from review.rendering import Entry, Page

_MOST = 200


def menu(_: Published) -> list[Entry]:
    """One entry."""
    return [("Restatements", "restatements.html")]


def pages(published: Published) -> Iterator[Page]:
    """One page: the company's figures one by one, all others as a number by cause."""
    company = published.rows(
        "select * from restatements where segment = 'company' and measure = 'in_period'"
        " order by sequence desc, survey_type, period_end desc, period_grain, cause limit ?",
        _MOST,
    )
    causes = published.rows(
        "select sequence, cause, count(*) as figures from restatements"
        " group by sequence, cause order by sequence desc, cause"
    )
    yield Page(
        "restatements.html", "Restatements", "restatements.html", {"company": company, "causes": causes}
    )
