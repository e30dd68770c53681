"""Which topics of which cells have no row, or what few people said would follow.

Written from docs/decisions/0088-topics-as-figures.md.

Belongs here: the rule. Does not belong here: counting (`topic_counts`), what a row says (`topics`).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.recount import suppression
from expectations.recount.bridge_hidden import of_few
from expectations.recount.figures import Figures
from expectations.recount.statistics import Counts
from expectations.recount.suppression import FOR_OTHERS
from expectations.recount.topic_counts import (
    ALL,
    DAYS,
    NOBODY,
    QUARTER,
    REST,
    SEGMENTS,
    YEAR,
    Cell,
    Counted,
    Parts,
)


def hidden(
    counted: Counted,
    kind: tuple[str, str, str],
    grain: str,
    topic: str,
    floor: int,
    visible: set[tuple[str, Cell]],
) -> set[Cell]:
    """The cells of a family that do not show a topic."""
    windows = {
        window: {
            cell: said.parts(topic) for cell, said in counted.windows[window].items() if cell[:3] == kind
        }
        for window in ((YEAR,) if grain == YEAR else (QUARTER, REST))
    }
    withheld = {
        cell
        for window, cells in windows.items()
        for cell, parts in cells.items()
        if (grain, cell) not in visible or _is_few(parts, floor, is_shown=window != REST)
    }
    found = set(withheld)
    for cells in windows.values():
        for part in range(len(Parts._fields)):
            there = [cell for cell in cells if sum(cells[cell][part])]
            there.sort(key=lambda cell: suppression.digest(cell[3]))
            few, places = np.array([cell in withheld for cell in there], np.bool_), np.arange(len(there))
            counts = Counts(*np.array([cells[cell][part] for cell in there], np.int64).reshape(-1, 3).T)
            goes = suppression.for_others(
                counts, few, np.full(len(there), float(floor)), np.zeros_like(places), places
            )
            found |= {cell for cell, is_hidden in zip(there, goes, strict=True) if is_hidden}
    return found


def _is_few(parts: Parts, floor: int, *, is_shown: bool) -> bool:
    """Whether a part has few answers; one that is not shown itself must not be of one mind either."""
    groups = (parts.mentioning, parts.other) if is_shown else ()
    follow = (parts.silent,) if is_shown else parts
    return any(0 < sum(group) < floor for group in groups) or any(
        of_few(part, NOBODY, floor) for part in follow
    )


def visible(told: Figures, as_of: date) -> set[tuple[str, Cell]]:
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
        if row["segment"] in SEGMENTS and row["period_grain"] in DAYS
        if row["reportability"] not in ("suppressed", FOR_OTHERS)
    }
