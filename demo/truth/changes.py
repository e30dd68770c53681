"""How a score differs from that of the period before, and which differences may be noise.

Belongs here: what is compared with what, and which comparisons are one family. Does not belong here:
the tests themselves (`statistics.py`).
"""

from __future__ import annotations

import numpy as np

from demo.truth.cells import Cut
from demo.truth.definition import REPORTABILITY
from demo.truth.hidden import for_others, for_others_before
from demo.truth.known import Floats
from demo.truth.statistics import difference, false_discovery

COLUMNS = ("nps_change", "change_z", "change_p_value", "change_q_value")
_LEAST = dict(REPORTABILITY)["indicative"]


def changes(cut: Cut) -> dict[str, Floats]:
    """The change of each cell, shown only where both periods show a score of their own.

    The cells of a cut that have the same survey type are shown together, and are one family.
    """
    columns = {name: np.full(len(cut.cells), np.nan) for name in COLUMNS}
    now, before = cut.tally, cut.tally_before
    if before is None:
        return columns
    enough = (now.responses >= _LEAST) & (before.responses >= _LEAST)
    if not enough.any():
        return columns
    shown = np.flatnonzero(enough & ~for_others(cut) & ~for_others_before(cut))
    z, p = difference(now[shown], before[shown])
    q = false_discovery(p, cut.codes()["survey_type"][shown])
    change = 100.0 * (now[shown].score - before[shown].score)
    for name, values in zip(COLUMNS, (change, z, p, q), strict=True):
        columns[name][shown] = values
    return columns
