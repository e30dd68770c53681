"""The rules as small pure functions: band, reportability, tier, window, recognised share.

Belongs here: rules that fit on a blackboard. Does not belong here: tables, statistics (`statistics.py`), the
calendar (`periods.py`).
"""

from __future__ import annotations

import numpy as np

from demo.truth.definition import BANDS, DAY, REPORTABILITY, TIERS
from demo.truth.known import Floats, Ints


def band(score: int) -> str:
    """The band of a whole score from 0 to 10. Raises ValueError for any other number."""
    if not 0 <= score < len(BANDS):
        raise ValueError(f"{score} is not on the scale from 0 to 10")
    return BANDS[score]


def reportability(responses: int) -> str:
    """What may be shown of a figure with so many answers."""
    return next(name for name, least in REPORTABILITY if responses >= least)


def tier(trailing_revenue: float) -> str:
    """Customer value from the trailing revenue in EUR."""
    return next((name for name, least in TIERS if trailing_revenue >= least), TIERS[-1][0])


def is_quarantined(responded: int, next_responded: int, window_days: int) -> bool:
    """Whether the same person's next answer comes within the window, moments in seconds."""
    return next_responded - responded < window_days * DAY


def recognised_share(since: Ints, until: Ints, window_since: Ints, window_until: Ints) -> Floats:
    """Share of service periods inside half-open windows; one without length is a moment."""
    overlap = np.maximum(np.minimum(until, window_until) - np.maximum(since, window_since), 0)
    share = overlap / np.where(since < until, until - since, 1)
    inside = (window_since <= since) & (since < window_until)
    return np.where(since < until, share, inside.astype(np.float64))
