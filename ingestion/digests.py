"""Digests of keys, on disk: which of some are among all that were put there.

They are in sorted runs. A portion that is added is a run, and runs of about one size become one: so a set has
no more runs than its size has binary digits, and a key is looked up by a binary search in each. No portion is
compared with all that came before it.

Belongs here: sets of digests. Does not belong here: what a key is, and which of them a load knows
(`known.py`).
"""

import os
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
import numpy.typing as npt

#: 128 bits of each key: upper halves in the first row, lower ones in the second. Two texts never share them.
Keys = npt.NDArray[np.uint64]


class Digests:
    """A set of digests in files without a name in a folder, which must exist. 16 bytes each.

    `moved` are the digests that were written so far, each as often as it was, and `sought` the binary
    searches: what the set has done, whatever else the machine does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runs: list[Keys] = []
        self.moved = 0
        self.sought = 0

    def add(self, keys: Keys) -> None:
        """Puts digests in, in any order."""
        if not keys.shape[1]:
            return
        run = self._written(keys[:, np.argsort(keys[0])])
        while self._runs and self._runs[-1].shape[1] <= 2 * run.shape[1]:
            run = self._merged(self._runs.pop(), run)
        self._runs.append(run)

    def holds(self, keys: Keys) -> npt.NDArray[np.bool_]:
        """Of each digest, whether it is in the set."""
        found = np.zeros(keys.shape[1], bool)
        for run in self._runs:
            self.sought += keys.shape[1]
            found |= _are_in(run, keys)
        return found

    def _merged(self, one: Keys, other: Keys) -> Keys:
        made = self._room(one.shape[1] + other.shape[1])
        is_other = np.zeros(made.shape[1], bool)
        is_other[np.searchsorted(one[0], other[0]) + np.arange(other.shape[1])] = True
        for half in (0, 1):
            made[half][is_other], made[half][~is_other] = other[half], one[half]
        return made

    def _written(self, keys: Keys) -> Keys:
        made = self._room(keys.shape[1])
        made[:] = keys
        return made

    def _room(self, count: int) -> Keys:
        """A file's pages as an array: the machine keeps of them in memory what it has room for. `OSError` for
        a full disk, which would end the process if it was found out by writing to a page."""
        self.moved += count
        with TemporaryFile(dir=self._folder) as file:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, 16 * count)
            return np.memmap(file, np.uint64, "w+", shape=(2, count))


def _are_in(run: Keys, keys: Keys) -> npt.NDArray[np.bool_]:
    """Those whose upper half is in the run, at a place with their lower half: several may share the upper."""
    found, place = np.zeros(keys.shape[1], bool), np.searchsorted(run[0], keys[0])
    left = np.arange(keys.shape[1])
    while len(left):
        left = left[place[left] < run.shape[1]]
        left = left[run[0][place[left]] == keys[0][left]]
        is_it = run[1][place[left]] == keys[1][left]
        found[left[is_it]] = True
        left = left[~is_it]
        place[left] += 1
    return found
