"""`nps metric`: figures from the semantic layer, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import markdown
from orchestration.environment import Home
from publication import reader
from publication.wording import count, one_decimal, period
from semantics import question, vocabulary
from semantics.question import Answer, Question

CALENDAR = ("month", "quarter", "year")


def ask(home: Home, target: Path, metrics: str, by: str, grain: str | None, where: str | None) -> Answer:
    """The answer to a question as typed: names separated by commas."""
    published = reader.open_current(home.published)
    return question.ask(
        home.warehouse, target, published, Question(_names(metrics), _names(by), grain, where)
    )


def write(answer: Answer, style: str, console: Console) -> None:
    """Print an answer; `style` is `table`, `md`, `csv` or `json`. CSV and JSON are unrounded."""
    if style == "json":
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        json.dump(rows, sys.stdout, indent=2, default=str, ensure_ascii=False)
        sys.stdout.write("\n")
    elif style == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(answer.columns)
        writer.writerows(answer.rows)
    elif style == "md":
        sys.stdout.write(markdown(_table(answer)))
    else:
        console.print(_table(answer))


def write_known(target: Path, console: Console) -> None:
    """Print every metric with its meaning and dimensions."""
    shown = _plain_table()
    for heading in ("metric", "meaning", "dimensions"):
        shown.add_column(heading, overflow="fold")
    for metric in vocabulary.read(target).metrics.values():
        shown.add_row(metric.name, metric.description, ", ".join(metric.source.dimensions))
    console.print(shown)


def _names(typed: str) -> tuple[str, ...]:
    return tuple(name for part in typed.split(",") if (name := part.strip()))


def _table(answer: Answer) -> Table:
    shown = _plain_table()
    for name in answer.split:
        shown.add_column(name.replace("_", " "))
    for metric in answer.metrics:
        shown.add_column(metric.label, justify="right")
    for row in answer.rows:
        members = zip(answer.split, row, strict=False)
        figures = zip(answer.metrics, row[len(answer.split) :], strict=True)
        shown.add_row(
            *(_member(name, value) for name, value in members),
            *(_figure(metric.unit, value) for metric, value in figures),
        )
    return shown


def _member(name: str, value: str) -> str:
    """The member of a row; a calendar period by its usual name."""
    return period(name, *[date.fromisoformat(value)] * 2) if name in CALENDAR else value


def _figure(unit: str | None, value: Any) -> str:
    """A figure for display; empty if it is not shown."""
    if value is None:
        return ""
    if unit == "share":
        return f"{one_decimal(100 * value)} %"
    if unit == "amount":
        return f"{value:,.0f}"
    return one_decimal(value) if isinstance(value, float) else count(value)


def _plain_table() -> Table:
    return Table(header_style="bold", box=None, pad_edge=False)
