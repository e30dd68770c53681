"""The rules as small pure functions: band, interval, reportability, tier, window, recognised share.

Belongs here: arithmetic that fits on a blackboard. Does not belong here: tables.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import sqrt

from demo.truth.definition import BANDS, DAY, REPORTABILITY, TIERS, Z_95


def band(score: int) -> str:
    """The band of a whole score from 0 to 10. Raises ValueError for any other number."""
    if not 0 <= score < len(BANDS):
        raise ValueError(f"{score} is not on the scale from 0 to 10")
    return BANDS[score]


def net_promoter_score(promoters: int, passives: int, detractors: int) -> float:
    """100 · (P - D) / N, not rounded."""
    return 100.0 * (promoters - detractors) / (promoters + passives + detractors)


def interval(promoters: int, passives: int, detractors: int) -> tuple[float, float]:
    """The adjusted Wald (3, T) interval at 95 %, on -100..100, clipped (Rocks 2016)."""
    n = promoters + passives + detractors + 3.0
    p, d = (promoters + 0.75) / n, (detractors + 0.75) / n
    half = Z_95 * sqrt((p + d - (p - d) ** 2) / n)
    return max(-100.0, 100.0 * (p - d - half)), min(100.0, 100.0 * (p - d + half))


def reportability(responses: int) -> str:
    """What may be shown of a figure with so many answers."""
    return next(name for name, least in REPORTABILITY if responses >= least)


def tier(trailing_revenue: float) -> str:
    """Customer value from the trailing revenue in EUR."""
    return next((name for name, least in TIERS if trailing_revenue >= least), TIERS[-1][0])


def is_quarantined(responded: int, next_responded: int, window_days: int) -> bool:
    """Whether the same person's next answer comes within the window, moments in seconds."""
    return next_responded - responded < window_days * DAY


def recognised_share(since: int, until: int, window_since: int, window_until: int) -> float:
    """Share of a service period inside a half-open window; a period without length is a moment."""
    if since >= until:
        return 1.0 if window_since <= since < window_until else 0.0
    return max(0, min(until, window_until) - max(since, window_since)) / (until - since)


def calendar_period(day: date, grain: str) -> tuple[date, date]:
    """The month, quarter or year with this day, end exclusive."""
    months = {"month": 1, "quarter": 3, "year": 12}[grain]
    first = (day.month - 1) // months * months
    after = first + months
    return date(day.year, first + 1, 1), date(day.year + after // 12, after % 12 + 1, 1)


def trailing_ends(first: date, as_of: date) -> list[date]:
    """First days of the months after the first answer up to as-of, and as-of itself."""
    ends = set[date]()
    _, end = calendar_period(first, "month")
    while end <= as_of:
        ends.add(end)
        _, end = calendar_period(end, "month")
    return sorted(ends | {as_of})


def periods(first: date, as_of: date) -> list[tuple[str, date, date]]:
    """Every published period (grain, start, exclusive end) between the first answer and as-of."""
    found = [("all_time", first, as_of)]
    for grain in ("month", "quarter", "year"):
        start, end = calendar_period(first, grain)
        while start < as_of:
            found.append((grain, start, end))
            start, end = calendar_period(end, grain)
    for end in trailing_ends(first, as_of):
        found += [(f"trailing_{days}d", end - timedelta(days=days), end) for days in (90, 365)]
    return found
