"""What a digest says: the newest figures, what changed beyond noise, what is restated, what needs attention.

Everything is read from the published tables, and within a scope: the company's totals, and the branches and
regions that the reader may see.

Belongs here: choosing. Does not belong here: words and forms (`forms`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from publication import content
from publication import manifest as manifests
from publication.figure import split_by
from publication.manifest import Manifest
from witness import record
from witness.record import Head

Row = Mapping[str, Any]
#: A change counts as more than noise where so few of those shown with it would be wrong.
_Q = 0.05
_UNASSIGNED = "Unassigned"
_GRAINS = ("month", "quarter", "year")


@dataclass(frozen=True)
class Scope:
    """Branches and regions that a reader sees beside the company's totals; without any limit, everything."""

    branches: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def is_everything(self) -> bool:
        return not self.branches and not self.regions


@dataclass(frozen=True)
class Digest:
    """`figures` are the company's and, in a scope, its branches' and regions' of the newest year; `changes`
    those beyond noise; `restated` figures of this publication that an earlier one published otherwise;
    `below` branches that are below the rest of the company; `head` is the record of the ledger's
    head, None of an earlier release's publication. `name` is what a row is of."""

    manifest: Manifest
    head: Head | None
    figures: list[Row]
    changes: list[Row]
    restated: list[Row]
    below: list[Row]

    @property
    def gaps(self) -> list[str]:
        """Sources that could not be loaded, and since when."""
        return [f"{gap.source} {gap.stands}" for gap in self.manifest.gaps if not gap.is_left_out]

    @property
    def signature(self) -> str:
        """Key and signature of the head, in words."""
        if self.head is None or self.head.signature is None:
            return "not signed"
        return f"signed with key {self.head.record.key}: {self.head.signature.hex()}"

    @property
    def accepted(self) -> list[str]:
        """Exceeded limits that a person accepted."""
        return [f"{each.limit} of {each.subject}: {each.reason}" for each in self.manifest.accepted]


def digest(folder: Path, scope: Scope) -> Digest:
    """The digest of the publication in `folder` for a scope. Raises duckdb.Error, OSError."""
    said = manifests.read(folder)
    with duckdb.connect(folder / content.DATABASE_NAME, read_only=True) as connection:
        connection.execute("create temp table scope (dimension text, member text)")
        members = [("branch", each) for each in scope.branches]
        members += [("region", each) for each in scope.regions]
        if members:
            connection.executemany("insert into scope values (?, ?)", members)
        connection.execute(
            "insert into scope select 'branch', branch from branch_scorecards where region in"
            " (select member from scope where dimension = 'region')"
        )
        own = (
            "(segment = 'company' or branch in (select member from scope where dimension = 'branch')"
            " or region in (select member from scope where dimension = 'region'))"
        )
        seen = "true" if scope.is_everything else own
        totals = f"({own} and segment in ('company', 'branch', 'region'))"
        return Digest(
            said,
            record.of_version(folder),
            _rows(
                connection,
                f"select * from nps_scores where {totals} and measure = 'in_period'"
                " and period_grain = 'trailing_365d' and period_end = ?"
                " order by survey_type, segment <> 'company', segment, branch_name, region,"
                " definition_version",
                said.as_of,
            ),
            [row for grain in _GRAINS for row in _changes(connection, grain, seen, said)],
            _rows(
                connection,
                f"select *, branch as branch_name from restatements where {seen} and sequence = ?"
                " and measure = 'in_period' order by segment <> 'company', survey_type, period_end desc,"
                " branch, region, cause",
                said.sequence,
            )
            if _has(connection, "restatements")
            else [],
            _rows(
                connection,
                "select *, 'branch' as segment from branch_scorecards where standing = 'below'"
                + (
                    ""
                    if scope.is_everything
                    else " and branch in (select member from scope where dimension = 'branch')"
                )
                + " order by branch_name, survey_type, definition_version",
            ),
        )


def _changes(connection: duckdb.DuckDBPyConnection, grain: str, seen: str, said: Manifest) -> list[Row]:
    """Changes beyond noise of the newest period of a grain that is over, without what nobody is assigned."""
    rows = _rows(
        connection,
        f"select * from nps_scores where {seen} and measure = 'in_period' and period_grain = ?"
        f" and change_q_value <= {_Q} and period_end ="
        " (select max(period_end) from nps_scores where period_grain = ? and period_end <= ?)"
        " order by segment <> 'company', change_q_value, survey_type, branch_name, region",
        grain,
        grain,
        said.as_of,
    )
    return [row for row in rows if _UNASSIGNED not in [row[part] for part in split_by(row["segment"])]]


def _has(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute("select 1 from duckdb_tables() where table_name = ?", [table])
    return found.fetchone() is not None


def _rows(connection: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[Row]:
    found = connection.execute(query, list(values))
    names = [column[0] for column in found.description]
    rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return [{**row, "name": _name(row)} for row in rows]


def _name(row: Row) -> str:
    """What a row is of, as people call it: a branch or region by its name, others as `plan Scale`."""
    found = []
    for part in split_by(row["segment"]):
        if part == "branch":
            found.append(str(row.get("branch_name") or row[part]))
        else:
            found.append(str(row[part]) if part == "region" else f"{part.replace('_', ' ')} {row[part]}")
    return ", ".join(found) or "the company"
