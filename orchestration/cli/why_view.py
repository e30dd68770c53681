"""`nps why`: why the company's score changed, as tables, Markdown or JSON.

Belongs here: the words and the tables. Does not belong here: the parts (`dbt_project/`), choosing changes
(`publication.explanations`).
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import markdown
from publication import explanations, reader
from publication.explanations import AGAINST, GRAINS, OF_MIX, PARTS, Explanation, Row
from publication.figure import segment_name
from publication.wording import count, interval, one_decimal, period, signed

#: How many cells of each dimension are shown unless one is asked for.
_MOST = 3
_CALLED = {
    "movement": "scores moved",
    "mix": "mix shifted",
    "invited_mix": "· invited",
    "answered_mix": "· answered",
    "arrivals": "came",
    "departures": "went",
}
NOTE = (
    "Scores moved: within the cells. Mix shifted: between cells of high and low scores; by whom the company"
    " invited, and by who of them answered. Each line adds up to the change."
)


def run(
    published: Path,
    grain: str,
    against: str,
    survey_type: str | None,
    by: str | None,
    style: str,
    console: Console,
) -> None:
    """Print the newest changes; `style` is `table`, `md`, `csv` or `json`; the last two are unrounded.

    Raises ValueError, naming the choices, for what is not published, LookupError where nothing is compared.
    """
    if grain not in GRAINS:
        raise ValueError(f"no change of {grain!r} is explained; choose one of {', '.join(GRAINS)}")
    if against not in AGAINST:
        raise ValueError(f"--against {against!r} is unknown; choose one of {', '.join(AGAINST)}")
    if survey_type is not None and survey_type not in (known := reader.survey_types(published)):
        raise ValueError(f"there is no survey type {survey_type!r}; choose one of {', '.join(known)}")
    with reader.open_current(published) as connection:
        found = explanations.newest(connection, grain, against, survey_type)
    if not found:
        raise LookupError(
            f"no {grain} can be compared with {'the year before' if against == 'year' else 'the one before'}:"
            " both need 30 answers under one definition"
        )
    dimension = None if by is None else segment_name(by)
    if dimension is not None and not any(dimension in each.cells for each in found):
        known = sorted({name for each in found for name in each.cells})
        raise ValueError(f"the change is not explained by {by!r}; choose one of {', '.join(known)}")
    if style == "csv":
        writer = csv.DictWriter(sys.stdout, list(found[0].change))
        writer.writeheader()
        writer.writerows(row for each in found for row in each.rows)
        return
    if style == "json":
        json.dump(
            [dict(row) for each in found for row in each.rows],
            sys.stdout,
            indent=2,
            default=str,
            ensure_ascii=False,
        )
        sys.stdout.write("\n")
        return
    for each in found:
        for shown in (_parts(each), _cells(each, dimension)):
            if style == "md":
                sys.stdout.write(markdown(shown) + "\n")
            else:
                console.print(shown, "")
    if style == "md":
        sys.stdout.write(f"{NOTE}\n")
    else:
        console.print(NOTE, style="dim", soft_wrap=True)


def headline(change: Row) -> str:
    """`relationship, 2025-Q4 against 2025-Q3: 33.1 to 36.8, +3.8 (0.1 to 7.5)`, and whether that is noise."""
    now = period(change["period_grain"], change["period_start"], change["period_end"])
    then = period(change["period_grain"], change["previous_start"], change["previous_end"])
    low, high = change["contribution_low"], change["contribution_high"]
    noise = "chance alone may have made it" if low <= 0 <= high else "more than chance"
    return (
        f"{change['survey_type']}, {now} against {then}:"
        f" NPS {one_decimal(change['previous_nps'])} to {one_decimal(change['nps'])},"
        f" {signed(change['contribution'])} ({interval(low, high)}), {noise}"
    )


def _parts(explanation: Explanation) -> Table:
    parts = [
        part
        for part in ("movement", "mix", *OF_MIX, *PARTS[2:])
        if any(row[part] for row in explanation.splits)
    ]
    shown = _table(headline(explanation.change))
    shown.add_column("split by", no_wrap=True)
    for part in parts:
        shown.add_column(_CALLED[part], justify="right")
    for row in explanation.splits:
        shown.add_row(_name(row["split_by"]), *(_bounded(row, part) for part in parts))
    return shown


def _cells(explanation: Explanation, dimension: str | None) -> Table:
    chosen = {dimension: None} if dimension is not None else dict.fromkeys(explanation.cells, _MOST)
    shown = _table("What contributed most" if dimension is None else f"By {_name(dimension)}")
    shown.add_column("split by", no_wrap=True)
    shown.add_column("cell")
    for heading in ("answers", "NPS", "contributed", "moved", "mix"):
        shown.add_column(heading, justify="right")
    for name, most in chosen.items():
        for row in explanation.cells.get(name, ())[:most]:
            shown.add_row(
                _name(name),
                explanations.called(row),
                f"{count(row['previous_responses'])} to {count(row['responses'])}",
                f"{one_decimal(row['previous_nps']) or '–'} to {one_decimal(row['nps']) or '–'}",
                _bounded(row, "contribution"),
                signed(row["movement"]),
                signed(row["mix"]),
            )
    return shown


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)


def _name(dimension: str) -> str:
    return dimension.removesuffix("_tier").replace("_", " ")


def _bounded(row: Row, part: str) -> str:
    value: Any = row[part]
    bounds = interval(row[f"{part}_low"], row[f"{part}_high"])
    return " ".join(filter(None, (signed(value), f"({bounds})" if bounds else "")))
