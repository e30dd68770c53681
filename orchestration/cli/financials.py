"""`nps show finance`: the published tables of money as a controller reads them.

Belongs here: tables for a terminal or a wiki, and what must be said under them. Does not belong here: which
rows belong together (`publication.finance`), or the figures (`dbt_project/`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.cli.console import markdown
from publication import reader, wording
from publication.finance import SEGMENTS, Finance, Row, member
from publication.wording import (
    amount,
    band,
    bounded,
    count,
    interval,
    one_decimal,
    percentage,
    remark,
    suppressed,
)

CAVEATS = (
    "An association is no cause. Keiningham et al. (2007) could not replicate that the score predicts growth",
    "better than other measures; de Haan, Verhoef & Wiesel (2015) found it about as good as satisfaction.",
)


def run(
    published: Path, by: str, horizon: int, survey_type: str | None, style: str, console: Console
) -> None:
    """Print what is published; `style` is `table`, `md` or `json` (not rounded).

    Raises ValueError for a segment, horizon or survey type that is not published.
    """
    if by not in SEGMENTS:
        raise ValueError(f"nothing is published by {by!r}: choose one of {', '.join(SEGMENTS)}")
    with reader.open_current(published) as connection:
        finance = Finance(connection)
        types, horizons = finance.survey_types(), finance.horizons()
        if survey_type is not None and survey_type not in types:
            raise ValueError(f"there is no survey type {survey_type!r}: choose one of {', '.join(types)}")
        if types and horizon not in horizons:
            raise ValueError(
                f"no window has {horizon} days: choose one of {', '.join(map(str, horizons)) or 'none yet'}"
            )
        shown = {
            name: sections(finance, name, by, horizon)
            for name in types
            if survey_type is None or name == survey_type
        }
        growth = finance.growth()
    if style == "json":
        everything = {"survey_types": shown, "earned_growth": growth}
        json.dump(everything, sys.stdout, indent=2, default=str, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    if not shown and not growth:
        console.print("Nothing is published of money: `nps finance reconcile` shows what billing has sent.")
        return
    said = [each for name, rows in shown.items() for each in _tables(name, rows, horizon)]
    for each in (*said, _growth(growth)):
        if style == "md":
            sys.stdout.write(f"{markdown(each)}\n" if isinstance(each, Table) else f"{each}\n\n")
            continue
        if isinstance(each, Table):
            console.print()
        console.print(each, soft_wrap=isinstance(each, Text))
    console.print()
    for line in CAVEATS:
        console.print(line, style="dim", soft_wrap=True)


def sections(finance: Finance, survey_type: str, by: str, horizon: int) -> dict[str, list[Row]]:
    """What is published of a survey type, by section."""
    return {
        "coverage": finance.coverage(survey_type, by),
        "weighted_scores": finance.weighted(survey_type),
        "association": finance.association(survey_type, horizon, by),
        "placebos": [row for rows in finance.placebos(survey_type, horizon).values() for row in rows],
        "at_risk": finance.at_risk(survey_type),
        "churn": finance.curves(survey_type),
        "non_response": finance.non_response(survey_type),
        "transitions": finance.transitions(survey_type, horizon),
    }


def _tables(survey_type: str, rows: dict[str, list[Row]], horizon: int) -> Iterator[Table | Text]:
    yield _table(
        f"{survey_type}: whose opinion is known, of what is paid today (MRR)",
        ("", "accounts", "share of accounts", "MRR", "share of MRR"),
        [
            (
                _named(row),
                count(row["accounts"]),
                percentage(row["accounts_share"]),
                amount(row["mrr"]) or suppressed(row),
                percentage(row["mrr_share"]),
            )
            for row in rows["coverage"]
        ],
    )
    yield _table(
        f"{survey_type}: the score, by what weighs alike",
        ("", "accounts", "answers", "NPS", "95 % interval", "coverage", "remark"),
        [
            (
                wording.weighting(row["weighting"]),
                count(row["accounts"]),
                count(row["responses"]),
                one_decimal(row["nps"]),
                interval(row["nps_low"], row["nps_high"]),
                percentage(row["coverage"]),
                remark(row["reportability"]),
            )
            for row in rows["weighted_scores"]
        ],
    )
    yield _table(
        f"{survey_type}: the score, if the silent had answered (alike: as others of tier, tenure, stage)",
        (
            "year up to",
            "answers",
            "silent",
            "NPS",
            "if alike",
            "applies to",
            "all detractors to all promoters",
            "remark",
        ),
        [
            (
                str(row["period_end"]),
                count(row["responses"]),
                count(row["silent"]),
                one_decimal(row["nps"]),
                one_decimal(row["nps_if_alike"]),
                percentage(row["alike_share"]),
                interval(row["nps_if_detractors"], row["nps_if_promoters"]),
                remark(row["reportability"]),
            )
            for row in rows["non_response"]
        ],
    )
    yield _table(
        f"{survey_type}: what became of accounts within {horizon} days",
        ("", "accounts", "churn", "net retention", "risk, of promoters'", "within strata", "verdict"),
        [
            (
                _named(row),
                count(row["accounts"]),
                bounded(row, "churn_rate", "churn", 100, " %"),
                bounded(row, "net_retention", times=100, unit=" %"),
                bounded(row, "risk_ratio"),
                bounded(row, "stratified_risk_ratio"),
                wording.association(row),
            )
            for row in rows["association"]
        ],
    )
    for name, bands in groupby(rows["placebos"], lambda row: row["placebo"]):
        found = list(bands)
        yield Text(
            f"Placebo, {survey_type}, {wording.placebo(name, found)}",
            style="bold" if wording.warns(found) else "dim",
        )
    yield _table(
        f"{survey_type}: at risk, beyond what promoters would take with them",
        ("", "accounts", "MRR today", "at risk", "95 % interval", "verdict"),
        [
            (
                f"{band(row['band'])}, {row['horizon_days']} days",
                count(row["accounts"]),
                amount(row["mrr"]),
                amount(row["mrr_at_risk"]),
                _amounts(row["mrr_at_risk_low"], row["mrr_at_risk_high"]),
                wording.at_risk(row["verdict"]),
            )
            for row in rows["at_risk"]
        ],
    )
    yield _table(
        f"{survey_type}: which share still pays",
        ("", "followed", "still pay", "95 % interval"),
        [
            (
                f"{band(row['band'])}, after {count(row['days'])} days",
                count(row["at_risk"]),
                percentage(row["survival"]) or "too few accounts",
                _percentages(row["survival_low"], row["survival_high"]),
            )
            for row in _yearly(rows["churn"])
        ],
    )
    yield _table(
        f"{survey_type}: who moved within the last {horizon} days",
        ("", "accounts", "MRR before"),
        [
            (
                f"{band(row['from_band'])} → {band(row['to_band'])}",
                count(row["accounts"]),
                amount(row["mrr_before"]) or "too few accounts",
            )
            for row in rows["transitions"]
        ],
    )


def _growth(rows: Sequence[Row]) -> Table:
    return _table(
        "growth of MRR over a year, and how much of it customers earned by staying and referring others",
        (
            "year up to",
            "accounts before",
            "growth",
            "earned",
            "at most",
            "earned, of growth",
            "referral known, of the new",
            "remark",
        ),
        [
            (
                str(row["period_end"]),
                count(row["accounts_before"]),
                percentage(row["total_growth"]),
                percentage(row["earned_growth"]),
                percentage(row["earned_growth_at_most"]),
                percentage(row["earned_ratio"]),
                percentage(row["referral_coverage"]),
                wording.growth(row),
            )
            for row in rows
        ],
    )


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    words = ("", "verdict", "remark", "year up to")
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in words else "right")
    for row in rows or [("nothing yet", *[""] * (len(headings) - 1))]:
        table.add_row(*row)
    return table


def _named(row: Row) -> str:
    return " ".join(filter(None, (member(row), band(row["band"]))))


def _amounts(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{amount(low)} to {amount(high)}"


def _percentages(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{percentage(low)} to {percentage(high)}"


def _yearly(steps: Sequence[Row]) -> list[Row]:
    """The first step, and those nearest to a half year and to full years: a curve has one every 90 days."""
    return [row for row in steps if row["days"] in (90, 180) or row["days"] % 360 == 0]
