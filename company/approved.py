"""The copy of what was approved last, so that a change can be told and not only noticed.

Belongs here: the tables in `approved/`. Does not belong here: what is compared with them (`changes`), or any
judgement: the hash in the approval decides, and nobody's figures depend on the copy.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from company.contents import Content, hash_of
from company.folder import APPROVED
from company.mistakes import Mistake
from company.reading import Row, rows_of
from company.tables import Table


def approved_rows(folder: Path, content: Content) -> list[Row]:
    """The rows of a part as they were approved; none where there is no copy."""
    return [row for row in _all(folder, content.table) if _is_of(row, content.version)]


def is_intact(rows: Sequence[Row], content: Content, content_hash: str) -> bool:
    """Whether the copy is what was approved."""
    return hash_of([column.name for column in content.table.columns], (r.cells for r in rows)) == content_hash


def keep(folder: Path, content: Content) -> None:
    """Take the part into the copy; the parts of other versions stay."""
    others = [row.cells for row in _all(folder, content.table) if not _is_of(row, content.version)]
    path = folder / APPROVED / f"{content.table.name}.csv"
    path.parent.mkdir(exist_ok=True)
    write(path, content.table, [*others, *(row.cells for row in content.rows)])


def write(path: Path, table: Table, rows: Iterable[Sequence[str]]) -> None:
    """Write a table, whole or not at all."""
    partial = path.with_suffix(".part")
    with partial.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([column.name for column in table.columns])
        writer.writerows(rows)
    partial.replace(path)


def _all(folder: Path, table: Table) -> list[Row]:
    found: list[Mistake] = []
    return list(rows_of(folder, f"{APPROVED}/{table.name}.csv", table, found))


def _is_of(row: Row, version: str) -> bool:
    return not version or row.values.get("definition_version") == version
