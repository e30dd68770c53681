"""The pages beside the publications: when they are written, and from what.

Belongs here: the last run's findings handed to `review.reports`. Does not belong here: what a page shows, or
judging (`expectations`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.environment import Home
from orchestration.webserver import address
from publication import history, pages, versions
from publication.acceptance import Acceptance
from review import reports

if TYPE_CHECKING:
    from expectations.limits import Applied
    from expectations.runner import Verdict


def judged(home: Home, verdict: Verdict) -> None:
    """Write what a stage of the guard found."""
    reports.stage(home.reports, verdict.stage, verdict.results, _now())
    overview(home)


def limited(home: Home, applied: Sequence[Applied], accepted: Sequence[Acceptance]) -> None:
    """Write which limits are kept, and who accepted the others."""
    found = [
        reports.Limit(
            each.limit.name,
            each.subject,
            each.observed,
            each.limit.maximum,
            each.limit.unit,
            each.affected,
            each.is_exceeded,
            each.example,
        )
        for each in applied
    ]
    reports.limits(home.reports, found, accepted, _now())
    overview(home)


def overview(home: Home) -> Path:
    """Write the page that leads to everything there is now."""
    folder = versions.current(home.published)
    has_pages = folder is not None and (folder / pages.FOLDER / pages.INDEX).is_file()
    return reports.front(home.reports, history.readable(folder), has_pages, address())


def _now() -> datetime:
    return datetime.now(UTC)
