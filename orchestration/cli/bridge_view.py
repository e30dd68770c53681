"""`nps bridge`: why the published score is not the one in the vendor's dashboard, line by line.

Belongs here: the lines in words, and what must be said under them. Does not belong here: the
lines themselves (`publication.nps_bridge`).
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from rich.console import Console
from rich.table import Table

from orchestration.cli.console import markdown
from publication import reader
from publication.rows import Record, records
from publication.wording import count, one_decimal, remark, signed

Row: TypeAlias = dict[str, Any]
ALL = "(all)"
NOTES = (
    "Months are UTC: a dashboard in another zone has answers of the first and last hours in another month.",
    "An erased answer has no score here any more; the vendor may still have it.",
)


def run(
    published: Path,
    survey_type: str | None,
    month: str | None,
    survey: str | None,
    style: str,
    console: Console,
) -> None:
    """Print the bridges of a month.

    Raises ValueError for a month that is none, LookupError where nothing was received in it.
    """
    rows, quarantined = _found(published, survey_type, _first_day(month), survey)
    if style == "json":
        json.dump(rows, sys.stdout, indent=2, default=str, ensure_ascii=False)
        sys.stdout.write("\n")
    elif style == "csv":
        writer = csv.DictWriter(sys.stdout, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    else:
        _print(rows, quarantined, console, is_markdown=style == "md")


def _first_day(month: str | None) -> date | None:
    if month is None:
        return None
    if not re.fullmatch(r"\d{4}-\d\d", month):
        raise ValueError(f"{month!r} is no month: write it as 2026-01")
    try:
        return date.fromisoformat(f"{month}-01")
    except ValueError:
        raise ValueError(f"{month!r} is no month: write it as 2026-01") from None


def _found(
    published: Path, survey_type: str | None, month: date | None, survey: str | None
) -> tuple[list[Record], int]:
    """The lines asked for, and how many records are in quarantine and therefore in no month."""
    chosen = "lower(survey_id) = lower(?) and (survey_type = ? or ? is null)"
    asked = [survey or ALL, survey_type, survey_type]
    with reader.read_current(published) as (manifest, connection):
        if month is None:
            [(month,)] = connection.execute(
                f"select max(period_start) from nps_bridge where {chosen} and period_end <= ?",
                [*asked, manifest.as_of],
            ).fetchall()
        rows = records(
            connection,
            f"select * from nps_bridge where {chosen} and period_start = ?"
            " order by survey_type = '(none)', survey_type, source, definition_version, line_number",
            [*asked, month],
        )
        if not rows:
            raise LookupError(_nothing(connection, month, survey))
        [(quarantined,)] = connection.execute(
            "select coalesce(sum(answers), 0)::bigint from response_dispositions"
            " where disposition = 'quarantined'"
        ).fetchall()
    return rows, quarantined


def _nothing(connection: Any, month: date | None, survey: str | None) -> str:
    """Why there is no bridge, and which surveys have one."""
    surveys = connection.execute(
        "select distinct survey_id from nps_bridge where survey_id <> '(all)' order by 1"
    ).fetchall()
    when = f" in {month:%Y-%m}" if month else ""
    known = ", ".join(name for (name,) in surveys) or "none"
    return f"no answer to {survey or 'such a survey'} was received{when}; surveys with answers: {known}"


def _print(rows: Sequence[Row], quarantined: int, console: Console, *, is_markdown: bool) -> None:
    bridges: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        key = (row["survey_type"], row["source"], row["survey_id"], row["definition_version"])
        bridges.setdefault(key, []).append(row)
    has_versions = len({key[-1] for key in bridges}) > 1
    for (survey_type, source, survey, version), lines in bridges.items():
        month = f"{lines[0]['period_start']:%Y-%m}"
        named = [survey_type, *([] if survey == ALL else [f"{source} {survey}"]), month]
        table = _table(", ".join([*named, *([f"definition {version}"] if has_versions else [])]), lines)
        if is_markdown:
            sys.stdout.write(f"{markdown(table)}\n{_idle(lines)}\n\n")
        else:
            console.print(table)
            console.print(_idle(lines), "", sep="\n", style="dim", soft_wrap=True)
    notes = list(NOTES)
    if quarantined:
        notes.append(
            f"{count(quarantined)} records are in quarantine and in no month: `nps sources` says why."
        )
    for note in notes:
        if is_markdown:
            sys.stdout.write(f"* {note}\n")
        else:
            console.print(note, style="dim", soft_wrap=True)


def _table(title: str, lines: Sequence[Row]) -> Table:
    """A bridge, without the reasons that took nothing out."""
    shown = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    shown.add_column("", no_wrap=True)
    for heading in ("taken out", "answers left", "NPS", "change"):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown_before: Row | None = None
    for before, line in zip((None, *lines), lines, strict=False):
        out = _taken_out(before, line)
        if line["kind"] == "excluded" and not out:
            continue
        shown.add_row(
            _words(line),
            count(out) if out else "",
            count(line["answers"]),
            _score(line),
            _change(shown_before, line) if out else "",
            style="bold" if line["kind"] in ("received", "published") else None,
        )
        shown_before = line if line["nps"] is not None else shown_before
    return shown


def _idle(lines: Sequence[Row]) -> str:
    """The reasons that took nothing out, in one sentence."""
    idle = [
        _words(line)
        for before, line in pairwise(lines)
        if line["kind"] == "excluded" and not _taken_out(before, line)
    ]
    return f"Nothing to take out: {', '.join(idle)}." if idle else "Each reason took something out."


def _taken_out(before: Row | None, line: Row) -> int:
    return before["answers"] - line["answers"] if before and line["kind"] == "excluded" else 0


def _words(line: Row) -> str:
    if line["kind"] == "received":
        return "received: what the vendor's dashboard shows"
    if line["kind"] == "published":
        return "published: the answers that count"
    if line["kind"] == "shown":
        return "as it is shown, rounded"
    if line["kind"] == "beside":
        return f"beside it: {line['line_name'].replace('_', ' ')}"
    return str(line["line_name"]).replace("_", " ")


def _score(line: Row) -> str:
    if line["nps"] is None:
        return remark(line["reportability"])
    return one_decimal(line["nps"]) if line["kind"] == "shown" else f"{line['nps']:.2f}"


def _change(before: Row | None, line: Row) -> str:
    if before is None or before["nps"] is None or line["nps"] is None:
        return ""
    return signed(line["nps"] - before["nps"])
