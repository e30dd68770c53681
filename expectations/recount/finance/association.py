"""Churn, retention and risk by band, from windows of accounts, one cell after the other.

Sources: Katz 1978 (risk ratio); Mantel & Haenszel 1959 with the variance of Greenland & Robins
1985; the ratio of sums with clusters as a survey statistician has it (Cochran 1977, 6.13).

Belongs here: formulas and what is shown of them. Does not belong here: whose window is what (`outcomes`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from expectations.recount.finance.outcomes import Outcome
from expectations.recount.finance.withheld import FEW, Hidden, of_members
from expectations.recount.statistics import Z, wilson

ALL = "(all)"
FEWEST = 30
DISAGREEMENT = math.log(1.1)
_MILLION = 1_000_000
SEGMENTS: Mapping[str, tuple[bool, bool, bool]] = {
    "company": (False, False, False),
    "customer_value_tier": (True, False, False),
    "tenure": (False, True, False),
    "region": (False, False, True),
}


class Associated(NamedTuple):
    """A band of a cell, as it may be shown."""

    survey_type: str
    horizon_days: int
    segment: str
    customer_value_tier: str
    tenure: str
    region: str
    band: str
    accounts: int
    windows: int | None
    churned: int | None
    churn_rate: float | None
    churn_low: float | None
    churn_high: float | None
    mrr_before: int | None
    gross_retention: float | None
    gross_retention_low: float | None
    gross_retention_high: float | None
    net_retention: float | None
    net_retention_low: float | None
    net_retention_high: float | None
    risk_ratio: float | None
    risk_ratio_low: float | None
    risk_ratio_high: float | None
    stratified_risk_ratio: float | None
    stratified_risk_ratio_low: float | None
    stratified_risk_ratio_high: float | None
    is_confounded: bool | None
    verdict: str


#: The key and the number of accounts, which nothing hides.
_ALWAYS = 8
#: Account → over all its windows: paid before, kept of that, paid after.
_Accounts: TypeAlias = dict[str, list[int]]
#: Stratum → churned, windows.
_Strata: TypeAlias = dict[tuple[str, str], list[int]]
_Interval: TypeAlias = tuple[float | None, float | None, float | None]
_NONE: _Interval = (None, None, None)


class Band:
    """What is added up of a band in a cell."""

    def __init__(self) -> None:
        self.accounts: _Accounts = defaultdict(lambda: [0, 0, 0])
        self.strata: _Strata = defaultdict(lambda: [0, 0])

    @property
    def churned(self) -> int:
        return sum(churned for churned, _ in self.strata.values())

    @property
    def windows(self) -> int:
        return sum(windows for _, windows in self.strata.values())


#: Survey type, horizon, segment, tier, tenure, region → its bands.
Cells: TypeAlias = Mapping[tuple[str, int, str, str, str, str], Mapping[str, Band]]


def associations(cells: Cells, floor: int, hidden: Hidden | None = None) -> list[Associated]:
    """Every cell; of those hidden (default: what `floor` hides of members) only the number of accounts."""
    why = of_members(cells, floor) if hidden is None else hidden
    return [
        _withheld(
            _shown(cell, name, band, bands.get("promoter")), why.get((cell, name)), (cell, "promoter") in why
        )
        for cell, bands in cells.items()
        for name, band in bands.items()
    ]


def cells_of(found: Iterable[Outcome], segments: Mapping[str, tuple[bool, bool, bool]] = SEGMENTS) -> Cells:
    """The bands of every cell of the segments, of the windows that are over."""
    cells: dict[tuple[str, int, str, str, str, str], dict[str, Band]] = defaultdict(lambda: defaultdict(Band))
    for each in found:
        if not each.is_complete or each.mrr_after is None:
            continue
        members = (each.customer_value_tier, each.tenure, each.region)
        for segment, split in segments.items():
            shown = [member if by else ALL for member, by in zip(members, split, strict=True)]
            band = cells[each.survey_type, each.horizon_days, segment, shown[0], shown[1], shown[2]][
                each.band
            ]
            sums = band.accounts[each.account]
            sums[0] += each.mrr_before
            sums[1] += min(each.mrr_before, each.mrr_after)
            sums[2] += each.mrr_after
            stratum = band.strata[each.customer_value_tier, each.tenure]
            stratum[0] += bool(each.is_churned)
            stratum[1] += 1
    return cells


def retention(pairs: Sequence[tuple[int, int]]) -> tuple[float, float | None]:
    """Sum of the second ÷ sum of the first, and its standard error: each pair is an account, a cluster."""
    before = sum(first for first, _ in pairs) / _MILLION
    ratio = sum(second for _, second in pairs) / _MILLION / before
    if len(pairs) < 2:
        return ratio, None
    residuals = [second / _MILLION - ratio * first / _MILLION for first, second in pairs]
    spread = math.fsum(residual * residual for residual in residuals) * len(pairs) / (len(pairs) - 1)
    return ratio, math.sqrt(spread) / before


def crude(one: tuple[int, int], reference: tuple[int, int]) -> _Interval:
    """Risk ratio of (churned, windows) to the reference's, and its interval; none where one has no churn."""
    (a, n), (c, m) = one, reference
    if not a or not c:
        return _NONE
    return _around((a / n) / (c / m), math.sqrt(1 / a - 1 / n + 1 / c - 1 / m))


