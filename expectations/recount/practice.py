"""What promoters of branches above the others mention more, counted again answer by answer: `best_practice`.

Written from docs/decisions/0098-best-practice.md. Source: Monroe, Colaresi & Quinn 2008, "Fightin' Words"
(log odds with an informative Dirichlet prior, equations 15 and 19).

Belongs here: mentions of promoters, and their log odds. Does not belong here: which branches are above the
others (`scorecards`), which topics are shown (`topics`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple, TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.recount import statistics
from expectations.recount.mentions import mentioned
from expectations.recount.statistics import Floats, Z
from expectations.recount.topics import Topic

_YEAR, _DAYS = "trailing_365d", 365
_BELIEVED = 0.05
_DAY = 86_400_000_000
#: What a sum of binary fractions has lost in its last digit must not decide how it is rounded.
_NUDGE = 1e-9
#: Survey type, version, branch; None: everybody.
_Cell: TypeAlias = tuple[str, str, str | None]


class Practice(NamedTuple):
    """A topic of a branch that stands above the others."""

    survey_type: str
    definition_version: str
    branch: str
    topic: str
    period_grain: str
    period_start: date
    period_end: date
    topic_label: str
    log_odds: float
    log_odds_low: float
    log_odds_high: float
    q_value: float
    verdict: str


KEY = Practice._fields[:4]
_ROUNDED = Practice._fields[8:12]


def built() -> str:
    """A query of the published rows as `Practice`."""
    doubles = ", ".join(f"cast({name} as double) as {name}" for name in _ROUNDED)
    return (
        f"select {', '.join(Practice._fields)} from"
        f" (select * replace ({doubles}) from publication.best_practice)"
    )


def practices(
    connection: duckdb.DuckDBPyConnection,
    answers: pa.Table,
    cards: pa.Table,
    about: Sequence[Topic],
    as_of: date,
) -> list[Practice]:
    """Every row. `answers` are those that count, `cards` the scorecards, `about` the published topics."""
    above = [
        (row["survey_type"], row["definition_version"], row["branch"])
        for row in cards.select(["survey_type", "definition_version", "branch", "standing"]).to_pylist()
        if row["standing"] == "above"
    ]
    shown: dict[_Cell, dict[str, Topic]] = defaultdict(dict)
    for each in about:
        if each.period_grain == _YEAR and each.segment in ("branch", "company"):
            branch = each.branch if each.segment == "branch" else None
            shown[each.survey_type, each.definition_version, branch][each.topic] = each
    above = [cell for cell in above if cell in shown]
    if not above:
        return []
    said = _promoters(connection, answers, as_of)
    families: dict[tuple[str, str], list[tuple[Topic, float, float]]] = defaultdict(list)
    for kind in above:
        company: _Cell = (kind[0], kind[1], None)
        names = [name for name in shown[kind] if name in shown[company] and said[company][name]]
        if len(names) > 1:
            own, every = (
                np.array([said[cell][name] for name in names], np.float64) for cell in (kind, company)
            )
            odds, errors = (each.tolist() for each in log_odds(own, every))
            families[kind[:2]] += zip((shown[kind][name] for name in names), odds, errors, strict=True)
    return [row for family in families.values() for row in _rows(family)]


def log_odds(own: Floats, every: Floats) -> tuple[Floats, Floats]:
    """Log odds ratio of each topic and its standard error: mentions by some beside those by all others.

    A place per topic; `every` counts everybody's mentions, `own` among them, and is nowhere nothing. The
    prior is worth one mention a topic, shared out as everybody mentions them.
    """
    prior = every * (len(every) / every.sum())
    ours, theirs = own + prior, every - own + prior
    our_others, their_others = ours.sum() - ours, theirs.sum() - theirs
    error = np.sqrt(1 / ours + 1 / our_others + 1 / theirs + 1 / their_others)
    return np.log(ours / our_others) - np.log(theirs / their_others), error


def _promoters(
    connection: duckdb.DuckDBPyConnection, answers: pa.Table, as_of: date
) -> dict[_Cell, Counter[str]]:
    """How many promoters of the year mention each topic."""
    moment = pc.field("responded_at")
    recent = answers.filter(
        (moment >= _moment(as_of - timedelta(_DAYS)))
        & (moment < _moment(as_of))
        & (pc.field("nps_band") == "promoter")
    )
    found = mentioned(connection).of_answers
    said: dict[_Cell, Counter[str]] = defaultdict(Counter)
    for row in recent.select(["key", "survey_type", "definition_version", "branch"]).to_pylist():
        for branch in (row["branch"], None):
            said[row["survey_type"], row["definition_version"], branch].update(found.get(row["key"], ()))
    return said


def _rows(family: Sequence[tuple[Topic, float, float]]) -> list[Practice]:
    """The rows of a survey type and version: tested together."""
    p_values = statistics.two_sided(np.array([odds / error for _, odds, error in family]))
    q_values = statistics.false_discovery_rate(p_values, np.zeros(len(family), np.int64)).tolist()
    return [
        Practice(
            survey_type=topic.survey_type,
            definition_version=topic.definition_version,
            branch=topic.branch,
            topic=topic.topic,
            period_grain=topic.period_grain,
            period_start=topic.period_start,
            period_end=topic.period_end,
            topic_label=topic.topic_label,
            log_odds=_rounded(odds, "0.01"),
            log_odds_low=_rounded(odds - Z * error, "0.01"),
            log_odds_high=_rounded(odds + Z * error, "0.01"),
            q_value=_rounded(q_value, "0.0001"),
            verdict="not distinguishable" if q_value > _BELIEVED else "more" if odds > 0 else "fewer",
        )
        for (topic, odds, error), q_value in zip(family, q_values, strict=True)
    ]


def _rounded(value: float, digits: str) -> float:
    return float(Decimal(value + _NUDGE).quantize(Decimal(digits), ROUND_HALF_UP))


def _moment(day: date) -> int:
    return (day - date(1970, 1, 1)).days * _DAY
