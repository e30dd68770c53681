"""`nps show`: published figures as a table, CSV or JSON. What is suppressed there cannot be shown here."""

from __future__ import annotations

import csv
import dataclasses
import json
import sys
from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import count, one_decimal
from publication.reader import Score

DAY = "%Y-%m-%d"


def write(scores: Sequence[Score], style: str, console: Console) -> None:
    """Print scores; `style` is `table`, `csv` or `json`. Machines get the published values, unrounded."""
    if style == "json":
        json.dump([_row(score) for score in scores], sys.stdout, indent=2, default=str, ensure_ascii=False)
        sys.stdout.write("\n")
    elif style == "csv":
        rows = [_row(score) for score in scores]
        writer = csv.DictWriter(sys.stdout, [field.name for field in dataclasses.fields(Score)])
        writer.writeheader()
        writer.writerows(
            {**row, "members": "; ".join(score.members)} for row, score in zip(rows, scores, strict=True)
        )
    else:
        console.print(table(scores))


def table(scores: Sequence[Score], title: str | None = None) -> Table:
    """Scores as a table: n, NPS, its 95 % interval and, where n is small, what that means."""
    parts = scores[0].segment.split("*") if scores else []
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    shown.add_column("survey type")
    for part in parts:
        if part != "company":
            shown.add_column(part.replace("_", " "))
    shown.add_column("period")
    shown.add_column("answers", justify="right")
    shown.add_column("NPS", justify="right")
    shown.add_column("95 % interval", justify="right")
    shown.add_column("")
    for score in scores:
        members = score.members if parts != ["company"] else ()
        shown.add_row(
            score.survey_type,
            *members,
            period(score.period_grain, score.period_start, score.period_end),
            count(score.responses),
            one_decimal(score.nps),
            interval(score),
            remark(score),
        )
    return shown


def interval(score: Score) -> str:
    """`12.3 to 45.6`, or empty when it is not published."""
    if score.nps_low is None or score.nps_high is None:
        return ""
    return f"{one_decimal(score.nps_low)} to {one_decimal(score.nps_high)}"


def remark(score: Score) -> str:
    """What a reader must know before using the figure."""
    return {
        "suppressed": "n too small",
        "interval_only": "n too small for a score",
        "indicative": "indicative",
    }.get(score.reportability, "")


def period(grain: str, start: date, end: date) -> str:
    """A period's name; `end` is exclusive."""
    if grain == "month":
        return f"{start:%Y-%m}"
    if grain == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    if grain == "year":
        return f"{start.year}"
    return f"{start:{DAY}} up to {end:{DAY}}"


def _row(score: Score) -> dict[str, object]:
    return dataclasses.asdict(score)
