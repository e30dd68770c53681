"""What accounts pay at as-of by what they had said, how much of it is at risk, and how they have moved.

Belongs here: sums over windows. Does not belong here: windows (`outcomes`), rates and ratios (`association`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple, TypeAlias

from expectations.recount.finance.association import (
    ALL,
    SEGMENTS,
    Cells,
    excess,
    judged,
    shared_strata,
)
from expectations.recount.finance.outcomes import HORIZONS, Outcome
from expectations.recount.finance.withheld import LEFT, of_moves
from expectations.recount.suppression import digest

_MILLION = 1_000_000
_Rates: TypeAlias = tuple[float | None, float | None, float | None]
_NONE: _Rates = (None, None, None)
_Cell: TypeAlias = tuple[str, str, str, str, str]


class Covered(NamedTuple):
    """What a band of a cell pays at as-of."""

    survey_type: str
    segment: str
    customer_value_tier: str
    tenure: str
    region: str
    band: str
    accounts: int
    accounts_share: float
    mrr: int | None
    mrr_share: float | None
    suppression: str


class AtRisk(NamedTuple):
    """What a band pays at as-of, and how much of it goes beyond what promoters would take with them."""

    survey_type: str
    horizon_days: int
    band: str
    accounts: int
    mrr: int | None
    excess_churn: float | None
    excess_churn_low: float | None
    excess_churn_high: float | None
    mrr_at_risk: float | None
    mrr_at_risk_low: float | None
    mrr_at_risk_high: float | None
    verdict: str


class Moved(NamedTuple):
    """Accounts that said one thing at a look and another at the next."""

    survey_type: str
    horizon_days: int
    window_end: date
    from_band: str
    to_band: str
    accounts: int
    mrr_before: int | None
    mrr_after: int | None


def coverage(found: Sequence[Outcome], floor: int) -> list[Covered]:
    """Every band of every cell at as-of, with the amounts and shares that tell nothing of fewer than `floor`
    accounts."""
    cells: dict[_Cell, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for each in found:
        if each.is_complete or each.horizon_days != HORIZONS[0]:
            continue
        members = (each.customer_value_tier, each.tenure, each.region)
        for segment, split in SEGMENTS.items():
            tier, tenure, region = (member if by else ALL for member, by in zip(members, split, strict=True))
            cells[each.survey_type, segment, tier, tenure, region][each.band].append(each.mrr_before)
    hidden = _hidden(
        {cell: {band: len(pays) for band, pays in of.items()} for cell, of in cells.items()}, floor
    )
    rows = []
    for cell, bands in cells.items():
        accounts, mrr = sum(map(len, bands.values())), sum(map(sum, bands.values()))
        is_whole = not any((cell, band) in hidden for band in bands)
        for band, pays in bands.items():
            why = hidden.get((cell, band), "none")
            amount, share = None if why != "none" else sum(pays), sum(pays) / mrr if is_whole else None
            rows.append(Covered(*cell, band, len(pays), len(pays) / accounts, amount, share, why))
    return rows


def _hidden(accounts: Mapping[_Cell, Mapping[str, int]], floor: int) -> dict[tuple[_Cell, str], str]:
    """Which bands of which cells are not shown, and why.

    What a band's members leave of the company's is known: if that is of fewer than `floor` accounts, the
    member with the fewest others goes too.
    """
    members: dict[tuple[str, str, str], list[tuple[int, _Cell]]] = defaultdict(list)
    for cell, bands in accounts.items():
        for band, held in bands.items():
            members[cell[0], cell[1], band].append((held, cell))
    hidden = {}
    for (_, _, band), of_band in members.items():
        few = [(held, cell) for held, cell in of_band if held < floor]
        others = sorted(set(of_band) - set(few), key=_smallest)
        hidden.update({(cell, band): "suppressed" for _, cell in few})
        if few and others and sum(held for held, _ in few) < floor:
            hidden[others[0][1], band] = "suppressed_for_others"
    return hidden


def _smallest(member: tuple[int, _Cell]) -> tuple[int, list[str]]:
    """By accounts, then by the digests of names."""
    return member[0], [digest(name) for name in member[1][2:]]


def at_risk(found: Sequence[Outcome], cells: Cells, floor: int) -> list[AtRisk]:
    """Detractors and passives of as-of, by horizon; a figure where ratio and difference agree."""
    today: dict[tuple[str, int, str], list[int]] = defaultdict(list)
    for each in found:
        if not each.is_complete and each.band in ("passive", "detractor"):
            today[each.survey_type, each.horizon_days, each.band].append(each.mrr_before)
    rows = []
    for (survey_type, horizon, band), pays in today.items():
        bands = cells.get((survey_type, horizon, "company", ALL, ALL, ALL), {})
        verdict, rates = "too few", _NONE
        if len(pays) >= floor and band in bands and "promoter" in bands:
            promoters = bands["promoter"]
            verdict = judged(band, bands[band], promoters)[3]
            verdict, rates = _measured(verdict, excess(shared_strata(bands[band], promoters)))
        mrr = sum(pays)
        least, most = ((None if rate is None else mrr / _MILLION * rate) for rate in rates[1:])
        lost = (None if rates[0] is None else mrr / _MILLION * rates[0], least, most)
        shown = mrr if len(pays) >= floor else None
        rows.append(AtRisk(survey_type, horizon, band, len(pays), shown, *rates, *lost, verdict))
    return rows


def transitions(found: Sequence[Outcome], floor: int) -> list[Moved]:
    """Every window that is over, by what was said at its beginning and at its end."""
    said = {(each.survey_type, each.horizon_days, each.account, each.index_date): each.band for each in found}
    looks: dict[tuple[str, int, date], dict[tuple[str, str], list[tuple[int, int]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for each in found:
        if each.mrr_after is None:
            continue
        end = each.index_date + timedelta(each.horizon_days)
        after = said.get((each.survey_type, each.horizon_days, each.account, end), LEFT)
        moves = looks[each.survey_type, each.horizon_days, end]
        moves[each.band, after].append((each.mrr_before, each.mrr_after))
    rows = []
    for look, moves in looks.items():
        hidden = of_moves({move: len(pays) for move, pays in moves.items()}, floor)
        for move, pays in moves.items():
            before, after = (sum(each) for each in zip(*pays, strict=True))
            shown = (None, None) if move in hidden else (before, after)
            rows.append(Moved(*look, *move, len(pays), *shown))
    return rows


def _measured(verdict: str, measured: _Rates) -> tuple[str, _Rates]:
    """The verdict, which both intervals must agree on, and the difference where it holds."""
    _, low, high = measured
    if verdict != "associated" or low is None or high is None:
        return verdict, _NONE
    if low > 0:
        return verdict, measured
    return "they leave less often" if high < 0 else "not distinguishable", _NONE


def built(kind: type[Covered] | type[AtRisk] | type[Moved]) -> str:
    """A query of the published rows as one of the kinds."""
    table = {Covered: "revenue_coverage", AtRisk: "revenue_at_risk", Moved: "band_transitions"}[kind]
    money = {
        name: f"cast(cast({name} as decimal(38, 6)) * {_MILLION} as bigint) as {name}"
        for name in ("mrr", "mrr_before", "mrr_after")
    }
    return f"select {', '.join(money.get(name, name) for name in kind._fields)} from publication.{table}"
