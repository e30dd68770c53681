"""What has changed in a definition since it was approved, in words: by table and row.

Belongs here: comparing a part with the copy of what was approved. Does not belong here: what the change does
to figures (`orchestration.preview`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from company import approvals
from company.approved import approved_rows, is_intact
from company.approving import open_parts
from company.contents import Content
from company.folder import APPROVED
from company.reading import Definition, Row
from company.tables import Table

_VERSION = "definition_version"
Named = dict[tuple[str, ...], Row]


@dataclass(frozen=True)
class Change:
    """One row that was added, removed or changed; `said` begins with what is named."""

    table: str
    version: str
    said: str


@dataclass(frozen=True)
class Compared:
    """A part with its changes, and with what it is compared."""

    content: Content
    since: str
    changes: tuple[Change, ...]


def compared(folder: Path, held: Definition, subject: str | None) -> list[Compared]:
    """Every open part under a name (None: every one) with its changes.

    Raises:
        company.approving.ApprovalError: there is nothing of that name.
    """
    return [_compared(folder, held, content) for content in open_parts(held, subject)]


def _compared(folder: Path, held: Definition, content: Content) -> Compared:
    seal = approvals.last(held, are_approved=True).get((content.version, content.table.name))
    if seal is None:
        since, earlier = _predecessor(held, content)
    else:
        since, earlier = (
            f"since {seal['approved_by']} approved it on {seal['approved_on']}",
            list(content.rows),
        )
        if seal["content_hash"] != content.hash:
            earlier = approved_rows(folder, content)
            if not is_intact(earlier, content, seal["content_hash"]):
                copy = f"{APPROVED}/{content.table.name}.csv"
                since, earlier = f"{since}; {copy} is not what was approved, so all rows are shown", []
    return Compared(content, since, tuple(_changes(content, earlier)))


def _predecessor(held: Definition, content: Content) -> tuple[str, list[Row]]:
    """A version that nobody has approved yet is compared with the one before it."""
    versions = sorted(held.rows["nps_definitions"], key=lambda row: row["valid_from"])
    names = [row[_VERSION] for row in versions]
    place = names.index(content.version) if content.version else 0
    if not place:
        return "never approved", []
    return f"compared with version {names[place - 1]}", held.of(content.table.name, names[place - 1])


def _changes(content: Content, earlier: list[Row]) -> Iterator[Change]:
    table = content.table
    before, after = _named(table, earlier), _named(table, content.rows)
    for key, row in after.items():
        if key not in before:
            said = ": ".join(filter(None, (_appended(table, key, before), _all(table, row))))
        elif changed := [
            f"{name} {_shown(old)} → {_shown(new)}"
            for name, old, new in _cells(table, before[key], row)
            if old != new
        ]:
            said = f"changed: {', '.join(changed)}"
        else:
            continue
        yield Change(table.name, content.version, f"{' '.join(key)} {said}")
    for key, row in before.items():
        if key not in after:
            said = ": ".join(filter(None, ("removed", _all(table, row))))
            yield Change(table.name, content.version, f"{' '.join(key)} {said}")


def _named(table: Table, rows: tuple[Row, ...] | list[Row]) -> Named:
    places = [at for at, column in enumerate(table.columns) if column.name in table.key]
    named = [(at, table.columns[at].name) for at in places if table.columns[at].name != _VERSION]
    named = named or [(0, _VERSION)]  # the versions themselves
    return {tuple(row.cells[at].strip() for at, _ in named): row for row in rows}


def _appended(table: Table, key: tuple[str, ...], before: Named) -> str:
    """A rate that begins after every approved one of its currency adds to them and changes none."""
    of_currency = [known for known in before if known[0] == key[0]]
    is_later = table.name == "exchange_rates" and all(known[1] < key[1] for known in of_currency)
    return "appended" if is_later and of_currency else "new"


def _all(table: Table, row: Row) -> str:
    cells = [(column.name, cell.strip()) for column, cell in zip(table.columns, row.cells, strict=True)]
    return ", ".join(f"{name} {cell}" for name, cell in cells if cell and name not in table.key)


def _cells(table: Table, row: Row, other: Row) -> Iterator[tuple[str, str, str]]:
    for column, old, new in zip(table.columns, row.cells, other.cells, strict=True):
        if column.name != _VERSION:
            yield column.name, old.strip(), new.strip()


def _shown(cell: str) -> str:
    return cell or "nothing"
