"""Whether scores have really shifted: the control charts of the company and its branches.

Belongs here: what stands on the page. Does not belong here: signals (`nps_control_chart`).
"""

from __future__ import annotations

from collections.abc import Iterator

from review import charts
from review.published import Published
from review.rendering import Entry, Page

_PATH = "shifts.html"
_NEWEST = (
    "select * from nps_control_chart where survey_type = ? and verdict <> 'baseline' qualify"
    " row_number() over (partition by definition_version, segment, branch order by period_start desc) = 1"
)


def menu(published: Published) -> list[Entry]:
    """One entry; none where no chart has earlier answers to begin with."""
    charted = published.rows("select 1 from nps_control_chart where verdict <> 'baseline' limit 1")
    return [("Shifts", _PATH)] if charted else []


def pages(published: Published) -> Iterator[Page]:
    """One page; none without a chart."""
    if not menu(published):
        return
    faces = []
    for survey_type in published.survey_types:
        newest = published.rows(
            f"select * from ({_NEWEST}) order by segment desc, verdict = 'in control', branch_name, branch",
            survey_type,
        )
        points = published.rows(
            "select cast(period_end as varchar) as day, definition_version as version, cusum_up as up,"
            ' -cusum_down as down, cusum_limit as "limit" from nps_control_chart'
            " where survey_type = ? and segment = 'company' and verdict <> 'baseline' order by period_start",
            survey_type,
        )
        if newest:
            faces.append(
                {
                    "survey_type": survey_type,
                    "rows": newest,
                    "chart": charts.cusum(points) if points else "",
                }
            )
    yield Page(_PATH, "Has a score really shifted?", "shifts.html", {"faces": faces})
