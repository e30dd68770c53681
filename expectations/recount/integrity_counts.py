"""What is counted for signals of manipulation, answer by answer in plain Python.

Written from docs/decisions/0090-signals-name-nobody.md and 0105-signals-by-time.md.

Belongs here: which answers are flagged, and how many of how many of each branch, survey and slice of time.
Does not belong here: whether that is surprising (`integrity`), or what a comment mentions (`mentions`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import duckdb

from expectations.definition import Version
from expectations.governed_tables import tables
from expectations.recount.bridge_hidden import Bands
from expectations.recount.mentions import mentioned

_BANDS = ("promoter", "passive", "detractor")
_IMPOSSIBLE = ("before_invitation", "before_event", "in_future")
_FEW, _BURST, _DURATIONS = 5, 300_000_000, 30
#: A survey's latest days, and how many stretches of as many are looked at with them.
SLICE_DAYS, _SLICES = 91, 9
_DAY = 86_400_000_000


class Test(NamedTuple):
    """What is looked for, and of whom: a branch, else a survey (source and id).

    `slice`: 0 is judged by the subject's other slices; None by the other branches.
    """

    signal: str
    survey_type: str
    definition_version: str
    subject: str
    score_value: int | None
    is_survey: bool = False
    slice: int | None = None


class Tally(NamedTuple):
    """How many of how many."""

    observed: int
    exposure: int


class Answer(NamedTuple):
    """An answer of the marts; microseconds UTC."""

    key: str
    source: str
    survey: str | None
    survey_type: str
    version: str | None
    disposition: str
    branch: str
    person: str
    device: str | None
    is_staff: bool | None
    started: int | None
    responded: int
    day: date
    band: str | None
    score: int | None

    @property
    def duration(self) -> int | None:
        return None if self.started is None else self.responded - self.started


@dataclass(frozen=True)
class Answers:
    """The counted answers; the keys of those that are flagged, and of those that say in their comment that a
    score was asked for."""

    counted: Sequence[Answer]
    flagged: frozenset[str]
    asked: frozenset[str]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> Answers:
        """Read from the marts, which are open."""
        rows = [
            Answer(*row)
            for row in connection.execute(
                "select answer_key, source, survey_id, survey_type, definition_version, disposition, branch,"
                " person_key, device_id, is_staff, epoch_us(started_at), epoch_us(responded_at),"
                " response_date, nps_band, likelihood_score from marts.fct_survey_responses"
                " where survey_type is not null"
                " and disposition not in ('erased', 'preview_or_test', 'unanswered')"
            ).fetchall()
        ]
        topics = mentioned(connection).of_answers
        asked = frozenset(row.key for row in rows if "asked_for_score" in topics.get(row.key, ()))
        return cls([row for row in rows if row.disposition == "counted"], flags(rows), asked)


def flags(rows: Sequence[Answer]) -> frozenset[str]:
    """Keys of answers of which anything but their comment stands out."""
    found = {row.key for row in rows if row.is_staff or row.disposition in _IMPOSSIBLE}
    for survey in _grouped(rows, lambda row: (row.source, row.survey)).values():
        found |= {row.key for row in survey if row.duration is not None and row.duration < 0}
        timed = sorted(row.duration for row in survey if row.duration is not None and row.duration > 0)
        if len(timed) >= _DURATIONS:
            median = timed[(len(timed) + 1) // 2 - 1]
            found |= {row.key for row in survey if row.duration and 0 < 3 * row.duration < median}
    for (_, device), shared in _grouped(rows, lambda row: (row.source, row.device)).items():
        if device is not None and len({row.person for row in shared}) >= _FEW:
            found |= {row.key for row in shared}
    for place in _grouped(rows, lambda row: (row.source, row.survey, row.branch)).values():
        moments = sorted((row.responded, row.key) for row in place if row.responded % _DAY)
        for first in range(len(moments) - _FEW + 1):
            run = moments[first : first + _FEW]
            if run[-1][0] - run[0][0] <= _BURST:
                found |= {key for _, key in run}
    return frozenset(found)


def counts(
    connection: duckdb.DuckDBPyConnection,
    answers: Answers,
    definitions: Sequence[Version],
    start: date,
    end: date,
) -> dict[Test, Tally]:
    """Of each signal and branch, whoever is too few among them."""
    scales = {each.version: [*each.bands] for each in definitions}
    some: Counter[Test] = Counter()
    every: Counter[Test] = Counter()

    def count(test: Test, is_observed: bool) -> None:
        some[test] += is_observed
        every[test] += 1

    paid = bonus_days()
    for row in answers.counted:
        if row.version is None:
            continue
        kind = (row.survey_type, row.version)
        slice_ = ((end - row.day).days - 1) // SLICE_DAYS
        told = {"promoters": row.band == "promoter", "flagged_answers": row.key in answers.flagged}
        scores = [int(score) for score in scales[row.version]]
        if start <= row.day:
            for signal, is_observed in {**told, "score_begging": row.key in answers.asked}.items():
                count(Test(signal, *kind, row.branch, None), is_observed)
            for score in scores:
                count(Test("score_spike", *kind, row.branch, score), row.score == score)
            is_paid = row.day in paid.get(row.branch, ()) or row.day in paid.get("*", ())
            at = 0 if is_paid else min(slice_, 3) + 1
            count(Test("bonus_promoters", *kind, row.branch, None, slice=at), told["promoters"])
        if slice_ < _SLICES and row.survey is not None:
            survey = f"{row.source}/{row.survey}"
            for signal, is_observed in told.items():
                count(Test(signal, *kind, survey, None, is_survey=True, slice=slice_), is_observed)
            for score in scores:
                test = Test("score_spike", *kind, survey, score, is_survey=True, slice=slice_)
                count(test, row.score == score)
    invited: set[tuple[str, str]] = set()
    asked = connection.execute(
        "select survey_type, definition_version, branch, person_key, status"
        " from marts.fct_survey_invitations"
        " where survey_type is not null and sent_date >= ? and sent_date < ?",
        [start, end],
    ).fetchall()
    for survey_type, version, branch, person, status in asked:
        count(Test("bounced_invitations", survey_type, version, branch, None), status == "bounced")
        invited.add((person, survey_type))
    inviting = {survey_type for _, survey_type in invited}
    latest: dict[tuple[str, str], Answer] = {}
    for row in sorted(answers.counted, key=lambda row: (row.responded, row.key)):
        if row.day < start:
            latest[row.person, row.survey_type] = row
    for (person, survey_type), row in latest.items():
        if row.band == "detractor" and survey_type in inviting and row.version is not None:
            test = Test("skipped_unhappy", survey_type, row.version, row.branch, None)
            count(test, (person, survey_type) not in invited)
    return {test: Tally(some[test], exposure) for test, exposure in every.items()}


def bonus_days() -> Mapping[str, set[date]]:
    """Branch, or `*`, → its days before bonuses, those of the bonuses among them."""
    found: dict[str, set[date]] = defaultdict(set)
    table = tables().get("bonus_dates")
    for row in table.rows if table else ():
        last = date.fromisoformat(row["bonus_date"])
        found[row["branch"]] |= {last - timedelta(days) for days in range(int(row["days_before"]) + 1)}
    return found


def bands(answers: Answers, start: date, end: date) -> Mapping[tuple[str, str, bool], Bands]:
    """Survey type, version, whether flagged → counted answers of the window by band."""
    found: Counter[tuple[str, str | None, bool, str | None]] = Counter(
        (row.survey_type, row.version, row.key in answers.flagged | answers.asked, row.band)
        for row in answers.counted
        if start <= row.day < end
    )
    kinds = {(survey_type, version) for survey_type, version, *_ in found if version is not None}
    return {
        (*kind, side): (
            found[*kind, side, _BANDS[0]],
            found[*kind, side, _BANDS[1]],
            found[*kind, side, _BANDS[2]],
        )
        for kind in kinds
        for side in (True, False)
    }


def _grouped(rows: Sequence[Answer], by: Callable[[Answer], Any]) -> dict[Any, list[Answer]]:
    found: dict[Hashable, list[Answer]] = defaultdict(list)
    for row in rows:
        found[by(row)].append(row)
    return found
