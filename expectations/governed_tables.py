"""The tables of the company folder, read by the guard itself: neither dbt nor `nps check` is asked.

Belongs here: what a table says, cell by cell, and the hash that an approval seals. Does not belong here: what
the rows mean (`definition`), or sentences about them (`governed_seeds`).
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = "definition"
APPROVALS, VERSIONS, VERSION = "approvals", "nps_definitions", "definition_version"
#: TOML files, each key as a row: sealed like the tables, and no seeds of dbt.
PAGES = ("dimensions", "topics", "left_out", "retention", "signing_keys")
#: What a company may go without: sealed where there is something of it, or was.
OPTIONAL = (
    *(*PAGES, "follow_up_rules", "branch_calendars", "branch_owners", "holidays"),
    *("follow_up_holdouts", "nps_targets", "bonus_dates", "release_calendar"),
)
Row = dict[str, str]


class Table(NamedTuple):
    """Cells as text without blanks at their ends, in the order of the file."""

    columns: Sequence[str]
    rows: Sequence[Row]


def tables() -> Mapping[str, Table]:
    """Every table of the definition by its name, and `PAGES`. Raises ValueError without `NPS_COMPANY`."""
    company = os.environ.get("NPS_COMPANY")
    if not company:
        raise ValueError("NPS_COMPANY is not set: name the company folder whose definition the guard uses")
    folder = Path(company, FOLDER)
    files = [*sorted(folder.glob("*.csv")), *(path for page in PAGES for path in folder.glob(f"{page}.toml"))]
    return _read(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=1)
def _read(files: Sequence[tuple[Path, int]]) -> Mapping[str, Table]:
    texts = {path.name: path.read_text("utf-8-sig") for path, _ in files}
    pages = {page: _keys("", tomllib.loads(texts.pop(f"{page}.toml", ""))) for page in PAGES}
    found = {name.removesuffix(".csv"): _table(text) for name, text in texts.items()}
    return {**found, **{page: Table(("key", "value"), [*rows]) for page, rows in pages.items()}}


def _keys(path: str, said: Any) -> Iterator[Row]:
    if isinstance(said, dict) and said:
        for key, value in said.items():
            named = key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key)
            yield from _keys(f"{path}.{named}" if path else named, value)
    elif path:
        yield {"key": path, "value": json.dumps(said, ensure_ascii=False, default=str)}


def _table(text: str) -> Table:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns, *rows = ([_cell(cell) for cell in line] for line in lines if line)
    return Table(columns, [dict(zip(columns, row, strict=True)) for row in rows])


def _cell(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r", "").split("\n")).strip()


def sealed() -> Iterator[tuple[str, str, str]]:
    """(version, table, hash) of everything that must be approved; no version where all versions share it."""
    versions = [version[VERSION] for version in tables()[VERSIONS].rows]
    approved = {approval["table_name"] for approval in tables()[APPROVALS].rows}
    for name, (columns, rows) in tables().items():
        if name not in (APPROVALS, VERSIONS) and VERSION in columns:
            for version in versions:
                yield version, name, _hash(columns, [row for row in rows if row[VERSION] == version])
        elif name != APPROVALS and (name not in OPTIONAL or rows or name in approved):
            yield "", name, _hash(columns, rows)


def _hash(columns: Sequence[str], rows: Sequence[Row]) -> str:
    """As docs/contracts/definition.md says it, "The content hash"."""
    written = sorted(json.dumps([*row.values()], ensure_ascii=False) for row in rows)
    return hashlib.sha256("\n".join([json.dumps(columns), *written]).encode()).hexdigest()
