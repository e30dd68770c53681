"""The order among equal figures.

Belongs here: how names decide. Does not belong here: between what (`hidden`, `undivided`).
"""

from __future__ import annotations

from hashlib import md5

import numpy as np

from demo.truth.known import Ints


def digested(names: list[str]) -> Ints:
    """The place of each name among their MD5s, which no collation sorts otherwise."""
    digests = [md5(name.encode(), usedforsecurity=False).hexdigest() for name in names]
    places: Ints = np.argsort(np.argsort(digests))
    return places
