"""Signals of manipulation, counted and judged again: `integrity_signals` and `nps_without_flagged`.

Written from docs/decisions/0090-signals-name-nobody.md and 0105-signals-by-time.md. Answers and invitations
are those of the marts, whose rows are recounted by themselves; when an answer was begun, and on which device,
is taken from there as it is.

Belongs here: the null model, and what is published of it. Does not belong here: flags and counts
(`integrity_counts`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

import duckdb
import numpy as np
import pyarrow.compute as pc

from expectations.definition import Version
from expectations.recount import integrity_counts, statistics
from expectations.recount.bridge_hidden import of_few
from expectations.recount.figures import Figures
from expectations.recount.integrity_counts import Answers, Tally, Test
from expectations.recount.statistics import Floats, Z

LEVEL = 0.005
#: Of these a number would tell what is not published.
_VERDICT_ONLY = ("skipped_unhappy", "score_spike", "score_begging", "bonus_promoters")
_OF_INVITATIONS = ("bounced_invitations", "skipped_unhappy")
#: Of these even of how many.
_OF_UNKNOWN = ("skipped_unhappy", "bonus_promoters")
_OTHERS = 4
_DAYS = 365
#: Signal, survey type, version, whether of surveys.
_Family: TypeAlias = tuple[str, str, str, bool]


class Signal(NamedTuple):
    """A branch beside the others, or a branch or survey beside itself, as it may be shown."""

    survey_type: str
    definition_version: str
    signal: str
    branch: str
    survey: str
    subject_kind: str
    period_start: date
    period_end: date
    score_value: int | None
    exposure: int | None
    observed_ratio: float | None
    signal_p_value: float | None
    signal_q_value: float | None
    verdict: str


class Beside(NamedTuple):
    """The company's score with flagged answers and without them."""

    survey_type: str
    definition_version: str
    period_start: date
    period_end: date
    responses: int
    flagged_responses: int
    nps: float
    nps_without_flagged: float | None


class Integrity(NamedTuple):
    """Every row of both tables."""

    signals: Sequence[Signal] = ()
    beside: Sequence[Beside] = ()


NOTHING = Integrity()


def integrity(
    connection: duckdb.DuckDBPyConnection, told: Figures, definitions: Sequence[Version], as_of: date
) -> Integrity:
    """Both tables again, from the marts and from what the scores may show; nothing without marts."""
    there = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'fct_survey_invitations'"
    ).fetchone()
    if there is None:
        return NOTHING
    cards = told.cards.filter(pc.is_valid(told.cards["nps"])).to_pylist()
    of_company = (
        (pc.field("measure") == "in_period")
        & (pc.field("segment") == "company")
        & (pc.field("period_grain") == "trailing_365d")
        & (pc.field("period_end") == as_of)
        & pc.field("nps").is_valid()
    )
    scores = told.as_table().filter(of_company).to_pylist() if len(told) else []
    return judged(
        connection,
        {(card["survey_type"], card["definition_version"], card["branch"]) for card in cards},
        {(score["survey_type"], score["definition_version"]): score["nps"] for score in scores},
        definitions,
        as_of,
    )


def judged(
    connection: duckdb.DuckDBPyConnection,
    shown: Collection[tuple[str, str, str]],
    scores: Mapping[tuple[str, str], float],
    definitions: Sequence[Version],
    as_of: date,
) -> Integrity:
    """Both tables, where the branches that show a score (survey type, version, branch) and the company's
    scores of the year (survey type, version) are known."""
    window = (as_of - timedelta(_DAYS), as_of)
    floors = {each.version: {k: int(v) for k, v in dict(each.floors).items()} for each in definitions}
    answers = Answers.of(connection)
    families: dict[_Family, list[tuple[Test, Tally]]] = defaultdict(list)
    for test, tally in integrity_counts.counts(connection, answers, definitions, *window).items():
        kind = (test.survey_type, test.definition_version)
        if tally.exposure < floors[kind[1]]["indicative"] or test.subject == "Unassigned":
            continue
        if test.is_survey or test.signal in _OF_INVITATIONS or (*kind, test.subject) in shown:
            families[test.signal, *kind, test.is_survey].append((test, tally))
    found = [row for members in families.values() for row in _family(members, *window)]
    return Integrity(found, _beside(answers, scores, floors, window))


