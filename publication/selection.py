"""Finds the requested published figures: from what a person types to rows of the ledger.

Belongs here: finding figures and publications, and naming the existing ones if none is found. Does not belong
here: the evidence behind them (`evidence`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path

import duckdb

from publication import content, ledger
from publication.evidence import PUBLISHED, Table
from publication.figure import ALL, MEASURES, PERIODS, SEGMENTS, key, split_by

_SPAN = re.compile(r"(?P<year>\d{4})(-(Q(?P<quarter>[1-4])|(?P<month>0[1-9]|1[0-2])))?")


class FigureError(LookupError):
    """No such figure or publication. The message names existing ones."""


@dataclass(frozen=True)
class Question:
    """Which figures of the current publication are requested; None means any.

    Without a start or end, the newest period of the grain. `members` maps dimensions of the segment to their
    member (a branch also by its name).
    """

    survey_type: str | None = None
    measure: str = "in_period"
    period: str = "trailing_365d"
    period_start: date | None = None
    period_end: date | None = None
    segment: str = "company"
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Publication:
    """One publication in the ledger; it belongs to the day before its (exclusive) as-of."""

    sequence: int
    as_of: date
    figures: int
    head: str


def figures(version: Path, books: Path, sequence: int, question: Question | None) -> Table:
    """The requested figures, as published and with their ledger row's hashes; all figures without a question.

    Raises FigureError naming existing figures; ValueError naming the choices for an unknown word.
    """
    booked = ledger.read(books, sequence)
    named = ", ".join(key(booked.column_names))
    with duckdb.connect(version / content.DATABASE_NAME, read_only=True) as connection:
        if question is not None:
            _check_words(question, _segments(connection))
        connection.register("booked", booked)
        connection.execute(
            f"create temporary view figures as select {named},"
            f" {', '.join(f'scores.{name}' for name in PUBLISHED)},"
            f" booked.{ledger.FINGERPRINT}, booked.row_hash"
            f" from nps_scores as scores inner join booked using ({named})"
        )
        wanted = [] if question is None else _conditions(connection, question)
        where = " and ".join(condition for condition, _ in wanted) or "true"
        found = connection.execute(
            f"select * from figures where {where} order by {named}",
            [value for _, value in wanted],
        )
        columns = tuple(column[0] for column in found.description)
        rows = found.fetchall()
    if not rows:
        raise FigureError(
            "no answer counts in that figure, so it is not published; try a wider period (--period all_time)"
            " or segment (--segment company)"
        )
    return Table(columns, rows)


def publications(books: Path, chain: ledger.Chain, span: str) -> list[Publication]:
    """All publications of a year, quarter or month (`2025`, `2025-Q4`, `2025-12`), oldest first.

    Raises ValueError for anything else, FigureError if nothing was published then.
    """
    start, end = _days(span)
    found, last = [], None
    for sequence in range(1, chain.sequence + 1):
        rows = ledger.read(books, sequence, ["as_of", "row_hash"])
        if not rows.num_rows:
            continue
        as_of = rows.column("as_of")[0].as_py()
        last = as_of
        if start <= as_of - timedelta(days=1) < end:
            found.append(Publication(sequence, as_of, rows.num_rows, str(rows.column("row_hash")[-1])))
    if not found:
        known = f"the last publication covers the days before {last}" if last else "nothing is published yet"
        raise FigureError(f"nothing was published about {span}; {known}")
    return found


def _days(span: str) -> tuple[date, date]:
    matched = _SPAN.fullmatch(span.strip().upper())
    if matched is None:
        raise ValueError(f"{span!r} is not a year, quarter or month; write 2025, 2025-Q4 or 2025-12")
    year, quarter, month = int(matched["year"]), matched["quarter"], matched["month"]
    first = 3 * int(quarter) - 2 if quarter else int(month or 1)
    months = 3 if quarter else 1 if month else 12
    later, index = divmod(first - 1 + months, 12)
    return date(year, first, 1), date(year + later, index + 1, 1)


def _segments(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The segments that are always published, and those of this version."""
    found = connection.execute("select distinct segment from nps_scores order by 1").fetchall()
    return list(dict.fromkeys((*SEGMENTS, *(segment for (segment,) in found))))


