"""`nps finance show`: the published association of bands with churn and retention.

Belongs here: the table and what must be said under it. Does not belong here: the figures (`dbt_project/`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def run(published: Path, by: str, horizon: int, console: Console) -> None:
    """Print the bands of every member. ValueError for a segment or horizon that is not published."""
    if by not in SEGMENTS:
        raise ValueError(f"nothing is published by {by!r}: choose one of {', '.join(SEGMENTS)}")
    if horizon not in HORIZONS:
        raise ValueError(f"no window has {horizon} days: choose one of {', '.join(map(str, HORIZONS))}")
    with reader.open_current(published) as connection:
        found = connection.execute(
            "select * from revenue_association where segment = ? and horizon_days = ?", [by, horizon]
        )
        names = [name for name, *_ in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not rows:
        console.print(f"No window of {horizon} days is over yet.")
        return
    console.print(_table(rows, by, horizon))
    for line in CAVEATS:
        console.print(line, style="dim", soft_wrap=True)


def _table(rows: list[dict[str, Any]], by: str, horizon: int) -> Table:
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
            row["band"].replace("_", " "),
            count(row["accounts"]),
            _interval(row, "churn_rate", "churn", 100, " %"),
            _interval(row, "net_retention", "net_retention", 100, " %"),
            _interval(row, "risk_ratio", "risk_ratio", 1, ""),
            _interval(row, "stratified_risk_ratio", "stratified_risk_ratio", 1, ""),
            f"{row['verdict']}{disagree}",
        )
    return table


def _interval(row: dict[str, Any], name: str, prefix: str, times: int, unit: str) -> str:
    value, low, high = row[name], row[f"{prefix}_low"], row[f"{prefix}_high"]
    if value is None:
        return ""
    bounds = "" if low is None else f" [{low * times:.1f} to {high * times:.1f}]"
    return f"{value * times:.1f}{unit}{bounds}"
