"""What the association would be where nothing can be associated: earlier windows, and bands of others.

Written from docs/decisions/0056-two-placebos.md. The figures are those of `association`.

Belongs here: windows with a band that cannot matter, and what is shown of them. Does not belong here: windows
as they were (`outcomes`), rates and ratios (`association`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from hashlib import md5
from typing import NamedTuple

from expectations.recount.finance.association import Associated, associations, cells_of
from expectations.recount.finance.outcomes import LOOK_BACK, Outcome
from expectations.recount.finance.withheld import of_exchanged

_WORDS = {"associated": "warns", "not distinguishable": "does not warn"}
_COMPANY = {"company": (False, False, False)}


class Placebo(NamedTuple):
    """A band of a placebo, as it may be shown."""

    placebo: str
    survey_type: str
    horizon_days: int
    band: str
    accounts: int
    windows: int | None
    lost: int | None
    loss_rate: float | None
    loss_low: float | None
    loss_high: float | None
    net_retention: float | None
    net_retention_low: float | None
    net_retention_high: float | None
    risk_ratio: float | None
    risk_ratio_low: float | None
    risk_ratio_high: float | None
    stratified_risk_ratio: float | None
    stratified_risk_ratio_low: float | None
    stratified_risk_ratio_high: float | None
    verdict: str


def placebos(found: Sequence[Outcome], floor: int) -> list[Placebo]:
    """Every band of both placebos; below `floor` accounts only their number is shown."""
    before, exchanged = cells_of(earlier(found), _COMPANY), cells_of(permuted(found), _COMPANY)
    hidden = of_exchanged(exchanged, cells_of(found, _COMPANY), floor)
    return [
        *(_shown("earlier", each) for each in associations(before, floor)),
        *(_shown("permuted", each) for each in associations(exchanged, floor, hidden)),
    ]


def earlier(found: Sequence[Outcome]) -> list[Outcome]:
    """Of each account its last window that was over before its look of later looked back; who paid less."""
    histories: dict[tuple[str, int, str], dict[date, Outcome]] = defaultdict(dict)
    for each in found:
        histories[each.survey_type, each.horizon_days, each.account][each.index_date] = each
    rows = []
    for (_, horizon, _), looks in histories.items():
        # whole windows from the end of one to the beginning of a look that looks back no further
        between = -(-LOOK_BACK // horizon) * horizon
        for day in sorted(looks, reverse=True):
            before = looks.get(day - timedelta(between + horizon))
            if before is not None and before.mrr_after is not None:
                less = before.mrr_after < before.mrr_before
                rows.append(before._replace(band=looks[day].band, is_churned=less))
                break
    return rows


def permuted(found: Sequence[Outcome]) -> Iterator[Outcome]:
    """The windows that are over, with bands exchanged among accounts that are alike on the day."""
    alike: dict[tuple[str, int, date, str, str], list[Outcome]] = defaultdict(list)
    for each in found:
        if each.is_complete:
            alike[
                each.survey_type, each.horizon_days, each.index_date, each.customer_value_tier, each.tenure
            ].append(each)
    for windows in alike.values():
        givers = sorted(windows, key=lambda each: _place("gives", each))
        for taker, giver in zip(sorted(windows, key=lambda each: _place("takes", each)), givers, strict=True):
            yield taker._replace(band=giver.band)


def _place(role: str, window: Outcome) -> str:
    text = f"{role}|{window.account}|{window.index_date}|{window.horizon_days}"
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _shown(name: str, of: Associated) -> Placebo:
    values = of._asdict() | {
        "placebo": name,
        "lost": of.churned,
        "loss_rate": of.churn_rate,
        "loss_low": of.churn_low,
        "loss_high": of.churn_high,
        "verdict": _WORDS.get(of.verdict, of.verdict),
    }
    return Placebo._make(values[field] for field in Placebo._fields)


def built() -> str:
    """A query of the published rows as `Placebo`."""
    return f"select {', '.join(Placebo._fields)} from publication.association_placebo"
