"""Surveys that cannot be read while others can: skipped, and reported in quarantine.

Belongs here: which refusals concern one survey, and the quarantine row that names it. Does not belong here:
requests (`qualtrics.py`).
"""

import logging
from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from ingestion.arrow import Rejects
from ingestion.errors import SourceError
from ingestion.surveys.left_out import FILE, OF_ONE_SURVEY
from ingestion.tables import Reason

_EMPTY: Final = "it will be read once it has questions"
_REMEDY: Final = (
    "share it with the token's user, close its line in the question registry, or leave it out in "
    f"{FILE}; it is read again once it is accessible"
)
_log = logging.getLogger(__name__)


class Unreadable:
    """The surveys of one load that could not be read, each with the reason."""

    def __init__(self) -> None:
        self._refused: dict[str, SourceError] = {}
        self._said: set[tuple[str, str]] = set()

    def refused(self, survey_id: str, error: SourceError) -> None:
        """Leaves out a survey that an error is about. Raises any other error."""
        if error.status not in OF_ONE_SURVEY:
            raise error
        self._refused[survey_id] = error

    def unless_all(self, wanted: int) -> None:
        """Raises the first refusal where all surveys were refused: then it is not about a survey."""
        if self._refused and len(self._refused) >= wanted:
            raise next(iter(self._refused.values()))

    def __contains__(self, survey_id: str) -> bool:
        return survey_id in self._refused

    def rejects(self, texts: Mapping[str, str], cursors: Mapping[str, str], table: str) -> pa.Table:
        """A quarantine row for each survey refused while `table` was read. `texts` are what the list of
        surveys says of each, `cursors` up to where the answers of each were read."""
        rows = Rejects()
        for position, (survey_id, error) in enumerate(self._refused.items(), start=1):
            problem = f"answered {error.status} when its {table} were asked for"
            _add(rows, survey_id, texts.get(survey_id, survey_id), problem, cursors, position)
        return rows.table()


def without_questions(
    survey_ids: list[str], texts: Mapping[str, str], cursors: Mapping[str, str]
) -> pa.Table:
    """A quarantine row for each survey that has no questions."""
    rows = Rejects()
    for position, survey_id in enumerate(survey_ids, start=1):
        _add(rows, survey_id, texts.get(survey_id, survey_id), "has no questions", cursors, position, _EMPTY)
    return rows.table()


def no_longer_listed(listed: Mapping[str, str], cursors: Mapping[str, str]) -> pa.Table:
    """A quarantine row for each survey whose answers were read and that the token does not see any more."""
    rows = Rejects()
    gone = sorted({cursor.split(" ")[0] for cursor in cursors} - listed.keys())
    for position, survey_id in enumerate(gone, start=1):
        _add(rows, survey_id, survey_id, "is no longer listed", cursors, position)
    return rows.table()


def _add(
    rows: Rejects,
    survey_id: str,
    text: str,
    problem: str,
    cursors: Mapping[str, str],
    position: int,
    remedy: str = _REMEDY,
) -> None:
    read = max((at for cursor, at in cursors.items() if cursor.split(" ")[0] == survey_id), default=None)
    before = f"; its answers up to {read} stay, later ones are missing" if read else ""
    detail = f"surveys: survey {survey_id} {problem}{before}: {remedy}"
    _log.warning(detail)
    # a survey that was read in between is reported again
    origin = f"/API/v3/surveys/{survey_id}#{problem}" + (f" after {read}" if read else "")
    rows.add("surveys", Reason.UNREADABLE, detail, position, origin, text, survey_id)
