"""The score from raw answers in plain Python: what an auditor would do with a spreadsheet and patience.

No dbt, no shared SQL, no import of another room: raw records in (`recount_raw`), the definition read
independently (`recount_rules`), counts and scores out. Only the question registry, the definition's
periods of validity and the company's own e-mail domains are taken as given.

Belongs here: adding up periods, the score and its interval, comparing with what is published. Figures are
recounted for the company as a whole, every survey type and period; and every exclusion by its reason.
"""

from __future__ import annotations

import gc
import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb

from expectations import recount_raw as raw
from expectations.recount_rules import (
    DETRACTORS,
    PASSIVES,
    PROMOTERS,
    Definition,
    Inputs,
    Judged,
    Question,
    judge,
)

_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
_TRAILING = {"trailing_90d": 90, "trailing_365d": 365}
_FEW, _ENOUGH = 5, 30
_ENGINE_MEMORY = "512MB"
_Z = 1.959963984540054
_TOLERANCE = 1e-9


class FigureKey(NamedTuple):
    """Which figure of the company: `period_end` is exclusive."""

    survey_type: str
    period_grain: str
    period_start: date
    period_end: date
    definition_version: str


class Counts(NamedTuple):
    """Counted answers by band. Scores are −100..100, not rounded."""

    promoters: int
    passives: int
    detractors: int

    @property
    def responses(self) -> int:
        return sum(self)

    @property
    def nps(self) -> float:
        return 100 * (self.promoters - self.detractors) / self.responses

    @property
    def interval(self) -> tuple[float, float]:
        """Adjusted Wald (3, T): three answers more, ¾ detractors, 1½ passives, ¾ promoters; clipped."""
        n = self.responses + 3
        p, d = (self.promoters + 0.75) / n, (self.detractors + 0.75) / n
        margin = _Z * math.sqrt((p + d - (p - d) ** 2) / n)
        return max(-100.0, 100 * (p - d - margin)), min(100.0, 100 * (p - d + margin))


@dataclass(frozen=True)
class Recount:
    """Everything recounted: the company's figures, and answers received by (source, disposition)."""

    as_of: date
    figures: dict[FigureKey, Counts]
    dispositions: dict[tuple[str, str], int]


@dataclass(frozen=True)
class Difference:
    """A figure on which recount and publication disagree; None: it is not there at all."""

    figure: FigureKey | tuple[str, str]
    column: str
    recounted: float | None
    published: float | None


def recount(warehouse: Path, as_of: date, embedded_data: Mapping[str, str] = raw.EMBEDDED_DATA) -> Recount:
    """Recount from the raw tables of the working file, opened read-only. `as_of` is UTC, exclusive.

    `embedded_data` is the loader's setting of that name (column → Qualtrics' key), where it is set.
    Vendors without raw tables have no answers. Raises duckdb.Error when the file cannot be read.
    """
    with duckdb.connect(warehouse, read_only=True) as connection, _without_collection():
        connection.execute(f"set memory_limit = '{_ENGINE_MEMORY}'")
        answers = raw.answers(connection, embedded_data)
        judged = judge(answers, _inputs(connection, answers), _microseconds(as_of))
        quarantined = raw.quarantined(connection)
    return Recount(
        as_of=as_of,
        figures=_figures(judged, as_of),
        dispositions={
            **Counter((item.answer.source, item.disposition) for item in judged),
            **{(source, "quarantined"): records for source, records in quarantined.items()},
        },
    )


