"""A change of the company's score, and what its cells give to each part of it.

Errors are not the models' formulas: what one more answer of a kind would do to a part is found by
differentiating the part itself, by a complex step.

Belongs here: parts and their errors, of counts. Does not belong here: which cells there are (`changes`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from expectations.recount.statistics import Integers

PARTS = ("movement", "mix", "invited_mix", "answered_mix", "arrivals", "departures")
#: Those that add up to the change: the other two are of the mix.
ADDED = ("movement", "mix", "arrivals", "departures")
WEIGHTS = np.array([100.0, 0.0, -100.0])
_STEP = 1e-30
#: Answers by cell and band, perhaps of many variants at once: whole numbers, or complex ones.
Bands: TypeAlias = Any


class Cells(NamedTuple):
    """Cells of a change: members in each, answers by band and invitations before and after."""

    names: Sequence[str]
    members: Sequence[int]
    before: Bands
    after: Bands
    asked_before: Integers
    asked_after: Integers

    @property
    def stayed(self) -> Any:
        """Whether a cell has answers in both periods."""
        return (self.before.sum(axis=-1) > 0) & (self.after.sum(axis=-1) > 0)


def parts(cells: Cells, before: Bands, after: Bands) -> dict[str, Any]:
    """What every cell gives to each part, with these answers in place of the cells' own."""
    n, m = before.sum(axis=-1), after.sum(axis=-1)
    said, says = before @ WEIGHTS, after @ WEIGHTS
    stayed = cells.stayed
    score, scored = _ratio(said, n), _ratio(says, m)
    of_stayed = said[..., stayed].sum(axis=-1, keepdims=True) / n[..., stayed].sum(axis=-1, keepdims=True)
    of_these = says[..., stayed].sum(axis=-1, keepdims=True) / m[..., stayed].sum(axis=-1, keepdims=True)
    share = np.where(stayed, n, 0) / n[..., stayed].sum(axis=-1, keepdims=True)
    shared = np.where(stayed, m, 0) / m[..., stayed].sum(axis=-1, keepdims=True)
    distance = (score + scored) / 2 - (of_stayed + of_these) / 2
    found = {
        "movement": (share + shared) / 2 * np.where(stayed, scored - score, 0),
        "mix": (shared - share) * distance,
        "arrivals": np.where(stayed, 0, m / m.sum(axis=-1, keepdims=True) * (scored - of_these)),
        "departures": np.where(stayed, 0, -n / n.sum(axis=-1, keepdims=True) * (score - of_stayed)),
    }
    asked = stayed & (cells.asked_before > 0) & (cells.asked_after > 0)
    if asked.any():
        growth = np.ones(len(stayed))
        growth[asked] = (cells.asked_after[asked] / cells.asked_after[asked].sum()) / (
            cells.asked_before[asked] / cells.asked_before[asked].sum()
        )
        # who would have answered had the other period's customers been invited
        invited_as_after = share * growth / (share * growth).sum(axis=-1, keepdims=True)
        invited_as_before = shared / growth / (shared / growth).sum(axis=-1, keepdims=True)
        of_invited = (invited_as_after - share + shared - invited_as_before) / 2
        of_answered = (invited_as_before - share + shared - invited_as_after) / 2
        found["invited_mix"] = of_invited * distance
        found["answered_mix"] = of_answered * distance
    return found


def errors(cells: Cells) -> dict[str, float]:
    """The standard error of each part: Σ n·(∂part/∂n)² over all cells and bands of both periods."""
    squared: dict[str, float] = defaultdict(float)
    for own in (cells.before, cells.after):
        places = np.argwhere(own > 0)
        more = np.repeat(own[None].astype(complex), len(places), axis=0)
        more[np.arange(len(places)), places[:, 0], places[:, 1]] += 1j * _STEP
        varied = (more, cells.after) if own is cells.before else (cells.before, more)
        held = own[places[:, 0], places[:, 1]]
        for part, found in parts(cells, *varied).items():
            slopes = np.broadcast_to(found, (len(places), len(cells.names))).sum(axis=-1).imag / _STEP
            squared[part] += float((held * slopes**2).sum())
    return {part: float(np.sqrt(value)) for part, value in squared.items()}


def error_of_cell(cells: Cells, at: int) -> float:
    """Of what a cell contributes, taking for known what it is measured against."""
    stayed = cells.stayed
    sides = (cells.before, cells.after)
    of_all = [float((side[stayed] @ WEIGHTS).sum() / side[stayed].sum()) for side in sides]
    squared = 0.0
    for side, own in zip(sides, of_all, strict=True):
        total = side[stayed].sum() if stayed[at] else side.sum()
        reference = sum(of_all) / 2 if stayed[at] else own
        # each answer tells how far it is from the reference, or nothing if it is not the cell's
        told = WEIGHTS - reference
        mean = float(side[at] @ told) / total
        inside = float(side[at] @ (told - mean) ** 2) + float(total - side[at].sum()) * mean**2
        squared += inside / total**2
    return float(np.sqrt(squared))


def _ratio(one: Any, other: Any) -> Any:
    return one / np.where(other == 0, 1, other)
