"""What has to be approved: each table's rows of a version, or a whole table that all versions share.

Belongs here: which parts there are, and the hash of a part, which depends on what is said and not on how the
file is written. Does not belong here: whether somebody has approved it (`approvals`). The guard has its own
statement of the hash; docs/contracts/definition.md is the contract between them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from company.folder import DEFINITION
from company.reading import Definition, Row
from company.tables import APPROVALS, OPTIONAL, PAGES, TABLES, Table

#: (version, table); the version is empty for a table that all versions share.
Key = tuple[str, str]
_VERSION = "definition_version"


@dataclass(frozen=True)
class Content:
    """One part of the definition, as the folder has it."""

    version: str
    table: Table
    rows: tuple[Row, ...]

    @cached_property
    def hash(self) -> str:
        return hash_of([column.name for column in self.table.columns], (row.cells for row in self.rows))

    @property
    def subject(self) -> str:
        """What a person approves it under: the version, or the table's name."""
        return self.version or self.table.name

    @property
    def file(self) -> str:
        return f"{DEFINITION}/{self.table.name}.{'toml' if self.table in PAGES else 'csv'}"

    @property
    def said(self) -> str:
        return f"version {self.version}" if self.version else self.table.name


def contents(held: Definition) -> dict[Key, Content]:
    """Every part that has to be approved, versions first."""
    found = [
        Content(version["definition_version"], table, tuple(held.of(table.name, version[_VERSION])))
        for version in held.rows["nps_definitions"]
        for table in TABLES
        if is_versioned(table)
    ]
    approved = {row["table_name"] for row in held.rows[APPROVALS.name]}
    shared = [
        table
        for table in (*TABLES, *PAGES)
        if not is_versioned(table)
        and table is not APPROVALS
        and (table not in (*OPTIONAL, *PAGES) or held.rows[table.name] or table.name in approved)
    ]
    found += [Content("", table, tuple(held.rows[table.name])) for table in shared]
    return {(content.version, content.table.name): content for content in found}


def is_versioned(table: Table) -> bool:
    """Whether a version has rows of its own; the table of versions is one for all, because they follow on."""
    named = {column.name for column in table.columns}
    return _VERSION in named and table.name not in ("nps_definitions", APPROVALS.name)


def hash_of(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """SHA-256 of the header and the sorted rows, each a JSON list of cells without blanks at their ends."""
    lines = sorted(_line(row) for row in rows)
    return hashlib.sha256("\n".join([_line(columns), *lines]).encode()).hexdigest()


def _line(cells: Sequence[str]) -> str:
    return json.dumps([_text(cell) for cell in cells], ensure_ascii=False)


def _text(cell: str) -> str:
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
