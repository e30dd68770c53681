"""Reads the published copy, as any reader may: read-only, one complete version at a time.

Belongs here: opening the current version, and the command line's few queries. Does not belong here: figures
that are not published, or anything that writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import duckdb

from publication import content, versions
from publication import manifest as manifests
from publication.figure import MEASURES, PERIODS, SEGMENTS, dimensions, segment_name, split_by
from publication.rows import naming

_ATTEMPTS = 5


class NothingPublishedError(Exception):
    """There is no publication yet. The message says how to make one."""


@dataclass(frozen=True)
class Score:
    """One published figure. Scores are −100..100, not rounded; suppressed figures are None."""

    survey_type: str
    measure: str
    segment: str
    members: tuple[str, ...]
    period_grain: str
    period_start: date
    period_end: date
    promoters: int | None
    passives: int | None
    detractors: int | None
    responses: int
    nps: float | None
    nps_low: float | None
    nps_high: float | None
    reportability: str
    nps_change: float | None
    change_q_value: float | None
    response_rate: float | None
    revenue_coverage: float | None
    definition_version: str


@dataclass(frozen=True)
class Scorecard:
    """One branch, trailing year at as-of, against the rest of the company; suppressed figures are None."""

    survey_type: str
    branch_name: str
    responses: int
    nps: float | None
    reportability: str
    company_nps: float | None
    comparison_q_value: float | None
    pooled_nps: float | None
    pooled_low: float | None
    pooled_high: float | None
    best_rank: int | None
    worst_rank: int | None
    standing: str | None
    definition_version: str


def members(published: Path) -> dict[str, list[str]]:
    """Dimension → its members in the current version, in order; empty before the first publication."""
    found: dict[str, list[str]] = {}
    if versions.current(published) is None:
        return found
    with open_current(published) as connection:
        columns = connection.execute("select * from nps_scores limit 0").description
        for dimension in dimensions(column[0] for column in columns):
            rows = connection.execute(
                f"select distinct {dimension} from nps_scores"
                f" where segment = ? and {dimension} <> 'Unassigned' order by 1",
                [dimension],
            ).fetchall()
            found[dimension] = [member for (member,) in rows]
    return found


@contextmanager
def open_current(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the current version, its tables in the default schema.

    The version stays complete for this connection whatever is published meanwhile. Raises
    NothingPublishedError before the first publication, OlderPublicationError where a query asks for a table
    or column that the version lacks.
    """
    folder, connection = _opened(published)
    with connection, naming(folder.name):
        yield connection


@contextmanager
def read_current(published: Path) -> Iterator[tuple[manifests.Manifest, duckdb.DuckDBPyConnection]]:
    """The same connection with the manifest of its version; raises as `open_current` does.

    The link is resolved once for both: opened one after the other through it, they may be of two versions.
    """
    said, connection = _described(published)
    with connection, naming(said.version):
        yield said, connection


def _described(published: Path) -> tuple[manifests.Manifest, duckdb.DuckDBPyConnection]:
    for _ in range(_ATTEMPTS):
        folder, connection = _opened(published)
        try:
            return manifests.read(folder), connection
        except FileNotFoundError:  # the version was pruned in between: retry
            connection.close()
    raise NothingPublishedError(f"versions in {published} are pruned faster than they can be read")


def manifest(published: Path) -> manifests.Manifest:
    """The current version's manifest. Raises NothingPublishedError before the first publication."""
    return manifests.read(_current(published))


def show(
    published: Path,
    by: str = "company",
    period: str = "all_time",
    survey_type: str | None = None,
    last: int | None = None,
    measure: str = "in_period",
) -> list[Score]:
    """Published figures of one segment and period grain, oldest period first.

    `by` is a published segment (or `value`, `stage`), `period` one of `PERIODS`, `measure` one of
    `MEASURES`; `last` limits the result to the newest N periods. `members` holds one name for each dimension
    of the segment; a branch is shown by its name. Raises ValueError naming the choices,
    NothingPublishedError.
    """
    segment = checked(published, by, period, measure)
    names = [field.name for field in fields(Score)]
    with open_current(published) as connection:
        chosen(connection, segment, period, survey_type, last, measure)
        columns = [column[0] for column in connection.description]
        rows = [dict(zip(columns, row, strict=True)) for row in connection.fetchall()]
    found = [{name: row[name] for name in names} for row in rows]
    return [Score(**{**row, "members": tuple(row["members"])}) for row in found]


