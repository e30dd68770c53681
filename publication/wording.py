"""How published figures are written for people: rounded once, for display, and never before.

Belongs here: the text of a number, an interval, a period. Does not belong here: where the text goes (the
command line, pages).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

DAY = "%Y-%m-%d"


def one_decimal(score: float | None) -> str:
    """A score for display: one decimal, rounded half away from zero; empty if it is not published."""
    if score is None:
        return ""
    rounded = Decimal(repr(score)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{rounded if rounded else abs(rounded)}"


def count(number: int | None) -> str:
    """A count with thousands separators; empty if it is unknown."""
    return "" if number is None else f"{number:,}"


def interval(low: float | None, high: float | None) -> str:
    """`12.3 to 45.6`, or empty if it is not published."""
    if low is None or high is None:
        return ""
    return f"{one_decimal(low)} to {one_decimal(high)}"


def signed(change: float | None) -> str:
    """`+3.9` or `-3.9`; empty if there is none."""
    if change is None:
        return ""
    return f"{'+' if change > 0 else ''}{one_decimal(change)}"


def probability(value: float | None) -> str:
    """Two digits; smaller values are shown as `<0.01`."""
    if value is None:
        return ""
    return "<0.01" if value < 0.01 else f"{value:.2f}"


def percentage(share: float | None) -> str:
    """A share of one as a percentage; empty if there is none."""
    return "" if share is None else f"{one_decimal(100 * share)} %"


def place(best: int | None, worst: int | None) -> str:
    """`3`, or `2 to 17` if chance alone may have moved it."""
    if best is None or worst is None:
        return ""
    return str(best) if best == worst else f"{best} to {worst}"


def remark(reportability: str) -> str:
    """What a reader must know before using a figure of so many answers."""
    return {
        "suppressed": "n too small",
        "suppressed_for_others": "hidden, or a small n would follow",
        "interval_only": "n too small for a score",
        "indicative": "indicative",
    }.get(reportability, "")


def period(grain: str, start: date, end: date) -> str:
    """A period's name; `end` is exclusive."""
    if grain == "month":
        return f"{start:%Y-%m}"
    if grain == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    if grain == "year":
        return f"{start.year}"
    return f"{start:{DAY}} up to {end:{DAY}}"


def change(row: Mapping[str, Any]) -> str:
    """`NPS 33.1 to 36.8, +3.8 (0.1 to 7.5), more than chance`: a change of the company's score."""
    low, high = row["contribution_low"], row["contribution_high"]
    noise = "chance alone may have made it" if low <= 0 <= high else "more than chance"
    return (
        f"NPS {one_decimal(row['previous_nps'])} to {one_decimal(row['nps'])},"
        f" {share_of_change(row, 'contribution')}, {noise}"
    )


def compared(row: Mapping[str, Any]) -> str:
    """`2025-Q4 against 2025-Q3`: the periods of a change."""
    now = period(row["period_grain"], row["period_start"], row["period_end"])
    then = period(row["period_grain"], row["previous_start"], row["previous_end"])
    return f"{now} against {then}"


def share_of_change(row: Mapping[str, Any], part: str) -> str:
    """`+3.8 (0.1 to 7.5)`: a part of a change and its interval, if it has one."""
    bounds = interval(row[f"{part}_low"], row[f"{part}_high"])
    return " ".join(filter(None, (signed(row[part]), f"({bounds})" if bounds else "")))


#: What the parts of a change are called.
PART = {
    "movement": "scores moved",
    "mix": "mix shifted",
    "invited_mix": "· invited",
    "answered_mix": "· answered",
    "arrivals": "came",
    "departures": "went",
}
OF_PARTS = (
    "Scores moved: within the cells. Mix shifted: between cells of high and low scores; by whom the company"
    " invited, and by who of them answered. Each line adds up to the change."
)


def amount(money: float | Decimal | None) -> str:
    """An amount in whole units of the reporting currency; empty if it is not shown."""
    return "" if money is None else f"{Decimal(str(money)).quantize(Decimal(1), ROUND_HALF_UP):,}"


def suppressed(row: Mapping[str, Any]) -> str:
    """Why an amount is not shown; empty where it is."""
    return {
        "suppressed": "too few accounts",
        "suppressed_for_others": "hidden, or too few accounts would follow",
    }.get(row["suppression"], "")


def band(name: str) -> str:
    """A band as people say it."""
    return name.replace("_", " ")


def weighting(name: str) -> str:
    """What weighs alike in a score."""
    return "each unit of revenue" if name == "revenue" else f"each {name}"


def association(row: Mapping[str, Any]) -> str:
    """What a band's churn has to do with the band, in words."""
    if row["verdict"] == "associated":
        ratio = one_decimal(row["stratified_risk_ratio"])
        said = f"associated: they leave {ratio} times as often as promoters of the same tier and tenure"
    else:
        said = {
            "reference": "the others are compared with them",
            "not distinguishable": "not distinguishable from promoters",
            "withheld": "withheld, or too few accounts would follow",
        }.get(row["verdict"], "too few accounts to say")
    if row["is_confounded"]:
        return f"{said}; tier or tenure explain part of the difference"
    return said


def at_risk(verdict: str) -> str:
    """Why there is no amount at risk; empty where there is one."""
    return {
        "associated": "",
        "not distinguishable": "no figure: they do not leave distinguishably more often than promoters",
        "they leave less often": "no figure: they leave less often than promoters",
    }.get(verdict, "no figure: too few accounts")


def bounded(row: Mapping[str, Any], name: str, prefix: str = "", times: int = 1, unit: str = "") -> str:
    """`2.0 [1.5 to 3.0]`: a value and its interval, whose columns begin with `prefix` (else the name)."""
    value, low, high = row[name], row[f"{prefix or name}_low"], row[f"{prefix or name}_high"]
    if value is None:
        return ""
    bounds = "" if low is None else f" [{one_decimal(low * times)} to {one_decimal(high * times)}]"
    return f"{one_decimal(value * times)}{unit}{bounds}"


def warns(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether any band of a placebo is associated."""
    return any(row["verdict"] == "warns" for row in rows)


def placebo(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """What a placebo is, and what it says; `rows` are its bands."""
    made_of = {
        "earlier": "windows that were over before they said it",
        "permuted": "bands exchanged among accounts of the same day, tier and tenure",
    }[name]
    warning = [
        f"{band(row['band'])} {bounded(row, 'stratified_risk_ratio')} of promoters'"
        for row in rows
        if row["verdict"] == "warns"
    ]
    if warning:
        said = f"WARNS: {'; '.join(warning)}. Something other than what they said is at work, or chance."
    elif any(row["verdict"] == "does not warn" for row in rows):
        said = "does not warn."
    else:
        said = "too few to say."
    return f"{made_of}: {said}"


def growth(row: Mapping[str, Any]) -> str:
    """Why a figure of a year's growth is missing; empty where none is."""
    missing = []
    if row["total_growth"] is None:
        missing.append("no figure: too few accounts in one group")
    elif row["earned_ratio"] is None:
        missing.append("no share: revenue did not grow")
    if row["total_growth"] is not None and row["earned_growth_at_most"] is None:
        missing.append("no upper bound: too few accounts")
    if row["referral_coverage"] is None:
        missing.append("no account is new")
    return "; ".join(missing)
