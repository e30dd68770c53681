"""How often a client may ask a vendor: so many requests in any so many seconds of real time.

Belongs here: counting requests. Does not belong here: how many a vendor allows (`demo.vendors.limits`), or in
which headers it says so (the vendor's module).
"""

import math
import time
from collections import deque
from threading import Lock
from typing import NamedTuple


class Asked(NamedTuple):
    """Whether a request is allowed, how many more are, and after how many whole seconds one more will be."""

    is_allowed: bool
    remaining: int
    wait: int


class Allowance:
    """`most` requests in any `seconds`; None allows any number, and `usual` is then said to be the limit."""

    def __init__(self, most: int | None, seconds: int, usual: int = 0) -> None:
        self._is_limited = most is not None
        self.most = usual if most is None else most
        self.seconds = seconds
        self._asked: deque[float] = deque()
        self._lock = Lock()

    def ask(self) -> Asked:
        """One request more, which counts where it is allowed."""
        with self._lock:
            now = time.monotonic()
            while self._asked and now - self._asked[0] >= self.seconds:
                self._asked.popleft()
            before = len(self._asked)
            wait = math.ceil(self.seconds - (now - self._asked[0])) if before else self.seconds
            is_allowed = not self._is_limited or before < self.most
            if is_allowed:
                self._asked.append(now)
        return Asked(is_allowed, max(self.most - before - 1, 0), wait)
