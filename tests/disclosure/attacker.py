"""An attacker who reads what is published, writes it down as a linear system, and asks an LP what is hidden.

What is not known is an unknown that is zero or more; what adds up to something known is an equation. The
least and the greatest value of an unknown that agree with all of them are what the attacker learns.

Belongs here: the system. Does not belong here: what is published, and which of it adds up (`reading`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog


class Attacker:
    """Unknowns, each zero or more, and equations over them."""

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}
        self._equations: list[tuple[Mapping[Hashable, float], float]] = []

    def learns(self, terms: Mapping[Hashable, float], total: float) -> None:
        """Unknowns times their factors add up to a total."""
        for name in terms:
            self._places.setdefault(name, len(self._places))
        self._equations.append((terms, total))

    def knows(self, name: Hashable, value: float) -> None:
        """An unknown is published."""
        self.learns({name: 1}, value)

    def adds_up(self, parts: Iterable[Hashable], whole: Hashable) -> None:
        """Unknowns are together another one."""
        self.learns({**dict.fromkeys(parts, 1.0), whole: -1.0}, 0)

    def interval(self, name: Hashable) -> tuple[float, float]:
        """The least and the greatest value; infinite where nothing bounds it."""
        sides, (matrix, totals) = [], self._system()
        for sign in (1, -1):
            objective = np.zeros(matrix.shape[1])
            objective[self._places[name]] = sign
            found = linprog(objective, A_eq=matrix, b_eq=totals)
            if found.status == 3:  # without bound
                sides.append(float("inf"))
                continue
            if found.fun is None:
                raise ValueError(f"what is published contradicts itself: {found.message}")
            sides.append(sign * float(found.fun))
        least, greatest = sides
        return least, greatest

    def follows(self, terms: Mapping[Hashable, float]) -> bool:
        """Whether a sum of unknowns times factors follows from the equations, whatever their totals are."""
        matrix, _ = self._system()
        wanted = np.zeros(matrix.shape[1])
        for name, factor in terms.items():
            wanted[self._places[name]] += factor
        found = np.linalg.lstsq(matrix.T, wanted, rcond=None)[0]
        return bool(np.allclose(matrix.T @ found, wanted, atol=1e-6))

    def _system(self) -> tuple[npt.NDArray[np.float64], list[float]]:
        matrix = np.zeros((len(self._equations), len(self._places)))
        for row, (terms, _) in enumerate(self._equations):
            for name, factor in terms.items():
                matrix[row, self._places[name]] += factor
        return matrix, [total for _, total in self._equations]
