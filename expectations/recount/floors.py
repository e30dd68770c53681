"""How many answers a figure needs, by the version of the definition that judged them.

Belongs here: the governed floors as columns. Does not belong here: what they hide (`figures`, `hidden`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from expectations.definition import FLOORS, Version
from expectations.recount.coding import Coding
from expectations.recount.statistics import Floats, Integers


class Floors(NamedTuple):
    """How many answers each row needs, by the version of its definition, to be at least so reportable."""

    minimums: Mapping[str, Floats]

    @classmethod
    def of(cls, definitions: Sequence[Version], version: Integers, coding: Coding) -> Floors:
        """`version` is a row's number of its version; one that is not defined is never reportable."""
        names = coding.members["definition_version"].to_pylist()
        stated = {each.version: dict(each.floors) for each in definitions}
        return cls(
            {
                floor: np.array([stated.get(str(name), {}).get(floor, np.inf) for name in names])[version]
                for floor in FLOORS
            }
        )

    @property
    def confidential(self) -> Floats:
        """Below this nothing is shown but the number of answers."""
        return self.minimums["interval_only"]

    @property
    def indicative(self) -> Floats:
        """From this on a score is shown."""
        return self.minimums["indicative"]