def _check_words(question: Question, segments: Sequence[str]) -> None:
    for word, choices, name in (
        (question.measure, MEASURES, "measure"),
        (question.period, PERIODS, "period"),
        (question.segment, segments, "segment"),
    ):
        if word not in choices:
            raise ValueError(f"there is no {name} {word!r}; choose one of {', '.join(choices)}")
    for dimension in question.members:
        if dimension not in split_by(question.segment):
            raise ValueError(
                f"the segment {question.segment} is not split by {dimension}; choose one of"
                f" {', '.join(name for name in segments if dimension in split_by(name))}"
            )


def _conditions(connection: duckdb.DuckDBPyConnection, question: Question) -> list[tuple[str, object]]:
    conditions: list[tuple[str, object]] = [
        ("measure = ?", question.measure),
        ("period_grain = ?", question.period),
        ("segment = ?", question.segment),
    ]
    if question.survey_type is not None:
        known = _known(connection, "survey_type", conditions)
        _one_of(question.survey_type, known, "survey type")
        conditions.append(("survey_type = ?", question.survey_type))
    conditions += _period(connection, question)
    for dimension, member in question.members.items():
        conditions.append((f"{dimension} = ?", _member(connection, dimension, member)))
    return conditions


def _period(connection: duckdb.DuckDBPyConnection, question: Question) -> list[tuple[str, object]]:
    periods = connection.execute(
        "select distinct period_start, period_end from figures where period_grain = ? and measure = ?"
        " order by period_end, period_start",
        [question.period, question.measure],
    ).fetchall()
    if not periods:
        raise FigureError(f"no {question.measure} figure of a {question.period} is published")
    asked = [
        (place, day)
        for place, day in ((0, question.period_start), (1, question.period_end))
        if day is not None
    ]
    matching = [period for period in periods if all(period[place] == day for place, day in asked)]
    if not asked:
        matching = [periods[-1]]
    if not matching:
        place, day = asked[0]
        (as_of,) = connection.execute("select max(as_of) from booked").fetchone() or (None,)
        if as_of is not None and (day > as_of or (place == 0 and day == as_of)):
            raise FigureError(f"{day} is in the future: the publication covers the days before {as_of}")
        nearest = min(periods, key=lambda period: abs(period[place] - day))
        raise FigureError(
            f"no {question.period} {'ends' if place else 'starts'} on {day}; the nearest published one is"
            f" {nearest[0]} up to {nearest[1]}"
        )
    return [("period_start = ?", matching[-1][0]), ("period_end = ?", matching[-1][1])]


def _member(connection: duckdb.DuckDBPyConnection, dimension: str, member: str) -> str:
    known = _known(connection, dimension, [(f"{dimension} <> ?", ALL)])
    if member in known:
        return member
    if dimension == "branch":
        names = dict(
            connection.execute(
                "select branch_name, branch from figures where segment = 'branch' order by all"
            ).fetchall()
        )
        if member in names:
            return str(names[member])
        known = [*names, *known]
    _one_of(member, known, dimension.replace("_", " "))
    return member


def _one_of(word: str, known: list[str], name: str) -> None:
    if word not in known:
        lower = {choice.lower(): choice for choice in known}
        near = [lower[match] for match in get_close_matches(word.lower(), list(lower), n=3, cutoff=0.3)]
        shown = near or known[:5]
        raise FigureError(f"there is no {name} {word!r}; the nearest published: {', '.join(shown)}")


def _known(
    connection: duckdb.DuckDBPyConnection, column: str, conditions: list[tuple[str, object]]
) -> list[str]:
    where = " and ".join(condition for condition, _ in conditions)
    found = connection.execute(
        f"select distinct {column} from figures where {where} order by 1", [value for _, value in conditions]
    ).fetchall()
    return [str(value) for (value,) in found]
