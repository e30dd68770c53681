"""From every answer a survey received to those that are published, one reason taken out after the other.

Written from docs/decisions/0054-a-bridge-from-the-vendors-number.md.

Belongs here: what is left after each line, and what may be shown of it. Does not belong here: why an answer
does not count (`rules`), the answers themselves (`answers`), what lines would tell of few (`bridge_hidden`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from fractions import Fraction
from math import floor
from typing import NamedTuple, TypeAlias

import duckdb

from expectations.definition import BANDS, EXCLUSIONS, FLOORS, Version
from expectations.governed_tables import tables
from expectations.recount import bridge_hidden
from expectations.recount.answers import Row
from expectations.recount.bridge_hidden import Month
from expectations.recount.cells import ALL
from expectations.recount.ids import identity
from expectations.recount.periods import later
from expectations.recount.suppression import FOR_OTHERS

NONE = "(none)"
COUNTED = "counted"
_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000


class Received(NamedTuple):
    """What answers have in common that are counted together."""

    survey_type: str | None
    source: str
    survey: str
    day: date
    version: str | None
    disposition: str
    score: float | None


class Line(NamedTuple):
    """A line of a bridge, as it may be shown; `survey_id` is written in lower case."""

    survey_type: str
    source: str
    survey_id: str
    period_start: date
    definition_version: str
    line_number: int
    period_end: date
    line_name: str
    kind: str
    answers: int
    promoters: int | None
    passives: int | None
    detractors: int | None
    nps: float | None
    reportability: str


#: Survey type, source, survey, month, version.
_Key: TypeAlias = tuple[str, str, str, date, str]
#: (Disposition, band) → answers.
_Tally: TypeAlias = Counter[tuple[str, str | None]]


def received(rows: Iterable[Row]) -> Counter[Received]:
    """Recounted answers by what they have in common."""
    return Counter(
        Received(
            row.survey_type,
            row.source,
            row.survey,
            _EPOCH + timedelta(days=row.responded_at // _DAY),
            row.definition_version,
            row.disposition,
            row.score,
        )
        for row in rows
        if row.responded_at is not None
    )


def received_in_marts(connection: duckdb.DuckDBPyConnection) -> Counter[Received]:
    """The same of all answers of the marts, of which a sample has been compared."""
    found = connection.execute(
        "select survey_type, source, lower(coalesce(survey_id, '')), date_trunc('month', responded_at)::date,"
        " definition_version, disposition, score, count(*) from marts.fct_survey_responses group by all"
    )
    return Counter({Received(*key): answers for *key, answers in found.fetchall()})


def lines(answers: Mapping[Received, int], definitions: Sequence[Version], hidden: Set[Month]) -> list[Line]:
    """Every line of every bridge: of each survey and month, and of each survey type and month.

    Nothing is shown of the `hidden` months.
    """
    floors = {each.version: dict(each.floors) for each in definitions}
    kinds, tallies = _kinds(), defaultdict[_Key, _Tally](Counter)
    for each, number in answers.items():
        survey_type = each.survey_type or kinds.get((each.source, each.survey)) or NONE
        month, version = each.day.replace(day=1), each.version or NONE
        for source, survey in ((each.source, each.survey or NONE), (ALL, ALL)):
            tallies[survey_type, source, survey, month, version][each.disposition, _band(each)] += number
    surveys = Counter((key[0], *key[3:]) for key in tallies if key[1] != ALL)
    return [
        line
        for key, tally in tallies.items()
        for line in _bridge(
            key,
            tally,
            floors.get(key[-1], {}),
            is_shown=(key[0], *key[3:]) not in hidden and (key[1] == ALL or surveys[key[0], *key[3:]] == 1),
        )
    ]


def _bridge(key: _Key, tally: _Tally, floors: Mapping[str, object], *, is_shown: bool) -> Iterator[Line]:
    """What is left of the answers, line by line.

    `is_shown`: the month is not hidden, and no other survey of the type has a bridge.
    """
    published = sum(number for (disposition, _), number in tally.items() if disposition == COUNTED)
    reached = [floor for floor in FLOORS if published >= float(str(floors.get(floor, "inf")))]
    reportability = reached[-1] if reached else FLOORS[0]
    names = (("received", "received"), *((name, "excluded") for name in EXCLUSIONS), (COUNTED, "published"))
    left, answers = _left(tally, [name for name, kind in names if kind == "excluded"])
    hidden = bridge_hidden.hidden(left, float(str(floors.get(FLOORS[1], 0))))
    for place, (line, kind) in enumerate((*names, ("rounded", "shown"))):
        at = min(place, len(left) - 1)
        told = FOR_OTHERS if reportability != FLOORS[0] and (hidden[at] or not is_shown) else reportability
        shown: Sequence[int | None] = (None, None, None) if told in (FLOORS[0], FOR_OTHERS) else left[at]
        nps = None if told in (*FLOORS[:2], FOR_OTHERS) else _nps(*left[at], is_rounded=kind == "shown")
        yield Line._make((*key, place, later(key[3], 1), line, kind, answers[at], *shown, nps, told))


def _left(tally: _Tally, reasons: Sequence[str]) -> tuple[list[bridge_hidden.Bands], list[int]]:
    """Of all, after each reason, and of those that count: the bands, and how many answers."""
    bands, answers = [], []
    for taken in (*(reasons[:number] for number in range(len(reasons) + 1)), reasons):
        left: Counter[str | None] = Counter()
        for (disposition, band), number in tally.items():
            if disposition not in taken:
                left[band] += number
        bands.append((left["promoter"], left["passive"], left["detractor"]))
        answers.append(left.total())
    return bands, answers


def _nps(promoters: int, passives: int, detractors: int, *, is_rounded: bool) -> float | None:
    if not promoters + passives + detractors:
        return None
    exact = Fraction(100 * (promoters - detractors), promoters + passives + detractors)
    if is_rounded:
        tenths = floor(abs(exact) * 10 + Fraction(1, 2))
        return (tenths if exact >= 0 else -tenths) / 10
    return float(exact)


def _band(each: Received) -> str | None:
    """The band of any score that has one, whether or not the answer counts."""
    if each.score is None or each.version is None or not each.score.is_integer():
        return None
    return BANDS.get(int(each.score))


def _kinds() -> dict[tuple[str, str], str]:
    """Source and survey → its survey type, where it has been of one only."""
    told: dict[tuple[str, str], set[str]] = defaultdict(set)
    for each in tables()["nps_questions"].rows:
        told[identity(each["source"]) or "", identity(each["survey_id"]) or ""].add(each["survey_type"])
    return {survey: min(types) for survey, types in told.items() if len(types) == 1}


def built() -> str:
    """A query of the published rows as `Line`."""
    columns = ("lower(survey_id) as survey_id" if name == "survey_id" else name for name in Line._fields)
    return f"select {', '.join(columns)} from publication.nps_bridge"
