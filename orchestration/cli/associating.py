"""`nps finance show`: the published association of bands with churn and retention, and what the placebos say.

Belongs here: the table and what must be said under it. Does not belong here: the figures (`dbt_project/`).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
from rich.console import Console
from rich.table import Table

from publication import reader
from publication.wording import count

SEGMENTS = ("company", "customer_value_tier", "tenure", "region")
HORIZONS = (90, 180, 365)
BANDS = ("promoter", "passive", "detractor", "silent", "not_invited")
CAVEATS = (
    "An association is no cause. Keiningham et al. (2007) could not replicate that the score predicts growth",
    "better than other measures; de Haan, Verhoef & Wiesel (2015) found it about as good as satisfaction.",
)
PLACEBOS = {
    "earlier": "windows that were over before they said it",
    "permuted": "bands exchanged among accounts of the same day, tier and tenure",
}
_STRATIFIED = ("stratified_risk_ratio", "stratified_risk_ratio", 1, "")
_Row: TypeAlias = dict[str, Any]


def run(published: Path, by: str, horizon: int, console: Console) -> None:
    """Print the bands of every member. ValueError for a segment or horizon that is not published."""
    if by not in SEGMENTS:
        raise ValueError(f"nothing is published by {by!r}: choose one of {', '.join(SEGMENTS)}")
    if horizon not in HORIZONS:
        raise ValueError(f"no window has {horizon} days: choose one of {', '.join(map(str, HORIZONS))}")
    with reader.open_current(published) as connection:
        rows = _rows(
            connection.execute(
                "select * from revenue_association where segment = ? and horizon_days = ?", [by, horizon]
            )
        )
        placebos = _rows(
            connection.execute(
                "select * from association_placebo where horizon_days = ?"
                " order by survey_type, placebo, band",
                [horizon],
            )
        )
    if not rows:
        console.print(f"No window of {horizon} days is over yet.")
        return
    console.print(_table(rows, by, horizon))
    for line, warns in _said_of(placebos):
        console.print(line, style="bold" if warns else "dim", soft_wrap=True)
    for line in CAVEATS:
        console.print(line, style="dim", soft_wrap=True)


def _rows(found: duckdb.DuckDBPyConnection) -> list[_Row]:
    names = [name for name, *_ in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _said_of(placebos: list[_Row]) -> Iterator[tuple[str, bool]]:
    """A sentence for each placebo of a survey type, and whether it warns."""
    for (survey_type, placebo), rows in groupby(placebos, lambda row: (row["survey_type"], row["placebo"])):
        bands = list(rows)
        warning = [row for row in bands if row["verdict"] == "warns"]
        if warning:
            said = "; ".join(
                f"{_words(row['band'])} {_interval(row, *_STRATIFIED)} of promoters'" for row in warning
            )
            said = f"WARNS: {said}. Something other than what they said is at work, or chance."
        elif any(row["verdict"] == "does not warn" for row in bands):
            said = "does not warn."
        else:
            said = "too few to say."
        yield f"Placebo, {survey_type}, {PLACEBOS[placebo]}: {said}", bool(warning)


def _table(rows: list[_Row], by: str, horizon: int) -> Table:
    table = Table(
        box=None, pad_edge=False, header_style="bold", title=f"{horizon} days after what accounts had said"
    )
    for heading in ("", "accounts", "churn", "net retention", "risk, of promoters'", "within strata", ""):
        table.add_column(heading, justify="left" if heading == "" else "right")
    place = {band: number for number, band in enumerate(BANDS)}
    rows.sort(key=lambda row: (row["survey_type"], str(row.get(by, "")), place[row["band"]]))
    shown: tuple[str, str] | None = None
    for row in rows:
        of = (row["survey_type"], str(row.get(by, "")))
        if of != shown:
            shown = of
            table.add_row(" ".join(filter(None, of)), style="bold")
        disagree = " (crude and stratified disagree)" if row["is_confounded"] else ""
        table.add_row(
            _words(row["band"]),
            count(row["accounts"]),
            _interval(row, "churn_rate", "churn", 100, " %"),
            _interval(row, "net_retention", "net_retention", 100, " %"),
            _interval(row, "risk_ratio", "risk_ratio", 1, ""),
            _interval(row, *_STRATIFIED),
            f"{row['verdict']}{disagree}",
        )
    return table


def _words(band: str) -> str:
    return band.replace("_", " ")


def _interval(row: _Row, name: str, prefix: str, times: int, unit: str) -> str:
    value, low, high = row[name], row[f"{prefix}_low"], row[f"{prefix}_high"]
    if value is None:
        return ""
    bounds = "" if low is None else f" [{low * times:.1f} to {high * times:.1f}]"
    return f"{value * times:.1f}{unit}{bounds}"
