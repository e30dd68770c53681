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
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = "definition"
APPROVALS = "approvals"
VERSIONS = "nps_definitions"
VERSION = "definition_version"


@dataclass(frozen=True)
class Table:
    """Cells as text without blanks at their ends, in the order of the file."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def records(self) -> list[dict[str, str]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def tables() -> Mapping[str, Table]:
    """Every table of the definition by its name. Raises ValueError if `NPS_COMPANY` is not set."""
    company = os.environ.get("NPS_COMPANY")
    if not company:
        raise ValueError("NPS_COMPANY is not set: name the company folder whose definition the guard uses")
    files = sorted((Path(company) / FOLDER).glob("*.csv"))
    return _read(tuple((path, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=1)
def _read(files: tuple[tuple[Path, int], ...]) -> Mapping[str, Table]:
    return {path.stem: _table(path) for path, _ in files}


def _table(path: Path) -> Table:
    lines = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), strict=True)
    cells = [tuple(_cell(cell) for cell in line) for line in lines if line]
    columns, rows = cells[0], tuple(cells[1:])
    if unlike := next((row for row in rows if len(row) != len(columns)), None):
        raise ValueError(f"{path}: {unlike} has {len(unlike)} cells and the header {len(columns)}")
    return Table(columns, rows)


def _cell(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r", "").split("\n")).strip()


def sealed() -> list[tuple[str, str, str]]:
    """(version, table, hash) of everything that must be approved; no version where all versions share it."""
    found = []
    for name, table in tables().items():
        if name == APPROVALS:
            continue
        parts: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        if VERSION in table.columns and name != VERSIONS:
            parts |= {version[VERSION]: [] for version in tables()[VERSIONS].records}
            for row in table.rows:
                parts[row[table.columns.index(VERSION)]].append(row)
        else:
            parts[""] = list(table.rows)
        found += [(version, name, _hash(table.columns, rows)) for version, rows in parts.items()]
    return found


def _hash(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """As docs/contracts/definition.md says it, "The content hash"."""
    written = [json.dumps(columns, ensure_ascii=False)]
    written += sorted(json.dumps(row, ensure_ascii=False) for row in rows)
    return hashlib.sha256("\n".join(written).encode()).hexdigest()
