"""`nps why`: why the company's score changed, as tables, Markdown or JSON.

Belongs here: the tables. Does not belong here: the parts (`dbt_project/`), choosing changes and cells
(`publication.explanations`), words that the pages share (`publication.wording`).
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import markdown
from publication import explanations, reader, wording
from publication.explanations import AGAINST, GRAINS, Explanation, Row
from publication.figure import segment_name
from publication.wording import OF_PARTS, PART, count, one_decimal, share_of_change, signed


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
        sys.stdout.write(f"{OF_PARTS}\n")
    else:
        console.print(OF_PARTS, style="dim", soft_wrap=True)


def _headline(change: Row) -> str:
    return f"{change['survey_type']}, {wording.compared(change)}: {wording.change(change)}"


def _parts(explanation: Explanation) -> Table:
    shown = _table(_headline(explanation.change))
    shown.add_column("split by", no_wrap=True)
    for part in explanation.parts:
        shown.add_column(PART[part], justify="right")
    for row in explanation.splits:
        shown.add_row(_name(row["split_by"]), *(share_of_change(row, part) for part in explanation.parts))
    return shown


def _cells(explanation: Explanation, dimension: str | None) -> Table:
    cells = explanation.foremost() if dimension is None else explanation.cells.get(dimension, ())
    shown = _table("What contributed most" if dimension is None else f"By {_name(dimension)}")
    shown.add_column("split by", no_wrap=True)
    shown.add_column("cell")
    for heading in ("answers", "NPS", "contributed", "moved", "mix"):
        shown.add_column(heading, justify="right")
    for row in cells:
        shown.add_row(
            _name(row["split_by"]),
            explanations.called(row),
            f"{count(row['previous_responses'])} to {count(row['responses'])}",
            f"{one_decimal(row['previous_nps']) or '–'} to {one_decimal(row['nps']) or '–'}",
            share_of_change(row, "contribution"),
            signed(row["movement"]),
            signed(row["mix"]),
        )
    return shown


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)


def _name(dimension: str) -> str:
    return dimension.removesuffix("_tier").replace("_", " ")
