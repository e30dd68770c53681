"""The words of the pages: names of things, numbers as text, the command that proves a figure.

Belongs here: what several pages say alike. Does not belong here: sentences of one page (`templates`).
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from publication import explanations, finance, money, wording
from publication.figure import ALL, split_by
from review.published import Row

_NAMES = {"customer_value_tier": "customer value", "in_period": "", "company": "company"}


def called(name: str) -> str:
    """A dimension or survey type as a person calls it."""
    return _NAMES.get(name, name.replace("_", " "))


def title(name: str) -> str:
    """The same at the beginning of a heading."""
    text = called(name)
    return text[:1].upper() + text[1:]


def audit(row: Row) -> str:
    """The command that proves a figure."""
    options = [
        ("--survey-type", row["survey_type"]),
        ("--period", row["period_grain"]),
        ("--period-start", str(row["period_start"])),
        ("--period-end", str(row["period_end"])),
        *(("--member", f"{part}={row[part]}") for part in split_by(row.get("segment", "company"))),
    ]
    return "nps audit " + " ".join(f"{option} {shlex.quote(value)}" for option, value in options)


def audit_money(table: str, row: Row) -> str:
    """The command that proves a figure of money."""
    key = {name: str(row[name]) for name in money.key(table, list(row))}
    options = (f"--of {shlex.quote(f'{name}={value}')}" for name, value in key.items() if value != ALL)
    return " ".join(("nps audit money", table, *options))


def range_of(low: float | None, high: float | None, spoken: Callable[[float], str]) -> str:
    """`12 to 45`, each as `spoken`; empty if it is not published."""
    return "" if low is None or high is None else f"{spoken(low)} to {spoken(high)}"


def score(row: Row) -> Markup:
    """A score, or why there is none."""
    if row["nps"] is None:
        return Markup('<span class="few">{}</span>').format(wording.remark(row["reportability"]))
    return Markup("{}").format(wording.one_decimal(row["nps"]))


def change(row: Row) -> str:
    """`+3.9 (q 0.02)`, or nothing."""
    if row["nps_change"] is None:
        return ""
    return f"{wording.signed(row['nps_change'])} (q {wording.probability(row['change_q_value'])})"


def svg(text: str) -> Markup:
    """A chart, which is not to be escaped."""
    return Markup(text)


SPOKEN: Mapping[str, Callable[..., Any]] = {
    "called": called,
    "title": title,
    "audit": audit,
    "audit_money": audit_money,
    "range_of": range_of,
    "band": wording.band,
    "amount": wording.amount,
    "association": wording.association,
    "at_risk": wording.at_risk,
    "placebo": wording.placebo,
    "warns": wording.warns,
    "growth_remark": wording.growth,
    "weighting": wording.weighting,
    "member": finance.member,
    "score": score,
    "change": change,
    "svg": svg,
    "share_of_change": wording.share_of_change,
    "cell": explanations.called,
    "compared": wording.compared,
    "explained": wording.change,
    "part": wording.PART.__getitem__,
    "one_decimal": wording.one_decimal,
    "count": wording.count,
    "interval": wording.interval,
    "signed": wording.signed,
    "probability": wording.probability,
    "percentage": wording.percentage,
    "place": wording.place,
    "remark": wording.remark,
    "suppressed": wording.suppressed,
    "period": wording.period,
}
