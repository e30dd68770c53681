"""From the counts of every cell to the figures as they may be shown.

Belongs here: a figure's key and columns, and suppression, which is last. Does not belong here: counting
(`cells`), formulas (`statistics`), comparing with a publication (`comparison`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from expectations.definition import Version
from expectations.recount import statistics
from expectations.recount.cells import ALL, DIMENSIONS, SEGMENTS, Answers, Block, Delivered, blocks
from expectations.recount.periods import periods
from expectations.recount.statistics import Counts, Floats, Integers

NUMBERS = (
    *("promoters", "passives", "detractors", "responses", "nps", "nps_standard_error", "nps_low", "nps_high"),
    *("nps_change", "change_z", "change_p_value", "change_q_value"),
    *("answered_invitations", "delivered_invitations", "response_rate"),
)
_ALWAYS = ("responses", "answered_invitations", "delivered_invitations", "response_rate")
_WITH_THE_SCORE = (
    *("nps", "nps_standard_error"),
    *("nps_change", "change_z", "change_p_value", "change_q_value"),
)
Texts: TypeAlias = npt.NDArray[np.object_]


class FigureKey(NamedTuple):
    """Which figure: `period_end` is exclusive; a dimension the row is not split by holds `(all)`."""

    survey_type: str
    measure: str
    period_grain: str
    period_start: date
    period_end: date
    segment: str
    customer_value_tier: str
    journey_stage: str
    branch: str
    region: str
    plan: str
    channel: str
    definition_version: str


@dataclass(frozen=True)
class Figures:
    """Every figure, a column each; NaN where nothing is shown. Scores are −100..100, not rounded."""

    keys: list[FigureKey]
    numbers: Mapping[str, Floats]
    reportability: Texts

    def __len__(self) -> int:
        return len(self.keys)


def figures(answers: Answers, delivered: Delivered, definitions: Sequence[Version], as_of: date) -> Figures:
    """Every figure of every segment, both measures, that holds a counted answer."""
    first = answers.first
    found = [] if first is None else list(blocks(answers, list(periods(first, as_of))))
    keys = [key for block in found for key in _keys(answers, block)]
    if not keys:
        return Figures([], {name: np.zeros(0) for name in NUMBERS}, np.zeros(0, object))
    counts = Counts(
        *(np.concatenate(column) for column in zip(*(block.counts for block in found), strict=True))
    )
    floors = {version.version: version for version in definitions}
    versions = np.array([key.definition_version for key in keys], object)
    indicative = np.array([floors[name].floor("indicative") for name in versions.tolist()])
    numbers = {
        **_numbers(counts),
        **_changes(found, counts, indicative, _families(answers, found)),
        **_response_rates(answers, delivered, found, as_of),
    }
    return _suppressed(keys, numbers, versions, floors)


def _keys(answers: Answers, block: Block) -> list[FigureKey]:
    names, split = answers.names[block.segment], SEGMENTS[block.segment]
    places = [split.index(name) + 2 if name in split else None for name in DIMENSIONS]
    start = (block.measure, block.period.grain, block.period.start, block.period.end, block.segment)
    keys = []
    for name in (names[cell] for cell in block.cells.tolist()):
        members = (ALL if place is None else name[place] for place in places)
        keys.append(FigureKey._make((name[0], *start, *members, name[1])))
    return keys


def _numbers(counts: Counts) -> dict[str, Floats]:
    low, high = statistics.interval(counts)
    return {
        **{name: column.astype(np.float64) for name, column in counts._asdict().items()},
        "responses": counts.responses.astype(np.float64),
        "nps": statistics.nps(counts),
        "nps_standard_error": statistics.standard_error(counts),
        "nps_low": low,
        "nps_high": high,
    }


def _response_rates(
    answers: Answers, delivered: Delivered, found: Sequence[Block], as_of: date
) -> dict[str, Floats]:
    """Answered of delivered invitations sent in the period and before as-of, the same for both measures."""
    asked = [
        delivered.counts(
            block.segment,
            block.period.start,
            min(block.period.end, as_of),
            [answers.names[block.segment][cell] for cell in block.cells.tolist()],
        )
        for block in found
    ]
    answered, sent = (np.concatenate(column).astype(np.float64) for column in zip(*asked, strict=True))
    rate = np.divide(answered, sent, out=np.full(sent.size, np.nan), where=sent > 0)
    return {"answered_invitations": answered, "delivered_invitations": sent, "response_rate": rate}


def _families(answers: Answers, found: Sequence[Block]) -> Integers:
    """What is shown together: survey type, measure, grain, period, segment and version."""
    kind_of = {kind: number for number, kind in enumerate(answers.kinds)}
    kinds = {
        segment: np.array([kind_of[name[0], name[1]] for name in names], np.int64)
        for segment, names in answers.names.items()
    }
    return np.concatenate(
        [number * len(kind_of) + kinds[block.segment][block.cells] for number, block in enumerate(found)]
    )


def _changes(
    found: Sequence[Block], counts: Counts, indicative: Integers, families: Integers
) -> dict[str, Floats]:
    """Against the period before, where both have enough answers to show a score."""
    nothing = np.zeros(0, np.int64)
    before = Counts(
        *(
            np.concatenate(
                [
                    np.zeros(block.cells.size, np.int64) if block.previous is None else block.previous[band]
                    for block in found
                ]
                or [nothing]
            )
            for band in range(3)
        )
    )
    shown = (counts.responses >= indicative) & (before.responses >= indicative)
    now, then = Counts(*(column[shown] for column in counts)), Counts(*(column[shown] for column in before))
    z = statistics.difference(now, then)
    p_values = statistics.two_sided(z)
    columns = {
        "nps_change": statistics.nps(now) - statistics.nps(then),
        "change_z": z,
        "change_p_value": p_values,
        "change_q_value": statistics.false_discovery_rate(p_values, families[shown]),
    }
    return {name: _spread(values, shown) for name, values in columns.items()}


def _spread(values: Floats, shown: npt.NDArray[np.bool_]) -> Floats:
    column = np.full(shown.size, np.nan)
    column[shown] = values
    return column


def _suppressed(
    keys: list[FigureKey], numbers: dict[str, Floats], versions: Texts, definitions: Mapping[str, Version]
) -> Figures:
    """Below the floors of its definition a figure shows its interval only, or no more than its number."""
    reportability = np.full(len(keys), "", object)
    hidden, no_score = np.zeros(len(keys), bool), np.zeros(len(keys), bool)
    for name, version in definitions.items():
        of_version = versions == name
        for floor, minimum in reversed(version.floors):
            reportability[of_version & (numbers["responses"] >= minimum)] = floor
        hidden |= of_version & (numbers["responses"] < version.floor("interval_only"))
        no_score |= of_version & (numbers["responses"] < version.floor("indicative"))
    shown = {}
    for name, column in numbers.items():
        without = no_score if name in _WITH_THE_SCORE else hidden
        shown[name] = column if name in _ALWAYS else np.where(without, np.nan, column)
    return Figures(keys, shown, reportability)
