"""Scores in which each answer, each account or each unit of revenue weighs alike, a cell after the other.

Written from docs/decisions/0049-accounts-and-revenue-weigh-too.md. Answers and standings are the marts',
which the recount of the score has compared.

Belongs here: weights, the ratio and its interval. Does not belong here: which answers count (`recount`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple, TypeAlias

import duckdb

from expectations.definition import Version
from expectations.recount.statistics import Z
from expectations.recount.suppression import FOR_OTHERS, digest

ALL = "(all)"
#: From here on everybody said the same; a ratio of sums may miss 100 by its last digits.
_ALL = 99.999999
#: Its name, tier and region.
_Segment: TypeAlias = tuple[str, str, str]
_ANSWERS = """
    select survey_type, definition_version, account_key, customer_value_tier, region, response_date,
        current_until, nps_weight
    from marts.fct_survey_responses where is_counted and account_key is not null
"""
_STANDINGS = """
    select standing_date, definition_version, account_key, trailing_revenue_amount::double,
        customer_value_tier, region
    from marts.fct_account_standings
"""
_PERIODS = """
    select period_end, period_start, standing_date from marts.dim_periods where period_grain = 'trailing_365d'
"""


class Weighted(NamedTuple):
    """A weighted score of a cell, as it may be shown."""

    survey_type: str
    weighting: str
    period_end: date
    segment: str
    customer_value_tier: str
    region: str
    definition_version: str
    period_start: date
    accounts: int
    responses: int
    nps: float | None
    nps_standard_error: float | None
    nps_low: float | None
    nps_high: float | None
    coverage: float | None
    reportability: str


class Score(NamedTuple):
    """A ratio of what is said to weight, its standard error, and its interval."""

    nps: float
    error: float
    low: float
    high: float


def weighted(
    connection: duckdb.DuckDBPyConnection, definitions: Sequence[Version], as_of: date
) -> list[Weighted]:
    """Every cell at the beginning of each year, and at as-of."""
    answers = connection.execute(_ANSWERS).fetchall()
    standings: dict[tuple[date, str], dict[str, tuple[float, str, str]]] = defaultdict(dict)
    for day, version, account, revenue, tier, region in connection.execute(_STANDINGS).fetchall():
        standings[day, version][account] = (revenue, tier, region)
    floors = {each.version: dict(each.floors) for each in definitions}
    found: list[Weighted] = []
    for end, start, day in connection.execute(_PERIODS).fetchall():
        if end != as_of and (end.month, end.day) != (1, 1):
            continue
        cells: dict[tuple[str, str, _Segment], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for survey_type, version, account, tier, region, given, until, weight in answers:
            if given < end < until:
                for segment in _segments(tier, region):
                    cells[survey_type, version, segment][account].append(weight)
        for (survey_type, version, segment), said in cells.items():
            customers = standings[day, version]
            in_cell = [
                (account, revenue)
                for account, (revenue, tier, region) in customers.items()
                if segment in _segments(tier, region)
            ]
            heard, limits = cells[survey_type, version, ("company", ALL, ALL)], floors[version]
            for weighting, pairs, of in _weighings(said, customers):
                score = scored(pairs)
                found.append(
                    Weighted(
                        survey_type,
                        weighting,
                        end,
                        *segment,
                        version,
                        start,
                        len(pairs),
                        sum(len(said[account]) for account in of),
                        *score,
                        _coverage(weighting, in_cell, heard),
                        max((limit, name) for name, limit in limits.items() if len(pairs) >= limit)[1],
                    )
                )
    return withheld(found, {version: int(limits["interval_only"]) for version, limits in floors.items()})


def withheld(found: Sequence[Weighted], floors: Mapping[str, int]) -> list[Weighted]:
    """The scores as they may be shown: what few accounts of a segment said must not follow from the others.

    The smallest others go with them until one has enough accounts, and not all said the same.
    """
    groups: dict[tuple[object, ...], list[Weighted]] = defaultdict(list)
    for each in found:
        groups[
            each.survey_type, each.weighting, each.period_end, each.segment, each.definition_version
        ].append(each)
    shown = []
    for group in groups.values():
        floor, hidden = floors[group[0].definition_version], list[Weighted]()
        for each in sorted(group, key=_smallest):
            if each.accounts < floor:
                hidden.append(each)
            elif hidden and (hidden[-1].accounts < floor or _are_alike([one.nps for one in hidden])):
                hidden.append(each)
                each = each._replace(reportability=FOR_OTHERS)
            shown.append(_shown(each))
    return shown


def _are_alike(scores: Sequence[float | None]) -> bool:
    told = [score for score in scores if score is not None]
    return min(told) > _ALL or max(told) < -_ALL


def _smallest(each: Weighted) -> tuple[int, str, str]:
    return each.accounts, digest(each.customer_value_tier), digest(each.region)


def _shown(each: Weighted) -> Weighted:
    if each.reportability in ("suppressed", FOR_OTHERS):
        return each._replace(nps=None, nps_standard_error=None, nps_low=None, nps_high=None)
    if each.reportability == "interval_only":
        return each._replace(nps=None, nps_standard_error=None)
    return each


def scored(pairs: Sequence[tuple[float, float]]) -> Score:
    """Of each account what it said times its weight, and its weight: the score and the adjusted interval."""
    accounts, weight = len(pairs), math.fsum(weight for _, weight in pairs)
    nps = math.fsum(said for said, _ in pairs) / weight
    mean = weight / accounts
    middle = math.fsum(said for said, _ in pairs) / (weight + 3 * mean)
    spread = math.fsum((said - middle * each) ** 2 for said, each in pairs)
    for share, at in ((0.75, -100.0), (1.5, 0.0), (0.75, 100.0)):
        spread += share * ((at - middle) * mean) ** 2
    reach = Z * math.sqrt(spread) / (weight + 3 * mean)
    error = math.sqrt(math.fsum((said - nps * each) ** 2 for said, each in pairs)) / weight
    return Score(nps, error, max(-100.0, middle - reach), min(100.0, middle + reach))


def _segments(tier: str, region: str) -> tuple[_Segment, ...]:
    return (("company", ALL, ALL), ("customer_value_tier", tier, ALL), ("region", ALL, region))


def _weighings(
    said: Mapping[str, Sequence[int]], customers: Mapping[str, tuple[float, str, str]]
) -> Iterator[tuple[str, list[tuple[float, float]], Sequence[str]]]:
    everybody = list(said)
    yield "respondent", [(sum(said[one]), len(said[one])) for one in everybody], everybody
    yield "account", [(sum(said[one]) / len(said[one]), 1.0) for one in everybody], everybody
    paying = [one for one in everybody if one in customers]
    if paying:
        pays = {one: customers[one][0] for one in paying}
        yield (
            "revenue",
            [(sum(said[one]) / len(said[one]) * pays[one], pays[one]) for one in paying],
            paying,
        )


def _coverage(
    weighting: str, customers: Sequence[tuple[str, float]], heard: Mapping[str, Sequence[int]]
) -> float | None:
    if weighting == "respondent" or not customers:
        return None
    worth = [(1.0 if weighting == "account" else revenue, account in heard) for account, revenue in customers]
    return math.fsum(each for each, is_heard in worth if is_heard) / math.fsum(each for each, _ in worth)


def built() -> str:
    """A query of the published rows as `Weighted`."""
    return f"select {', '.join(Weighted._fields)} from publication.weighted_scores"
