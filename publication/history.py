"""Earlier publications, and the tables that grow from one publication to the next.

Belongs here: finding the publication to compare with, adding restatements to the earlier ones.
Does not belong here: how two publications are compared (`restatements`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from publication import answers, content, ledger, manifest, money_restatements, pages, restatements, versions
from publication.figure import ALL, key
from publication.restatements import Earlier

TABLES = (*restatements.DESCRIPTIONS, money_restatements.TABLE)


class RestatementsError(Exception):
    """The restatements of earlier publications have changed since they were written. Nothing is published."""


@dataclass(frozen=True)
class Grown:
    """The cumulative tables of a publication, and the number of figures that it restates itself."""

    tables: list[content.Added]
    restated: int


def readable(folder: Path | None) -> manifest.Manifest | None:
    """A version's manifest, or None if there is no readable one."""
    if folder is None:
        return None
    try:
        return manifest.read(folder)
    except (FileNotFoundError, ValueError):
        return None


def intact(folder: Path, said: manifest.Manifest) -> bool:
    """Whether every published file of a version still matches its manifest."""
    documents = {folder / content.DOCUMENTS / name: digest for name, digest in said.documents.items()}
    if not all(_is_as_written(folder, said, name) for name in said.tables):
        return False
    if not all(file.is_file() and content.sha256(file) == digest for file, digest in documents.items()):
        return False
    if said.pages is not None and pages.digest(folder / pages.FOLDER) != said.pages:
        return False
    try:
        with duckdb.connect(folder / content.DATABASE_NAME, read_only=True) as connection:
            found = [content.measure(connection, content.quoted(name), name) for name in said.tables]
    except duckdb.Error:
        return False
    return all(table.content_hash == said.tables[table.name].content_hash for table in found)


def earlier(books: Path, present: Path | None, sequence: int) -> Earlier | None:
    """The last publication in the ledger; with its answers only if `present` is that version, and intact."""
    if sequence == 0:
        return None
    rows = ledger.read(books, sequence)
    said = readable(present)
    behind = None
    if (
        said is not None
        and present is not None
        and said.sequence == sequence
        and _is_as_written(present, said, "nps_scores")
    ):
        behind = answers.of_version(books, present, said)
    return Earlier(
        sequence=sequence,
        as_of=rows.column("as_of")[0].as_py() if rows.num_rows else date.min,
        figures=rows,
        folder=present if behind else None,
        answers=behind,
        published_at=said.published_at if said is not None and behind else None,
        money=ledger.money(books, sequence),
    )


def grown(
    connection: duckdb.DuckDBPyConnection,
    published: Path,
    last: Earlier | None,
    rows: pa.Table,
    money: pa.Table,
    sequence: int,
    as_of: date,
) -> Grown:
    """The restatements of all publications, including those of `sequence`, whose ledger rows are `rows` and
    `money`.

    The earlier ones come from the newest version that the ledger knows and that still has them. Raises
    RestatementsError if they have changed since publication.
    """
    fresh = restatements.empty(connection)
    if last is not None:
        fresh = restatements.since(connection, last, rows, sequence, as_of)
    fresh[money_restatements.TABLE] = money_restatements.since(connection, last, money, sequence, as_of)
    figures = fresh[restatements.FIGURES]
    named = [figures.column(name).to_pylist() for name in key(figures.column_names)]
    restated = len(set(zip(*named, strict=True)))
    added = []
    for name in TABLES:
        connection.register("fresh_rows", fresh[name])
        before = _newest_with(published, name, sequence)
        source = f"read_parquet({content.literal(before)})" if before else "fresh_rows where false"
        whole = _together(connection, f"(from {source})")
        added.append(content.Added(name, whole, _descriptions(name, whole.column_names)))
    return Grown(added, restated)


def _descriptions(table: str, columns: Sequence[str]) -> Mapping[str, str]:
    if table == money_restatements.TABLE:
        return money_restatements.DESCRIPTIONS
    return restatements.descriptions(table, columns)


def _together(connection: duckdb.DuckDBPyConnection, before: str) -> pa.Table:
    """The fresh rows and those before; a side that lacks a dimension is not split by it."""
    sides = {side: _columns(connection, side) for side in ("fresh_rows", before)}
    columns = list(sides["fresh_rows"])
    for name in sides[before]:
        if name not in columns:
            columns.insert(columns.index("definition_version"), name)
    selected = (
        f"select {', '.join(name if name in there else f'{ALL!r} as {name}' for name in columns)} from {side}"
        for side, there in sides.items()
    )
    return connection.execute(" union all ".join(selected)).to_arrow_table()


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    return [column[0] for column in connection.execute(f"select * from {relation} limit 0").description]


def _newest_with(published: Path, table: str, before: int) -> Path | None:
    for folder in reversed(versions.settled(published)):
        said = readable(folder)
        file = content.parquet_file(folder, table)
        if said is not None and said.sequence < before and file.is_file():
            if not _is_as_written(folder, said, table):
                raise RestatementsError(
                    f"{file} has changed since it was published, and only it holds the restatements of"
                    " earlier publications: restore it from a backup"
                )
            return file
    return None


def _is_as_written(folder: Path, said: manifest.Manifest, table: str) -> bool:
    file, entry = content.parquet_file(folder, table), said.tables.get(table)
    return entry is not None and file.is_file() and content.sha256(file) == entry.parquet_sha256