def mantel_haenszel(strata: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> _Interval:
    """The same over strata of (churned, windows) and the reference's (churned, windows)."""
    observed = expected = variance = 0.0
    for (a, n), (c, m) in strata:
        total = n + m
        observed += a * m / total
        expected += c * n / total
        variance += ((a + c) * n * m - a * c * total) / total**2
    if not observed or not expected:
        return _NONE
    return _around(observed / expected, math.sqrt(variance / (observed * expected)))


def excess(strata: Iterable[tuple[tuple[int, int], tuple[int, int]]]) -> _Interval:
    """Difference of the risks over strata, and its interval; none without a stratum."""
    weight = difference = variance = 0.0
    for (a, n), (c, m) in strata:
        each = n * m / (n + m)
        weight += each
        difference += each * (a / n - c / m)
        variance += each**2 * (a * (n - a) / n**3 + c * (m - c) / m**3)
    if not weight:
        return _NONE
    reach = Z * math.sqrt(variance) / weight
    return difference / weight, difference / weight - reach, difference / weight + reach


def shared_strata(band: Band, promoters: Band) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """(Churned, windows) of the band and of promoters, wherever there are both."""
    return [
        ((one[0], one[1]), (promoters.strata[stratum][0], promoters.strata[stratum][1]))
        for stratum, one in band.strata.items()
        if stratum in promoters.strata
    ]


def judged(name: str, band: Band, promoters: Band | None) -> tuple[_Interval, _Interval, bool | None, str]:
    """Crude and stratified ratio, whether they disagree, and the verdict."""
    if name == "promoter":
        return _NONE, _NONE, None, "reference"
    if promoters is None:
        return _NONE, _NONE, None, "too few"
    ratio = crude((band.churned, band.windows), (promoters.churned, promoters.windows))
    stratified = mantel_haenszel(shared_strata(band, promoters))
    few = min(len(band.accounts), len(promoters.accounts)) < FEWEST
    if few or ratio[0] is None or stratified[0] is None:
        return ratio, stratified, None, "too few"
    disagree = _apart(ratio) != _apart(stratified) or abs(math.log(stratified[0] / ratio[0])) > DISAGREEMENT
    return ratio, stratified, disagree, "associated" if _apart(stratified) else "not distinguishable"


def _around(ratio: float, error: float) -> _Interval:
    return ratio, math.exp(math.log(ratio) - Z * error), math.exp(math.log(ratio) + Z * error)


def _withheld(found: Associated, why: str | None, is_reference_hidden: bool) -> Associated:
    """What may be shown of a band. A ratio would tell of promoters what is known of the band."""
    if why is not None:
        verdict = "too few" if why == FEW else "withheld"
        return Associated._make((*found[:_ALWAYS], *(None,) * (len(found) - _ALWAYS - 1), verdict))
    if not is_reference_hidden:
        return found
    ratios = {name: None for name in Associated._fields if "risk_ratio" in name or name == "is_confounded"}
    verdict = "too few" if found.verdict == "too few" else "withheld"
    return Associated(**{**found._asdict(), **ratios, "verdict": verdict})


def _shown(
    cell: tuple[str, int, str, str, str, str], name: str, band: Band, promoters: Band | None
) -> Associated:
    accounts, churned, windows = len(band.accounts), band.churned, band.windows
    gross = _clipped(*retention([(before, kept) for before, kept, _ in band.accounts.values()]), 1.0)
    net = _clipped(*retention([(before, after) for before, _, after in band.accounts.values()]), math.inf)
    ratio, stratified, confounded, verdict = judged(name, band, promoters)
    return Associated(
        *cell,
        name,
        accounts,
        windows,
        churned,
        churned / windows,
        *wilson(churned, windows),
        sum(before for before, _, _ in band.accounts.values()),
        *gross,
        *net,
        *ratio,
        *stratified,
        confounded,
        verdict,
    )


def _clipped(ratio: float, error: float | None, most: float) -> _Interval:
    if error is None:
        return ratio, None, None
    return ratio, max(0.0, ratio - Z * error), min(most, ratio + Z * error)


def _apart(interval: _Interval) -> bool:
    _, low, high = interval
    return low is not None and high is not None and (low > 1 or high < 1)


def built() -> str:
    """A query of the published rows as `Associated`."""
    shown = {name: name for name in Associated._fields} | {
        "mrr_before": "cast(cast(mrr_before as decimal(38, 6)) * 1000000 as bigint) as mrr_before"
    }
    return f"select {', '.join(shown.values())} from publication.revenue_association"
