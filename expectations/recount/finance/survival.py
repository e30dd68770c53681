"""How many accounts of a band still pay after so many days: Kaplan & Meier 1958, Greenwood 1926.

Written from docs/decisions/0050-a-curve-begins-with-the-first-look.md.

Belongs here: following accounts from look to look, and the curve. Does not belong here: windows (`outcomes`).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from expectations.recount.finance.outcomes import HORIZONS, Outcome
from expectations.recount.statistics import Z

STEP = HORIZONS[0]


class Survival(NamedTuple):
    """A step of a band's curve, as it may be shown."""

    survey_type: str
    band: str
    days: int
    at_risk: int
    churned: int | None
    censored: int | None
    survival: float | None
    survival_low: float | None
    survival_high: float | None


class Step(NamedTuple):
    """How many were followed up to a step, left at it, or were not followed further."""

    at_risk: int
    churned: int
    censored: int


def curves(found: Iterable[Outcome], floor: int) -> list[Survival]:
    """Every step of every curve; below `floor` accounts only their number is shown."""
    rows = []
    for (survey_type, band), lasted in _followed(found).items():
        survival, spread = 1.0, 0.0
        for number, step in enumerate(steps(lasted), 1):
            left = step.at_risk - step.churned
            survival *= left / step.at_risk
            spread += step.churned / (step.at_risk * left) if left else math.nan
            reach = Z * survival * math.sqrt(spread)
            bounds = (
                (None, None)
                if math.isnan(spread)
                else (max(0.0, survival - reach), min(1.0, survival + reach))
            )
            shown = (step.churned, step.censored, survival, *bounds)
            rows.append(
                Survival(
                    survey_type,
                    band,
                    number * STEP,
                    step.at_risk,
                    *(shown if step.at_risk >= floor else (None,) * 5),
                )
            )
    return rows


def steps(lasted: Counter[tuple[int, bool]]) -> Iterator[Step]:
    """By how many steps an account was followed, and whether it left then."""
    for number in range(1, max((steps for steps, _ in lasted), default=0) + 1):
        yield Step(
            sum(many for (steps, _), many in lasted.items() if steps >= number),
            lasted[number, True],
            lasted[number, False],
        )


def _followed(found: Iterable[Outcome]) -> dict[tuple[str, str], Counter[tuple[int, bool]]]:
    """Survey type and band → how long each account was followed from its first look with the band on."""
    accounts: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for each in found:
        if each.horizon_days == STEP and each.is_complete:
            accounts[each.survey_type, each.account].append(each)
    last = max((each.index_date for of in accounts.values() for each in of), default=date.min)
    lasted: dict[tuple[str, str], Counter[tuple[int, bool]]] = defaultdict(Counter)
    for (survey_type, _), looks in accounts.items():
        looks.sort(key=lambda each: each.index_date)
        first: dict[str, date] = {}
        for look in looks:
            first.setdefault(look.band, look.index_date)
        for band, since in first.items():
            gone = (each.index_date for each in looks if each.is_churned and each.index_date >= since)
            left = next(gone, None)
            until = last if left is None else left
            lasted[survey_type, band][(until - since).days // STEP + 1, left is not None] += 1
    return lasted


def built() -> str:
    """A query of the published rows as `Survival`."""
    return f"select {', '.join(Survival._fields)} from publication.churn_curves"
