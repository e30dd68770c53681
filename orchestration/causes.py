"""Whether detractors, or promoters, are more among answers with a value of an unpublished attribute.

The test is that of the published root causes (docs/decisions/0091-root-causes-and-drivers.md), as the guard
calculates it: no other is known here. Nobody outside sees these rows, so none is hidden.

Belongs here: which values are tested together, and what is said of them. Does not belong here: the test
(`expectations.recount.root_causes`), where attributes come from (`attributes`), how rows are shown (`cli`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import duckdb
import numpy as np

from expectations.recount import root_causes, statistics
from expectations.recount.root_causes import Tested, rounded
from orchestration.attributes import ATTRIBUTES, Asked, Attribute, read

#: Band → the lowest and highest score in it.
BANDS = {"detractor": (0, 6), "promoter": (9, 10)}
_BELIEVED = 0.05
_VERDICTS = ("more", "fewer", "not distinguishable", "too few")


class Cause(NamedTuple):
    """A value of an attribute. `in_band` of its `responses` are of the band, `other_share` of the answers
    with another value are; interval and q (Benjamini and Hochberg) as in `nps_root_causes`."""

    survey_type: str
    definition_version: str
    band: str
    attribute: str
    attribute_value: str
    value_name: str
    responses: int
    in_band: int
    share: float
    other_share: float
    odds_ratio: float | None
    odds_ratio_low: float | None
    odds_ratio_high: float | None
    p_value: float | None
    q_value: float | None
    verdict: str


def causes(connection: duckdb.DuckDBPyConnection, asked: Asked, band: str) -> list[Cause]:
    """Every value of every attribute that is not published, those with more of the band first.

    All of them are tested together, whichever is looked at: who looks at one employee after the other finds
    nobody whom chance alone brought up.
    """
    [(floor,)] = connection.execute(
        "select minimum_responses from definition.reportability_floors"
        " where definition_version = ? and reportability = 'indicative'",
        [asked.version],
    ).fetchall()
    found = [
        (attribute, place, _compared(attribute, place, band, float(floor)))
        for name in ATTRIBUTES
        for attribute in read(connection, name, asked)
        if len(attribute.values) > 1
        for place in range(len(attribute.values))
    ]
    z = np.array([tested.z for *_, tested in found if tested], np.float64)
    p_values = statistics.two_sided(z)
    q_values = statistics.false_discovery_rate(p_values, np.zeros(z.size, np.int64)) if z.size else z
    probabilities = iter(zip(p_values.tolist(), q_values.tolist(), strict=True))
    rows = [
        _row(asked, band, attribute, place, tested, next(probabilities) if tested else (None, None))
        for attribute, place, tested in found
    ]
    return sorted(rows, key=lambda row: (_VERDICTS.index(row.verdict), row.p_value or 0, row[3:5]))


def _compared(attribute: Attribute, place: int, band: str, floor: float) -> Tested | None:
    low, high = BANDS[band]
    in_band = (attribute.score >= low) & (attribute.score <= high)
    has_value = attribute.value == place
    return root_causes.compared(has_value, in_band, attribute.stratum, attribute.cluster, floor)


def _row(
    asked: Asked,
    band: str,
    attribute: Attribute,
    place: int,
    tested: Tested | None,
    probabilities: tuple[float | None, float | None],
) -> Cause:
    low, high = BANDS[band]
    in_band = (attribute.score >= low) & (attribute.score <= high)
    has_value = attribute.value == place
    p_value, q_value = probabilities
    ratio, lowest, highest = _odds(tested)
    return Cause(
        survey_type=asked.survey_type,
        definition_version=asked.version,
        band=band,
        attribute=attribute.name,
        attribute_value=attribute.values[place],
        value_name=attribute.names[place],
        responses=int(has_value.sum()),
        in_band=int((has_value & in_band).sum()),
        share=float(in_band[has_value].mean()),
        other_share=float(in_band[~has_value].mean()),
        odds_ratio=ratio,
        odds_ratio_low=lowest,
        odds_ratio_high=highest,
        p_value=rounded(p_value, 4),
        q_value=rounded(q_value, 4),
        verdict=_verdict(tested, q_value),
    )


def _odds(tested: Tested | None) -> tuple[float | None, float | None, float | None]:
    """The odds ratio and its 95 % interval, to two digits; None where there is none."""
    if tested is None or tested.odds_ratio is None or tested.log_error is None:
        return None, None, None
    middle, reach = math.log(tested.odds_ratio), statistics.Z * tested.log_error
    ratio, low, high = (rounded(math.exp(middle + side * reach), 2) for side in (0, -1, 1))
    return ratio, low, high


def _verdict(tested: Tested | None, q_value: float | None) -> str:
    if tested is None or q_value is None:
        return "too few"
    if q_value > _BELIEVED:
        return "not distinguishable"
    return "more" if tested.z > 0 else "fewer"