def _family(members: Sequence[tuple[Test, Tally]], start: date, end: date) -> list[Signal]:
    """The rows of what is tested together."""
    groups: dict[tuple[int | None, str | None], list[tuple[Test, Tally]]] = defaultdict(list)
    for member in members:
        test = member[0]
        groups[test.score_value, None if test.slice is None else test.subject].append(member)
    tested: list[tuple[float, float, Test, Tally]] = []
    for group in groups.values():
        if len(group) > _OTHERS:
            observed, exposure = np.array([[*tally] for _, tally in group], np.float64).T
            judged = zip(group, *null_model(observed, exposure), strict=True)
            tested += [(p, ratio, test, tally) for (test, tally), p, ratio in judged if not test.slice]
    if not tested:
        return []
    p_values = np.array([p for p, *_ in tested])
    q_values = statistics.false_discovery_rate(p_values, np.zeros(len(tested), np.int64))
    best: dict[str, Signal] = {}
    order = sorted(range(len(tested)), key=lambda at: (*_first(tested[at]), tested[at][2].subject))
    for at in order:
        p, ratio, test, tally = tested[at]
        best.setdefault(
            test.subject, _shown(test, tally, (p, min(1.0, float(q_values[at])), ratio), (start, end))
        )
    return list(best.values())


def _first(judged: tuple[float, float, Test, Tally]) -> tuple[float, float, int]:
    p, ratio, test, _ = judged
    return p, -ratio, test.score_value or 0


def _shown(test: Test, tally: Tally, judged: tuple[float, float, float], window: tuple[date, date]) -> Signal:
    p, q, ratio = judged
    start, end = window
    is_signal, is_told = q <= LEVEL, not test.is_survey and test.signal not in _VERDICT_ONLY
    return Signal(
        *(test.survey_type, test.definition_version, test.signal),
        *(("(all)", test.subject, "survey") if test.is_survey else (test.subject, "(all)", "branch")),
        end - timedelta(integrity_counts.SLICE_DAYS) if test.is_survey else start,
        end,
        test.score_value if is_signal else None,
        None if test.is_survey or test.signal in _OF_UNKNOWN else tally.exposure,
        # a half goes up, as in the engine, after the sixth digit
        math.floor(round(ratio, 6) * 10 + 0.5) / 10 if is_told else None,
        p if is_told else None,
        q if is_told else None,
        "signal" if is_signal else "not distinguishable",
    )


def null_model(observed: Floats, exposure: Floats) -> tuple[list[float], list[float]]:
    """p of each subject (or slice) beside the others, and observed ÷ expected.

    The others' rate is a beta distribution: DerSimonian & Laird 1986, at the upper 97.5 % bound of the
    dispersion, taken as a multiple of a chi-squared variable. p is the upper tail of the beta-binomial
    distribution, summed term by term.
    """
    p_values, ratios = [], []
    for at, (some, all_) in enumerate(zip(observed.tolist(), exposure.tolist(), strict=True)):
        others, of = np.delete(observed, at), np.delete(exposure, at)
        total = float(of.sum())
        rate = (float(others.sum()) + 0.5) / (total + 1)
        pooled = float(others.sum()) / total
        dispersion = float((of * (others / of - pooled) ** 2).sum()) / (rate * (1 - rate))
        freedom = len(of) - 1
        excess = dispersion + Z * math.sqrt(2 * freedom) * max(1.0, dispersion / freedom) - freedom
        strength = max(1.0, min(total, (total - float((of**2).sum()) / total) / excess - 1))
        ratios.append(some / (rate * all_))
        p_values.append(
            upper_tail(int(some), int(all_), strength * rate, strength * (1 - rate))
            if ratios[-1] > 1
            else 1.0
        )
    return p_values, ratios


def upper_tail(observed: int, exposure: int, a: float, b: float) -> float:
    """P(X ≥ observed) of the beta-binomial distribution, by its first term and the ratios."""
    log = math.lgamma
    term = math.exp(
        (log(exposure + 1) - log(observed + 1) - log(exposure - observed + 1))
        + (log(observed + a) + log(exposure - observed + b) - log(exposure + a + b))
        - (log(a) + log(b) - log(a + b))
    )
    tail = term
    for k in range(observed, exposure):
        term *= (exposure - k) / (k + 1) * ((k + a) / (exposure - k - 1 + b))
        tail += term
    return min(1.0, tail)


def _beside(
    answers: Answers,
    scores: Mapping[tuple[str, str], float],
    floors: Mapping[str, Mapping[str, int]],
    window: tuple[date, date],
) -> list[Beside]:
    sides = integrity_counts.bands(answers, *window)
    found = []
    for kind, nps in scores.items():
        # nobody where the marts have another version: then the rows differ, and say so
        flagged, other = (sides.get((*kind, side), (0, 0, 0)) for side in (True, False))
        floor, enough, left = floors[kind[1]]["interval_only"], floors[kind[1]]["indicative"], sum(other)
        tells = left < enough or any(of_few(side, (0, 0, 0), floor) for side in (flagged, other))
        without = None if tells else 100.0 * (other[0] - other[2]) / left
        found.append(Beside(*kind, *window, left + sum(flagged), sum(flagged), nps, without))
    return found
