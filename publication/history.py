"""What earlier publications left behind, and the tables that grow from one to the next.

Belongs here: finding the publication to compare with, adding its restatements to those before.
Does not belong here: how two publications are compared (`restatements`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from publication import content, ledger, manifest, restatements, versions
from publication.figure import KEY
from publication.restatements import Earlier

TABLES = tuple(restatements.DESCRIPTIONS)


@dataclass(frozen=True)
class Grown:
    """The cumulative tables of a publication, and how many figures it restates itself."""

    tables: list[content.Added]
    restated: int


def readable(folder: Path | None) -> manifest.Manifest | None:
    """A version's manifest, or None where there is none that can be read."""
    if folder is None:
        return None
    try:
        return manifest.read(folder)
    except (FileNotFoundError, ValueError):
        return None


def earlier(books: Path, present: Path | None, sequence: int) -> Earlier | None:
    """The last publication as the ledger has it; its answers only where `present` is that one, and whole."""
    if sequence == 0:
        return None
    rows = ledger.read(books, sequence)
    said = readable(present)
    whole = (
        said is not None
        and said.sequence == sequence
        and all(
            content.parquet_file(present, name).is_file()
            for name in ("nps_scores", "nps_responses")
            if present
        )
    )
    return Earlier(
        sequence=sequence,
        as_of=rows.column("as_of")[0].as_py() if rows.num_rows else date.min,
        figures=rows,
        folder=present if whole else None,
        published_at=said.published_at if said is not None and whole else None,
    )


def grown(
    connection: duckdb.DuckDBPyConnection,
    published: Path,
    last: Earlier | None,
    rows: pa.Table,
    sequence: int,
    as_of: date,
) -> Grown:
    """The restatements of all publications, with those of `sequence`, whose ledger rows are `rows`.

    Those before come from the newest version that the ledger knows and that still has them.
    """
    fresh = restatements.empty(connection)
    if last is not None:
        fresh = restatements.since(connection, last, rows, sequence, as_of)
    key = [fresh[restatements.FIGURES].column(name) for name in KEY]
    restated = len(set(zip(*(column.to_pylist() for column in key), strict=True)))
    added = []
    for name, descriptions in restatements.DESCRIPTIONS.items():
        connection.register("fresh_rows", fresh[name])
        query = "select * from fresh_rows"
        if before := _newest_with(published, name, sequence):
            query += f" union all by name select * from read_parquet({content.literal(before)})"
        whole = connection.execute(query).to_arrow_table()
        added.append(content.Added(name, whole, descriptions))
    return Grown(added, restated)


def _newest_with(published: Path, table: str, before: int) -> Path | None:
    for folder in reversed(versions.settled(published)):
        said = readable(folder)
        file = content.parquet_file(folder, table)
        if said is not None and said.sequence < before and file.is_file():
            return file
    return None
