"""Surveys that cannot be read while others can: passed over, named in quarantine, and a gap until they can.

Belongs here: which refusals concern one survey, and what a load says of it. Does not belong here: requests
(each loader), or which surveys a company leaves out for good (`left_out.py`).
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from ingestion.arrow import Rejects
from ingestion.errors import RefusedError, SourceError
from ingestion.landing import Landing
from ingestion.surveys.left_out import FILE
from ingestion.tables import Reason

#: The quarantine rows' table, whether or not the vendor's list of surveys is one of its raw tables.
SURVEYS: Final = "surveys"
#: Not shared with the credentials, or gone.
_OF_ONE_SURVEY: Final = (403, 404)
_EMPTY: Final = "it will be read once it has questions"
_log = logging.getLogger(__name__)


class Unreadable:
    """The surveys of one load that could not be read, each with the reason.

    `address` is where the vendor has a survey, with `{}` for its id. With `is_whole`, all are read or
    it fails: a month of a backfill is done only with all of its surveys, and a proof has all of them.
    """

    def __init__(self, source: str, address: str, is_whole: bool = False) -> None:
        self._source = source
        self._address = address
        self._is_whole = is_whole
        self._refused: dict[str, SourceError] = {}

    @contextmanager
    def reading(self, survey_id: str) -> Iterator[None]:
        """Requests about one survey: where they are refused, it is passed over."""
        try:
            yield
        except SourceError as error:
            self.refused(survey_id, error)

    def refused(self, survey_id: str, error: SourceError) -> None:
        """Passes over a survey that an error is about. Raises any other error."""
        if error.status not in _OF_ONE_SURVEY:
            raise error
        if self._is_whole:
            raise self._named(survey_id, error) from error
        self._refused[survey_id] = error

    def unless_all(self, wanted: int) -> None:
        """Raises the first refusal where all surveys were refused: that is about none of them, or about the
        only one."""
        if self._refused and len(self._refused) >= wanted:
            survey_id, error = next(iter(self._refused.items()))
            raise self._named(survey_id, error) if wanted == 1 else error

    def __contains__(self, survey_id: str) -> bool:
        return survey_id in self._refused

    def land(
        self,
        landing: Landing,
        what: str,
        cursors: Mapping[str, str],
        texts: Mapping[str, str] | None = None,
        is_gap: bool = True,
    ) -> Iterator[Any]:
        """Each survey refused while `what` was read, in quarantine and, where that may keep answers out, as a
        gap. `cursors` are up to where the answers of each were read, and `texts` what the list of surveys
        says of each."""
        said = {
            survey_id: f"answered {error.status} when its {what} were asked for"
            for survey_id, error in self._refused.items()
        }
        yield from self._landed(landing, said, cursors, texts or {}, is_gap)

    def without_questions(
        self, landing: Landing, empty: Iterable[str], cursors: Mapping[str, str], texts: Mapping[str, str]
    ) -> Iterator[Any]:
        """Each survey that has no questions, in quarantine. Nothing is missing of it."""
        said = dict.fromkeys(empty, "has no questions")
        yield from landing.land_tables(landing.empty, self._rejects(said, cursors, texts, _EMPTY).table())

    def no_longer_listed(
        self, landing: Landing, listed: Mapping[str, str], cursors: Mapping[str, str]
    ) -> Iterator[Any]:
        """Each survey whose answers were read and that the credentials do not see any more."""
        gone = sorted({cursor.split(" ")[0] for cursor in cursors} - listed.keys())
        yield from self._landed(landing, dict.fromkeys(gone, "is no longer listed"), cursors, {})

    def _named(self, survey_id: str, error: SourceError) -> SourceError:
        problem = f"cannot be read ({str(error).removeprefix(f'{self._source}: ')})"
        return RefusedError(self._source, f"survey {survey_id}", problem, self._remedy, error.status)

    @property
    def _remedy(self) -> str:
        return f"share it with the credentials, or leave it out: [{self._source}] in {FILE}, with a reason"

    def _landed(
        self,
        landing: Landing,
        said: Mapping[str, str],
        cursors: Mapping[str, str],
        texts: Mapping[str, str],
        is_gap: bool = True,
    ) -> Iterator[Any]:
        for survey_id, problem in said.items() if is_gap else ():
            landing.pass_over(survey_id, _read(cursors, survey_id), f"it {problem}; {self._remedy}")
        rejects = self._rejects(said, cursors, texts, f"{self._remedy}; it is read again once it can be")
        yield from landing.land_tables(landing.empty, rejects.table())

    def _rejects(
        self, said: Mapping[str, str], cursors: Mapping[str, str], texts: Mapping[str, str], remedy: str
    ) -> Rejects:
        rows = Rejects()
        for position, (survey_id, problem) in enumerate(said.items(), start=1):
            read = _read(cursors, survey_id)
            before = f"; its answers up to {read} stay, later ones are missing" if read else ""
            detail = f"{SURVEYS}: survey {survey_id} {problem}{before}: {remedy}"
            _log.warning(detail)
            # a survey that was read in between is reported again
            origin = f"{self._address.format(survey_id)}#{problem}" + (f" after {read}" if read else "")
            text = texts.get(survey_id, survey_id)
            rows.add(SURVEYS, Reason.UNREADABLE, detail, position, origin, text, survey_id)
        return rows


def _read(cursors: Mapping[str, str], survey_id: str) -> str | None:
    """Up to when the answers of a survey were read, whatever was asked of it."""
    return max((at for cursor, at in cursors.items() if cursor.split(" ")[0] == survey_id), default=None)
