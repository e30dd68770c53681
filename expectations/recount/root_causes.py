"""Whether detractors are more among those with a value, counted again answer by answer: `nps_root_causes`.

Written from docs/decisions/0091-root-causes-and-drivers.md. Sources: Mantel & Haenszel 1959 (observed less
expected, odds ratio); Liang 1985 (its variance where answers of one account go together).

Belongs here: the test, and which values have one. Does not belong here: which scores are shown (`figures`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from expectations.definition import Version
from expectations.dimensions import Dimensions
from expectations.recount import statistics
from expectations.recount.figures import Figures
from expectations.recount.statistics import Integers, Z

#: Accounts with the value and without it.
FEWEST_ACCOUNTS = 10
_YEAR, _DAYS = "trailing_365d", 365
STRATA = ("customer_value_tier", "journey_stage")
_BELIEVED = 0.05
_DAY = 86_400_000_000
#: What a sum of binary fractions has lost in its last digit must not decide how it is rounded.
_NUDGE = 1e-9


class Cause(NamedTuple):
    """A value of an attribute, as it may be shown."""

    survey_type: str
    definition_version: str
    attribute: str
    attribute_value: str
    period_grain: str
    period_start: date
    period_end: date
    responses: int
    detractors: int
    detractor_share: float
    other_detractor_share: float | None
    odds_ratio: float | None
    odds_ratio_low: float | None
    odds_ratio_high: float | None
    p_value: float | None
    q_value: float | None
    verdict: str


KEY = Cause._fields[:4]
_ROUNDED = Cause._fields[11:16]


#: Two dimensions that scores are split by together → the cells that are shown, as pairs of name and member.
_Cells: TypeAlias = dict[frozenset[str], set[frozenset[tuple[str, str]]]]


class Tested(NamedTuple):
    """How those with a value compare: z of detractors observed less expected, and the odds ratio with the
    standard error of its logarithm; None where nobody or everybody is a detractor."""

    z: float
    odds_ratio: float | None
    log_error: float | None


def built() -> str:
    """A query of the published rows as `Cause`."""
    doubles = ", ".join(f"cast({name} as double) as {name}" for name in _ROUNDED)
    return (
        f"select {', '.join(Cause._fields)} from"
        f" (select * replace ({doubles}) from publication.nps_root_causes)"
    )


def compared(
    has_value: npt.NDArray[np.bool_],
    is_detractor: npt.NDArray[np.bool_],
    stratum: Integers,
    account: Integers,
    floor: float,
) -> Tested | None:
    """Those with a value against those without, within strata; one place per answer, of one year.

    None where, in the strata that have both, either side has fewer answers than `floor` or fewer accounts
    than `FEWEST_ACCOUNTS`, or where nobody or everybody is a detractor.
    """
    size = int(stratum.max(initial=-1)) + 1
    total = np.bincount(stratum, minlength=size)
    ours = np.bincount(stratum, has_value, size)
    kept = ((ours > 0) & (ours < total))[stratum]
    x, y, k, account = has_value[kept] * 1.0, is_detractor[kept] * 1.0, stratum[kept], account[kept]
    with_it, without = account[x > 0], account[x == 0]
    accounts = min(np.count_nonzero(np.bincount(each)) for each in (with_it, without))
    if accounts < FEWEST_ACCOUNTS or min(len(with_it), len(without)) < floor:
        return None
    a, b, c, d = (
        np.bincount(k, cell, size)[k] for cell in (x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y))
    )
    n = total[k]
    excess = np.bincount(account, (x - (a + b) / n) * (y - (a + c) / n))
    variance = math.fsum(excess * excess)
    if variance < 1e-12:
        return None
    z = math.fsum(excess) / math.sqrt(variance)
    agreeing = np.bincount(account, (x * y * d + (1 - x) * (1 - y) * a) / n)
    disagreeing = np.bincount(account, (x * (1 - y) * c + (1 - x) * y * b) / n)
    above, below = math.fsum(agreeing) / 2, math.fsum(disagreeing) / 2
    if min(above, below) < 1e-9:
        return Tested(z, None, None)
    squared = math.fsum((agreeing / above - disagreeing / below) ** 2) * accounts / (accounts - 1)
    return Tested(z, above / below, math.sqrt(squared))


def strata(attribute: str, dimensions: Dimensions) -> tuple[str, ...]:
    """The dimensions within whose members an attribute is compared: not itself, nor what it follows from."""
    follows = {each.of for each in dimensions.declared if each.name == attribute}
    return tuple(name for name in STRATA if name != attribute and name not in follows)


def root_causes(answers: pa.Table, told: Figures, definitions: Sequence[Version], as_of: date) -> list[Cause]:
    """Every row. `answers` are those that count, `told` the published scores."""
    dimensions = told.keys.dimensions
    floors = {each.version: float(dict(each.floors)["indicative"]) for each in definitions}
    start = as_of - timedelta(_DAYS)
    moment = pc.field("responded_at")
    recent = answers.filter((moment >= _moment(start)) & (moment < _moment(as_of)))
    shown: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in _shown(told, as_of):
        shown.setdefault((row["survey_type"], row["definition_version"]), []).append(row)
    rows: list[Cause] = []
    for (survey_type, version), scores in sorted(shown.items()):
        of_kind = recent.filter(
            (pc.field("survey_type") == survey_type) & (pc.field("definition_version") == version)
        )
        rows += _family(_Answers(of_kind, dimensions), scores, floors[version], start)
    return rows


class _Answers:
    """The answers of a survey type, version and year as numbers."""

    def __init__(self, table: pa.Table, dimensions: Dimensions) -> None:
        self.dimensions = dimensions
        self.members = {name: np.array(table[name].to_pylist(), object) for name in dimensions.names}
        self.is_detractor = np.array(
            [band == "detractor" for band in table["nps_band"].to_pylist()], np.bool_
        )
        accounts = zip(table["account"].to_pylist(), table["person"].to_pylist(), strict=True)
        self.account = _numbered([account or person for account, person in accounts])

    def tested(self, attribute: str, value: str, cells: _Cells, floor: float) -> Tested | None:
        """One value; of two dimensions that are published together, in the cells that are shown."""
        within = strata(attribute, self.dimensions)
        columns = [self.members[name].tolist() for name in within]
        stratum = _numbered(list(zip(*columns, strict=True)))
        kept = np.ones(len(stratum), np.bool_)
        crossed = cells.get(frozenset((attribute, *within))) if len(within) == 1 else None
        if crossed is not None:
            pairs = (frozenset({(attribute, value), (within[0], member)}) for member in columns[0])
            kept = np.array([pair in crossed for pair in pairs], np.bool_)
        has_value = self.members[attribute] == value
        return compared(has_value[kept], self.is_detractor[kept], stratum[kept], self.account[kept], floor)


def _family(
    answers: _Answers, scores: Sequence[dict[str, Any]], floor: float, start: date
) -> Iterator[Cause]:
    """The rows of a survey type and version: tested together."""
    segments = answers.dimensions.segments
    company = next((row for row in scores if row["segment"] == "company"), None)
    if company is None:  # it is suppressed for others, and no value is compared with what is not shown
        return
    cells: _Cells = {frozenset(split): set() for split in segments.values() if len(split) == 2}
    alone = {(row["segment"], row[row["segment"]]) for row in scores if len(segments[row["segment"]]) == 1}
    for row in scores:
        members = frozenset((name, row[name]) for name in segments[row["segment"]])
        # what is compared with all of a stratum would tell one that is hidden
        if len(members) == 2 and members <= alone:
            cells[frozenset(segments[row["segment"]])].add(members)
    shown = [row for row in scores if row["segment"] in answers.dimensions.names]
    found = [answers.tested(row["segment"], row[row["segment"]], cells, floor) for row in shown]
    z = np.array([each.z for each in found if each], np.float64)
    p_values = statistics.two_sided(z)
    q_values = statistics.false_discovery_rate(p_values, np.zeros(len(z), np.int64)) if z.size else z
    probabilities = iter(zip(p_values.tolist(), q_values.tolist(), strict=True))
    for row, tested in zip(shown, found, strict=True):
        responses, detractors = int(row["responses"]), int(row["detractors"])
        others = int(company["responses"]) - responses
        p_value, q_value = next(probabilities) if tested else (None, None)
        ratio, error = (tested.odds_ratio, tested.log_error) if tested else (None, None)
        low, high = (
            (None, None)
            if ratio is None or error is None
            else (math.exp(math.log(ratio) + side * Z * error) for side in (-1, 1))
        )
        yield Cause(
            survey_type=row["survey_type"],
            definition_version=row["definition_version"],
            attribute=row["segment"],
            attribute_value=row[row["segment"]],
            period_grain=_YEAR,
            period_start=start,
            period_end=row["period_end"],
            responses=responses,
            detractors=detractors,
            detractor_share=detractors / responses,
            other_detractor_share=(int(company["detractors"]) - detractors) / others if others else None,
            odds_ratio=rounded(ratio, 2),
            odds_ratio_low=rounded(low, 2),
            odds_ratio_high=rounded(high, 2),
            p_value=rounded(p_value, 4),
            q_value=rounded(q_value, 4),
            verdict=_verdict(tested, q_value),
        )


def _verdict(tested: Tested | None, q_value: float | None) -> str:
    if tested is None or q_value is None:
        return "too few"
    if q_value > _BELIEVED:
        return "not distinguishable"
    return "more" if tested.z > 0 else "fewer"


def _shown(told: Figures, as_of: date) -> list[dict[str, Any]]:
    """The scores of the year that are shown with their counts."""
    table = told.as_table()
    chosen = (
        (pc.field("measure") == "in_period")
        & (pc.field("period_grain") == _YEAR)
        & (pc.field("period_end") == as_of)
        & pc.field("detractors").is_valid()
    )
    found: list[dict[str, Any]] = table.filter(chosen).to_pylist()
    return found


def _numbered(values: Sequence[Any]) -> Integers:
    places: dict[Any, int] = {}
    return np.array([places.setdefault(value, len(places)) for value in values], np.int64)


def rounded(value: float | None, digits: int) -> float | None:
    """Half up."""
    return None if value is None else math.floor((value + _NUDGE) * 10**digits + 0.5) / 10**digits


def _moment(day: date) -> int:
    return (day - date(1970, 1, 1)).days * _DAY
