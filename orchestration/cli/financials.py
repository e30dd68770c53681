"""`nps show finance`: the published tables of money as a controller reads them.

Belongs here: tables for a terminal or a wiki, and what must be said under them. Does not belong here: which
rows belong together (`publication.finance`), or the figures (`dbt_project/`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import markdown
from publication import reader, wording
from publication.finance import SEGMENTS, Finance, Row, member
from publication.wording import amount, band, count, interval, one_decimal, percentage, remark

CAVEATS = (
    "An association is no cause. Keiningham et al. (2007) could not replicate that the score predicts growth",
    "better than other measures; de Haan, Verhoef & Wiesel (2015) found it about as good as satisfaction.",
)


def run(
    published: Path, by: str, horizon: int, survey_type: str | None, style: str, console: Console
) -> None:
    """Print what is published of each survey type; `style` is `table`, `md` or `json` (not rounded).

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
    if style == "json":
        json.dump(shown, sys.stdout, indent=2, default=str, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    if not shown:
        console.print("Nothing is published of money: `nps finance reconcile` shows what billing has sent.")
    for name, rows in shown.items():
        for table in _tables(name, rows, horizon):
            if style == "md":
                sys.stdout.write(f"{markdown(table)}\n")
            else:
                console.print(table)
                console.print()
    for line in CAVEATS:
        console.print(line, style="dim", soft_wrap=True)


def sections(finance: Finance, survey_type: str, by: str, horizon: int) -> dict[str, list[Row]]:
    """What is published of a survey type, by section."""
    return {
        "coverage": finance.coverage(survey_type, by),
        "weighted_scores": finance.weighted(survey_type),
        "association": finance.association(survey_type, horizon, by),
        "at_risk": finance.at_risk(survey_type),
        "churn": finance.curves(survey_type),
        "transitions": finance.transitions(survey_type, horizon),
    }


def _tables(survey_type: str, rows: dict[str, list[Row]], horizon: int) -> Iterator[Table]:
    yield _table(
        f"{survey_type}: whose opinion is known, of what is paid today (MRR)",
        ("", "accounts", "share of accounts", "MRR", "share of MRR"),
        [
            (
                _named(row),
                count(row["accounts"]),
                percentage(row["accounts_share"]),
                amount(row["mrr"]) or "too few accounts",
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
        f"{survey_type}: what became of accounts within {horizon} days",
        ("", "accounts", "churn", "net retention", "risk, of promoters'", "within strata", "verdict"),
        [
            (
                _named(row),
                count(row["accounts"]),
                _bounded(row, "churn_rate", "churn", 100, " %"),
                _bounded(row, "net_retention", "net_retention", 100, " %"),
                _bounded(row, "risk_ratio", "risk_ratio"),
                _bounded(row, "stratified_risk_ratio", "stratified_risk_ratio"),
                wording.association(row),
            )
            for row in rows["association"]
        ],
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


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    words = ("", "verdict", "remark")
    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in words else "right")
    for row in rows or [("nothing yet", *[""] * (len(headings) - 1))]:
        table.add_row(*row)
    return table


def _named(row: Row) -> str:
    return " ".join(filter(None, (member(row), band(row["band"]))))


def _bounded(row: Row, name: str, prefix: str, times: int = 1, unit: str = "") -> str:
    value, low, high = row[name], row[f"{prefix}_low"], row[f"{prefix}_high"]
    if value is None:
        return ""
    bounds = "" if low is None else f" [{one_decimal(low * times)} to {one_decimal(high * times)}]"
    return f"{one_decimal(value * times)}{unit}{bounds}"


def _amounts(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{amount(low)} to {amount(high)}"


def _percentages(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{percentage(low)} to {percentage(high)}"


def _yearly(steps: Sequence[Row]) -> list[Row]:
    """The first step, and those nearest to a half year and to full years: a curve has one every 90 days."""
    return [row for row in steps if row["days"] in (90, 180) or row["days"] % 360 == 0]