def checked(published: Path, by: str, period: str, measure: str) -> str:
    """The segment that is meant by `by`. Raises ValueError, naming the choices, for what is not published."""
    segment = segment_name(by)
    if segment not in SEGMENTS and segment not in (known := segments(published)):
        raise ValueError(f"cannot show NPS by {by!r}; choose one of {', '.join(known)}")
    if period not in PERIODS:
        raise ValueError(f"there is no period {period!r}; choose one of {', '.join(PERIODS)}")
    if measure not in MEASURES:
        raise ValueError(f"there is no measure {measure!r}; choose one of {', '.join(MEASURES)}")
    return segment


def chosen(
    connection: duckdb.DuckDBPyConnection,
    segment: str,
    period: str,
    survey_type: str | None,
    last: int | None,
    measure: str,
) -> duckdb.DuckDBPyConnection:
    """The rows of `nps_scores` behind `show`, with all columns and `members`: the connection's result."""
    members = ", ".join(_label(part) for part in split_by(segment)) or "'company'"
    return connection.execute(
        f"""
        with figures as (
            select
                *,
                [{members}] as members,
                dense_rank() over (order by period_end desc) as periods_ago
            from nps_scores
            where segment = ? and period_grain = ? and measure = ? and (? is null or survey_type = ?)
        ),

        final as (
            select * exclude (periods_ago)
            from figures
            where ? is null or periods_ago <= ?
        )

        select * from final
        order by survey_type, period_end, period_start, definition_version, members
        """,
        [segment, period, measure, survey_type, survey_type, last, last],
    )


def segments(published: Path) -> list[str]:
    """The segments that are always published, and those of the current version, if there is one."""
    if versions.current(published) is None:
        return list(SEGMENTS)
    with open_current(published) as connection:
        found = connection.execute("select distinct segment from nps_scores order by 1").fetchall()
    return list(dict.fromkeys((*SEGMENTS, *(segment for (segment,) in found))))


def survey_types(published: Path) -> list[str]:
    """The survey types with published figures. Raises NothingPublishedError."""
    with open_current(published) as connection:
        found = connection.execute("select distinct survey_type from nps_scores order by 1").fetchall()
    return [survey_type for (survey_type,) in found]


def scorecards(published: Path, survey_type: str) -> list[Scorecard]:
    """The published scorecards of a survey type, by branch name. Raises NothingPublishedError."""
    columns = [field.name for field in fields(Scorecard)]
    with open_current(published) as connection:
        rows = connection.execute(
            f"select {', '.join(columns)} from branch_scorecards where survey_type = ?"
            " order by branch_name, definition_version",
            [survey_type],
        ).fetchall()
    return [Scorecard(**dict(zip(columns, row, strict=True))) for row in rows]


def _label(dimension: str) -> str:
    return "coalesce(branch_name, branch)" if dimension == "branch" else dimension


def _opened(published: Path) -> tuple[Path, duckdb.DuckDBPyConnection]:
    for attempt in range(_ATTEMPTS):
        folder = _current(published)
        try:
            return folder, duckdb.connect(folder / content.DATABASE_NAME, read_only=True)
        except duckdb.IOException:
            # The version was pruned between resolving the link and opening the file: retry.
            if attempt == _ATTEMPTS - 1 or (folder / content.DATABASE_NAME).exists():
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def _current(published: Path) -> Path:
    folder = versions.current(published)
    if folder is None:
        raise NothingPublishedError(f"nothing is published in {published} yet: run `nps refresh`")
    return folder
