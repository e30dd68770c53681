"""Growth of MRR over a year, by who brought it about (Reichheld, Winning on Purpose, appendix B).

Belongs here: groups of accounts and their sums. Does not belong here: account months (`months`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from expectations.recount.finance.months import Month

_MILLION = 1_000_000
_SUMS = ("mrr_before", "mrr_after", "retained_mrr", "earned_mrr", "other_mrr")


class Growth(NamedTuple):
    """A year that ends with a quarter."""

    period_end: date
    period_start: date
    accounts_before: int
    earned_accounts: int
    bought_accounts: int
    unknown_accounts: int
    returned_accounts: int
    mrr_before: int | None
    mrr_after: int | None
    retained_mrr: int | None
    earned_mrr: int | None
    other_mrr: int | None
    net_retention: float | None
    earned_new: float | None
    earned_growth: float | None
    earned_growth_at_most: float | None
    total_growth: float | None
    earned_ratio: float | None
    referral_coverage: float | None


def growth(
    found: Iterable[Month], referred: Mapping[str, bool | None], as_of: date, floor: int
) -> list[Growth]:
    """Every quarter that is over and whose year began with accounts that paid."""
    pays: dict[date, dict[str, int]] = defaultdict(dict)
    first: dict[str, date] = {}
    for month in found:
        end = (month.month.replace(day=1) + timedelta(31)).replace(day=1)
        if end > as_of:
            continue
        pays[end][month.account] = month.mrr
        if month.mrr:
            first[month.account] = min(end, first.get(month.account, end))
    return [
        _year(end, before, pays[end], first, referred, floor)
        for end in sorted(pays)
        if end.month in (1, 4, 7, 10)
        and (before := {account: mrr for account, mrr in pays.get(_year_before(end), {}).items() if mrr})
    ]


def _year_before(end: date) -> date:
    return end.replace(year=end.year - 1)


def _year(
    end: date,
    before: Mapping[str, int],
    after: Mapping[str, int],
    first: Mapping[str, date],
    referred: Mapping[str, bool | None],
    floor: int,
) -> Growth:
    start = _year_before(end)
    groups: dict[str, list[int]] = defaultdict(list)
    for account, mrr in after.items():
        if not mrr or account in before:
            continue
        origin = {True: "earned", False: "bought", None: "unknown"}[referred.get(account)]
        groups["returned" if first[account] <= start else origin].append(mrr)
    earned, bought, unknown, returned = (groups[name] for name in ("earned", "bought", "unknown", "returned"))
    other = [*bought, *unknown, *returned]
    base, retained = sum(before.values()), sum(after.get(account, 0) for account in before)
    total, gained = retained + sum(earned) + sum(other), retained + sum(earned) - base

    def enough(*of: list[int]) -> bool:
        return all(not group or len(group) >= floor for group in of)

    counts = (len(before), len(earned), len(bought), len(unknown), len(returned))
    coverage = _share(counts[1] + counts[2], sum(counts[1:4]))
    if len(before) < floor or not enough(earned, other):
        return Growth(end, start, *counts, *(None,) * 11, coverage)
    return Growth(
        end,
        start,
        *counts,
        base,
        total,
        retained,
        sum(earned),
        sum(other),
        retained / base,
        sum(earned) / base,
        gained / base,
        (gained + sum(unknown)) / base if enough(unknown, [*bought, *returned]) else None,
        (total - base) / base,
        gained / (total - base) if total > base else None,
        coverage,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def built() -> str:
    """A query of the published rows as `Growth`."""
    return (
        "select "
        + ", ".join(
            f"cast(cast({name} as decimal(38, 6)) * {_MILLION} as bigint) as {name}"
            if name in _SUMS
            else name
            for name in Growth._fields
        )
        + " from publication.earned_growth"
    )
