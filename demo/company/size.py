"""How big the simulated company is, the calendar it lives in, and its named random streams.

Belongs here: the numbers a caller may choose, and the fixed moments every room of the company shares.
Does not belong here: what the company does (its effects are in `effects.py`). Nothing reads the real clock.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAY: Final = 86_400
HOUR: Final = 3_600
MISSING: Final = int(np.iinfo(np.int64).min)
"""No moment: a timestamp that is null."""
NEVER: Final = 2**33 - 1
"""A moment after every other one, in seconds since 1970."""


def seconds(year: int, month: int, day: int) -> int:
    """Midnight UTC of a day, in seconds since 1970."""
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


START: Final = seconds(2023, 1, 1)
HISTORY_END: Final = seconds(2026, 1, 1)
DAYS_AHEAD: Final = 30
END: Final = HISTORY_END + DAYS_AHEAD * DAY


@dataclass(frozen=True)
class Size:
    """Seed and size of a simulated company; `answers` are distinct responses, the days ahead included.

    `invitations` are distinct invitations. Raises ValueError where the numbers cannot belong together.
    """

    seed: int = 20230101
    accounts: int = 5_000
    branches: int = 40
    regions: int = 5
    employees: int = 60
    invitations: int = 60_000
    answers: int = 25_000

    def __post_init__(self) -> None:
        if min(self.accounts, self.branches, self.employees, self.answers) < 20 or self.regions < 1:
            raise ValueError(
                f"a simulated company needs at least 20 accounts, branches, employees and answers; got {self}"
            )
        if self.invitations < self.answers:
            raise ValueError(
                f"{self.answers} answers need at least as many invitations, got {self.invitations}; "
                "raise `invitations` or use Size.scaled(answers=...)"
            )

    @classmethod
    def scaled(cls, answers: int, seed: int = 20230101) -> Size:
        """A company that gives `answers` answers, with about 20,000 accounts at a million."""
        base = cls(seed=seed)
        accounts = round(base.accounts * (answers / base.answers) ** 0.376)
        return replace(
            base,
            accounts=max(accounts, 200),
            answers=answers,
            invitations=round(answers * base.invitations / base.answers),
        )

    def stream(self, name: str) -> np.random.Generator:
        """The random stream of one concern, so that a change in one does not shift the others."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])
