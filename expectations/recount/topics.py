"""Topics by segment, counted again answer by answer: `nps_topics`.

Written from docs/decisions/0088-topics-as-figures.md.

Belongs here: who mentions what in which window, and what of it is shown. Does not belong here: what a comment
mentions (`mentions`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.definition import Version
from expectations.recount import statistics, suppression
from expectations.recount.bridge_hidden import Bands, of_few
from expectations.recount.figures import Figures
from expectations.recount.mentions import Mentioned, mentioned
from expectations.recount.statistics import Counts, Z, wilson
from expectations.recount.suppression import FOR_OTHERS

ALL = "(all)"
SEGMENTS = ("company", "customer_value_tier", "journey_stage", "branch")
YEAR, QUARTER, REST = "trailing_365d", "trailing_90d", "rest"
_DAYS = {YEAR: 365, QUARTER: 90}
_BANDS = ("promoter", "passive", "detractor")
_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000
_NOBODY: Bands = (0, 0, 0)
#: Survey type, version, segment, member.
Cell: TypeAlias = tuple[str, str, str, str]


class Topic(NamedTuple):
    """A topic of a cell, as it may be shown. The amount is in ten-thousandths of the reporting currency."""

    survey_type: str
    period_grain: str
    segment: str
    customer_value_tier: str
    journey_stage: str
    branch: str
    definition_version: str
    topic: str
    period_start: date
    period_end: date
    topic_label: str
    comments: int
    mentions: int
    mention_share: float
    mention_share_change: float | None
    mentioning_nps: float | None
    other_nps: float | None
    nps_difference: float | None
    difference_low: float
    difference_high: float
    difference_p_value: float | None
    difference_q_value: float | None
    mentioning_accounts: int | None
    mentioning_revenue: int | None
    labelled_comments: int
    topic_precision: float | None
    topic_precision_low: float | None
    topic_precision_high: float | None
    topic_recall: float | None
    topic_recall_low: float | None
    topic_recall_high: float | None


KEY = Topic._fields[:8]


def built() -> str:
    """A query of the published rows as `Topic`."""
    columns = ", ".join(Topic._fields)
    return (
        f"select {columns} from (select * replace"
        " (cast(mentioning_revenue * 10000 as bigint) as mentioning_revenue) from publication.nps_topics)"
    )


class _Parts(NamedTuple):
    """Who mentions the topic, who comments without it, who says nothing that can be read."""

    mentioning: Bands
    other: Bands
    silent: Bands


class _Said:
    """The answers of a cell in a window, by band: all, those that are read, and those of each topic."""

    def __init__(self) -> None:
        self.all, self.read = [0, 0, 0], [0, 0, 0]
        self.of: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, band: int, topics: frozenset[str] | None) -> None:
        """One answer; None: its comment is not read."""
        self.all[band] += 1
        if topics is not None:
            self.read[band] += 1
            for topic in topics:
                self.of[topic][band] += 1

    def parts(self, topic: str) -> _Parts:
        """What is said of a topic."""
        said = self.of.get(topic, _NOBODY)
        return _Parts(_bands(said), _less(self.read, said), _less(self.all, self.read))


def topics(
    connection: duckdb.DuckDBPyConnection,
    answers: pa.Table,
    standings: pa.Table,
    told: Figures,
    definitions: Sequence[Version],
    as_of: date,
) -> list[Topic]:
    """Every row. The tables are those of counted answers and of customers, `told` the published scores."""
    found = mentioned(connection)
    if not found.labels:
        return []
    counted = _Counted(answers, standings, found, as_of)
    floors = {each.version: dict(each.floors) for each in definitions}
    visible = _visible(told, as_of)
    rows = []
    for grain in _DAYS:
        for kind in sorted({cell[:3] for cell in counted.windows[grain]}):
            rows += _segment(counted, kind, grain, {k: int(v) for k, v in floors[kind[1]].items()}, visible)
    return rows


class _Counted:
    """The last two years, counted: windows → cells; and whose revenue stands behind the year's mentions."""

    def __init__(self, answers: pa.Table, standings: pa.Table, found: Mentioned, as_of: date) -> None:
        self.found, self.as_of = found, as_of
        self.ends = {grain: as_of - timedelta(days) for grain, days in _DAYS.items()}
        self.windows: dict[str, dict[Cell, _Said]] = defaultdict(lambda: defaultdict(_Said))
        self.accounts: dict[tuple[Cell, str], set[str]] = defaultdict(set)
        self.paid = {
            (row["account"], row["definition_version"]): row["trailing_revenue_amount"]
            for row in standings.filter(pc.field("day") == as_of)
            .select(["account", "definition_version", "trailing_revenue_amount"])
            .to_pylist()
        }
        names = ["key", "account", "responded_at", "nps_band", "survey_type", "definition_version"]
        recent = answers.filter(pc.field("responded_at") >= _moment(as_of - timedelta(2 * _DAYS[YEAR])))
        for row in recent.select([*names, *SEGMENTS[1:]]).to_pylist():
            if row["responded_at"] < _moment(as_of):
                self._add(row)

    def _add(self, row: Mapping[str, str | int | None]) -> None:
        day = _EPOCH + timedelta(days=int(row["responded_at"] or 0) // _DAY)
        said = self.found.of_answers.get(str(row["key"]))
        for segment in SEGMENTS:
            member = ALL if segment == "company" else str(row[segment])
            cell = (str(row["survey_type"]), str(row["definition_version"]), segment, member)
            for window in self._windows(day):
                self.windows[window][cell].add(_BANDS.index(str(row["nps_band"])), said)
            if day >= self.ends[YEAR] and (row["account"], cell[1]) in self.paid:
                for topic in said or ():
                    self.accounts[cell, topic].add(str(row["account"]))

    def _windows(self, day: date) -> Iterator[str]:
        for grain, days in _DAYS.items():
            start = self.ends[grain]
            if day >= start:
                yield grain
            elif day >= start - timedelta(days):
                yield f"before {grain}"
        if self.ends[YEAR] <= day < self.ends[QUARTER]:
            yield REST


def _segment(
    counted: _Counted,
    kind: tuple[str, str, str],
    grain: str,
    floors: Mapping[str, int],
    visible: set[tuple[str, Cell]],
) -> list[Topic]:
    """The rows of a survey type, version, segment and period: one family."""
    floor, enough = floors["interval_only"], floors["indicative"]
    shown: list[tuple[Cell, str, _Parts]] = []
    for topic in counted.found.labels:
        hidden = _hidden(counted, kind, grain, topic, floor, visible)
        for cell, said in counted.windows[grain].items():
            parts = said.parts(topic)
            few = min(sum(parts.mentioning), sum(parts.other)) < floor
            if cell[:3] == kind and cell not in hidden and not few:
                shown.append((cell, topic, parts))
    if not shown:
        return []
    one, other = (
        Counts(*np.array([getattr(parts, name) for *_, parts in shown], np.int64).T)
        for name in ("mentioning", "other")
    )
    has_score = np.minimum(one.responses, other.responses) >= enough
    p_values = np.full(len(shown), np.nan)
    p_values[has_score] = statistics.two_sided(statistics.difference(one.at(has_score), other.at(has_score)))
    q_values = np.full(len(shown), np.nan)
    if has_score.any():
        families = np.zeros(int(has_score.sum()), np.int64)
        q_values[has_score] = statistics.false_discovery_rate(p_values[has_score], families)
    (score, squared), (other_score, other_squared) = statistics.adjusted(one), statistics.adjusted(other)
    middle, reach = 100 * (score - other_score), 100 * Z * np.sqrt(squared + other_squared)
    scores, others = statistics.nps(one), statistics.nps(other)
    rows = []
    for at, (cell, topic, parts) in enumerate(shown):
        mentions, comments = sum(parts.mentioning), sum(parts.mentioning) + sum(parts.other)
        told = bool(has_score[at])
        sure = counted.found.sureness[topic]
        rows.append(
            Topic(
                *(cell[0], grain, cell[2]),
                *(cell[3] if cell[2] == name else ALL for name in SEGMENTS[1:]),
                *(cell[1], topic, counted.ends[grain], counted.as_of, counted.found.labels[topic]),
                *(comments, mentions, mentions / comments),
                _change(counted.windows[f"before {grain}"].get(cell), topic, mentions / comments, floor),
                *(float(scores[at]) if told else None, float(others[at]) if told else None),
                float(scores[at] - others[at]) if told else None,
                *(max(-200.0, float((middle - reach)[at])), min(200.0, float((middle + reach)[at]))),
                *(float(p_values[at]) if told else None, float(q_values[at]) if told else None),
                *_worth(counted, cell, grain, topic, floor),
                sure.labelled,
                *_share(sure.agreed, sure.only_taxonomy),
                *_share(sure.agreed, sure.only_person),
            )
        )
    return rows


def _hidden(
    counted: _Counted,
    kind: tuple[str, str, str],
    grain: str,
    topic: str,
    floor: int,
    visible: set[tuple[str, Cell]],
) -> set[Cell]:
    """The cells of a family that do not show a topic."""
    windows = {
        window: {cell: said.parts(topic) for cell, said in counted.windows[window].items() if cell[:3] == kind}
        for window in ((YEAR,) if grain == YEAR else (QUARTER, REST))
    }
    withheld = {
        cell
        for window, cells in windows.items()
        for cell, parts in cells.items()
        if (grain, cell) not in visible or _is_few(parts, floor, is_shown=window != REST)
    }
    hidden = set(withheld)
    for cells in windows.values():
        for part in range(len(_Parts._fields)):
            there = [cell for cell in cells if sum(cells[cell][part])]
            there.sort(key=lambda cell: suppression.digest(cell[3]))
            few, places = np.array([cell in withheld for cell in there], np.bool_), np.arange(len(there))
            counts = Counts(*np.array([cells[cell][part] for cell in there], np.int64).reshape(-1, 3).T)
            goes = suppression.for_others(
                counts, few, np.full(len(there), float(floor)), np.zeros_like(places), places
            )
            hidden |= {cell for cell, is_hidden in zip(there, goes, strict=True) if is_hidden}
    return hidden


def _is_few(parts: _Parts, floor: int, *, is_shown: bool) -> bool:
    """Whether a part has few answers; one that is not shown itself must not be of one mind either."""
    groups = (parts.mentioning, parts.other) if is_shown else ()
    follow = (parts.silent,) if is_shown else parts
    return any(0 < sum(group) < floor for group in groups) or any(
        of_few(part, _NOBODY, floor) for part in follow
    )


def _change(before: _Said | None, topic: str, share: float, floor: int) -> float | None:
    if before is None:
        return None
    mentions, others = (sum(part) for part in before.parts(topic)[:2])
    return share - mentions / (mentions + others) if min(mentions, others) >= floor else None


def _worth(
    counted: _Counted, cell: Cell, grain: str, topic: str, floor: int
) -> tuple[int | None, int | None]:
    """Accounts and what they paid: of the year, where every member of the segment has enough of them."""
    beside = [
        len(accounts)
        for (other, of), accounts in counted.accounts.items()
        if of == topic and other[:3] == cell[:3]
    ]
    own = counted.accounts.get((cell, topic))
    if grain != YEAR or not own or min(beside) < floor:
        return None, None
    return len(own), sum(counted.paid[account, cell[1]] for account in own)


def _share(count: int, others: int) -> tuple[float | None, float | None, float | None]:
    total = count + others
    return (count / total, *wilson(count, total)) if total else (None, None, None)


def _visible(told: Figures, as_of: date) -> set[tuple[str, Cell]]:
    """The cells that `nps_scores` shows for the windows up to as-of."""
    found = told.keys.table.append_column("reportability", pa.array(told.reportability, pa.string()))
    found = found.filter((pc.field("measure") == "in_period") & (pc.field("period_end") == as_of))
    return {
        (
            row["period_grain"],
            (
                *(row["survey_type"], row["definition_version"], row["segment"]),
                ALL if row["segment"] == "company" else row[row["segment"]],
            ),
        )
        for row in found.to_pylist()
        if row["segment"] in SEGMENTS and row["period_grain"] in _DAYS
        if row["reportability"] not in ("suppressed", FOR_OTHERS)
    }


def _moment(day: date) -> int:
    return (day - _EPOCH).days * _DAY


def _bands(counts: Sequence[int]) -> Bands:
    promoters, passives, detractors = counts
    return promoters, passives, detractors


def _less(counts: Sequence[int], others: Sequence[int]) -> Bands:
    return _bands([one - other for one, other in zip(counts, others, strict=True)])