@contextmanager
def _without_collection() -> Iterator[None]:
    """Millions of tuples that name no other: looking for cycles among them takes long and finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compare(recounted: Recount, published: Path) -> list[Difference]:
    """Where `publication.nps_scores` and `response_dispositions` of a DuckDB file differ from the recount.

    `published` is a published copy or the working file. Suppressed figures are compared by what may be
    shown. An empty list means that every company figure and every exclusion agrees.
    """
    with duckdb.connect(published, read_only=True) as connection:
        rows = connection.execute(
            "select survey_type, period_grain, period_start, period_end, definition_version,"
            " promoters, passives, detractors, responses, nps, nps_low, nps_high"
            " from publication.nps_scores where segment = 'company'"
        ).fetchall()
        excluded = connection.execute(
            "select source, disposition, answers from publication.response_dispositions"
        ).fetchall()
    shown = {FigureKey(*row[:5]): dict(zip(_COLUMNS, row[5:], strict=True)) for row in rows}
    expected = {key: _shown(counts) for key, counts in recounted.figures.items()}
    differences = [
        Difference(key, column, here.get(column), there.get(column))
        for key in sorted(expected.keys() | shown.keys())
        for here, there in [(expected.get(key, {}), shown.get(key, {}))]
        for column in _COLUMNS
        if not _equal(here.get(column), there.get(column))
    ]
    totals: Counter[tuple[str, str]] = Counter()
    for source, disposition, answers in excluded:
        totals[source, disposition] += answers
    return differences + [
        Difference(key, "answers", recounted.dispositions.get(key), totals.get(key))
        for key in sorted(recounted.dispositions.keys() | totals.keys())
        if recounted.dispositions.get(key) != totals.get(key)
    ]


_COLUMNS = ("promoters", "passives", "detractors", "responses", "nps", "nps_low", "nps_high")


def _shown(counts: Counts) -> dict[str, float | None]:
    if counts.responses < _FEW:
        return {"responses": counts.responses}
    low, high = counts.interval
    nps = counts.nps if counts.responses >= _ENOUGH else None
    return dict(zip(_COLUMNS, (*counts, counts.responses, nps, low, high), strict=True))


def _equal(here: float | None, there: float | None) -> bool:
    if here is None or there is None:
        return here is there
    return abs(here - there) <= _TOLERANCE


def _figures(judged: list[Judged], as_of: date) -> dict[FigureKey, Counts]:
    scores = Counter(
        (question.survey_type, version, answer.responded_at // _DAY, answer.score)
        for answer, disposition, question, version in judged
        # For the type checker: an unregistered question, or an unknown time, never counts.
        if disposition == "counted" and question and version and answer.responded_at is not None
    )
    days: dict[tuple[str, str], dict[date, list[int]]] = defaultdict(dict)
    for (survey_type, version, day, score), answers in scores.items():
        of_type = days[survey_type, version]
        of_type.setdefault(_EPOCH + timedelta(days=day), [0, 0, 0])[_band(score)] += answers
    if not days:
        return {}
    first = min(min(of_type) for of_type in days.values())
    figures: dict[FigureKey, Counts] = {}
    for (survey_type, version), of_type in days.items():
        until = _Running(of_type)
        for grain, start, end in _periods(first, as_of):
            counted = until.between(start, end)
            if counted.responses:
                figures[FigureKey(survey_type, grain, start, end, version)] = counted
    return figures


class _Running:
    """Totals by day, so that any period costs two look-ups."""

    def __init__(self, by_day: dict[date, list[int]]) -> None:
        self._days = sorted(by_day)
        self._totals = [(0, 0, 0)]
        for day in self._days:
            p, n, d = self._totals[-1]
            self._totals.append((p + by_day[day][0], n + by_day[day][1], d + by_day[day][2]))

    def between(self, start: date, end: date) -> Counts:
        before, through = (self._totals[bisect_left(self._days, day)] for day in (start, end))
        return Counts(through[0] - before[0], through[1] - before[1], through[2] - before[2])


def _periods(first: date, as_of: date) -> Iterator[tuple[str, date, date]]:
    """Every period that can hold an answer from `first` until before `as_of`."""
    yield "all_time", first, as_of
    for grain, months in (("month", 1), ("quarter", 3), ("year", 12)):
        start = date(first.year, (first.month - 1) // months * months + 1, 1)
        while start < as_of:
            yield grain, start, _later(start, months)
            start = _later(start, months)
    ends = {as_of}
    month = _later(first.replace(day=1), 1)
    while month <= as_of:
        ends.add(month)
        month = _later(month, 1)
    for grain, length in _TRAILING.items():
        for end in ends:
            yield grain, end - timedelta(days=length), end


def _later(start: date, months: int) -> date:
    year, month = divmod(start.month - 1 + months, 12)
    return date(start.year + year, month + 1, 1)


def _band(score: float | None) -> int:
    for index, band in enumerate((PROMOTERS, PASSIVES, DETRACTORS)):
        if score in band:
            return index
    raise ValueError(f"{score} is in no band: the recount counted what it must not")


def _inputs(connection: duckdb.DuckDBPyConnection, answers: list[raw.Answer]) -> Inputs:
    named: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        if answer.invitation is not None:
            named[answer.source].add(answer.invitation)
    questions: dict[tuple[str, str, str], list[Question]] = defaultdict(list)
    for source, survey, question, survey_type, touchpoint, start, end in connection.execute(
        "select source, survey_id, question_id, survey_type, touchpoint, valid_from, valid_to"
        " from definition.nps_questions"
    ).fetchall():
        key = (raw.identity(source) or "", raw.identity(survey) or "", raw.identity(question) or "")
        questions[key].append(Question(survey_type, touchpoint, _microseconds(start), _end(end)))
    definitions = [
        Definition(str(version), _microseconds(start), _end(end))
        for version, start, end in connection.execute(
            "select definition_version, valid_from, valid_to from definition.nps_definitions"
        ).fetchall()
    ]
    domains = connection.execute("select email_domain from definition.own_email_domains").fetchall()
    return Inputs(
        questions=questions,
        definitions=definitions,
        own_domains=frozenset(domain.strip().lower() for (domain,) in domains),
        staff=raw.staff_emails(connection),
        invitations=raw.invitations(connection, named),
        contacts=raw.contacts(connection),
    )


def _end(moment: date | None) -> int | None:
    return None if moment is None else _microseconds(moment)


def _microseconds(moment: date) -> int:
    """A date or a UTC timestamp as microseconds since 1970."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    return round(moment.replace(tzinfo=UTC).timestamp() * 1e6)
