"""Which figures may be shown: by their own answers, and by what would follow of others.

Belongs here: the rule. Does not belong here: which columns a figure then shows (`figures`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from expectations.recount.statistics import Counts, Floats, Integers

FOR_OTHERS = "suppressed_for_others"


def for_others(counts: Counts, floor: Floats, groups: Integers, names: Integers) -> npt.NDArray[np.bool_]:
    """Figures with enough answers that are hidden all the same.

    A group adds up to the company, which is shown. What the company leaves of those below the floor must not
    be about fewer than the floor, nor all the same. Until then the figure with the fewest other answers, by
    name the first, goes with them.
    """
    hidden = np.zeros(groups.size, np.bool_)
    responses = counts.responses
    few = responses < floor
    order = np.lexsort((names, responses, ~few, groups))
    for members in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1):
        if not few[members].any():
            continue
        left = np.array([column[members[few[members]]].sum() for column in counts])
        for place in members[~few[members]]:
            if left.sum() >= floor[place] and left.max() < left.sum():
                break
            hidden[place] = True
            left += [column[place] for column in counts]
    return hidden
