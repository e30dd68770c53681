"""Copies one publication: everything in one transaction, so that a failure leaves what was there.

Belongs here: the order of the steps, the rows, what a failure says. Does not belong here: definitions
(`shape`), rights (`readers`).
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
from psycopg import Cursor
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from publication import content
from publication import manifest as manifests
from publication.manifest import Manifest
from serving.errors import CopyError
from serving.postgresql import readers, shape
from serving.postgresql.shape import SEQUENCE, Shape
from serving.postgresql.target import Target

#: Views that read with the rights of whoever asks came with it.
OLDEST_SERVER = 150000
_PATIENCE = "10s"
_CHUNK = 1 << 16


@dataclass(frozen=True)
class CopyReport:
    """The publication that readers see after the call, and how many are kept."""

    version: str
    kept: int


def copy(folder: Path, target: Target) -> CopyReport:
    """Copy the publication in `folder` to the target and make it current, unless it is.

    Readers, rights and comments are brought up to date in any case. Raises CopyError.
    """
    said = manifests.read(folder)
    before: str | None = None
    try:
        with _connected(target) as connection, connection.cursor() as cursor:
            before = _current(cursor, target)
            kept = _copy(cursor, folder, said, target)
    except (psycopg.Error, duckdb.Error, OSError, ValueError, readers.ReaderError) as error:
        stays = f"its readers keep {before}" if before else "nothing has changed there"
        raise CopyError(
            f"publication {said.version} was not copied to PostgreSQL ({_place(target)}): "
            f"{' '.join(str(error).split())}; {stays}, and the next refresh tries again"
        ) from error
    return CopyReport(said.version, kept)


def _connected(target: Target) -> psycopg.Connection:
    password = {} if target.password is None else {"password": target.password}
    return psycopg.connect(
        target.url,
        connect_timeout=10,
        application_name="nps-warehouse",
        **password,  # type: ignore[arg-type]
    )


def _place(target: Target) -> str:
    """Where it is, without what is secret."""
    said = conninfo_to_dict(target.url)
    named = [f"{said[key]}" for key in ("host", "dbname") if said.get(key)]
    return ", ".join([*named, f"schema {target.schema}"])


def _current(cursor: Cursor, target: Target) -> str | None:
    """The version that readers see now, if there is any."""
    if cursor.connection.info.server_version < OLDEST_SERVER:
        raise ValueError("the server is older than PostgreSQL 15: it cannot keep readers to their own rows")
    cursor.execute("select set_config('lock_timeout', %s, false)", [_PATIENCE])
    publications = Identifier(target.kept, shape.PUBLICATIONS)
    cursor.execute("select to_regclass(%s)", [publications.as_string(cursor)])
    if cursor.fetchone() == (None,):
        return None
    cursor.execute(SQL("select version from {} where is_current").format(publications))
    found = cursor.fetchone()
    return None if found is None else str(found[0])


def _copy(cursor: Cursor, folder: Path, said: Manifest, target: Target) -> int:
    """All steps in the connection's transaction; returns how many publications are kept."""
    cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [target.kept])
    readers.refuse_unlimited(cursor, target.readers)
    with duckdb.connect(folder / content.DATABASE_NAME, read_only=True) as published:
        published.execute("set TimeZone = 'UTC'")
        shapes = shape.shapes(published)
        shape.prepare(cursor, target, shapes)
        if _current(cursor, target) != said.version:
            _fill(cursor, published, shapes, said, target)
        readers.admit(cursor, target, shapes, _branches(published))
    return _prune(cursor, target)


def _fill(
    cursor: Cursor,
    published: duckdb.DuckDBPyConnection,
    shapes: list[Shape],
    said: Manifest,
    target: Target,
) -> None:
    """The rows of a publication, and the one row that makes it current."""
    _remove(cursor, target, [said.sequence])
    with tempfile.TemporaryDirectory(prefix="nps-postgresql-") as scratch:
        for each in shapes:
            rows = Path(scratch) / "rows.csv"
            published.execute(
                f"copy (select {said.sequence}, * from {content.quoted(each.name)})"
                f" to {content.literal(rows)} (format csv, header false)"
            )
            columns = SQL(", ").join(map(Identifier, (SEQUENCE, *each.columns)))
            table = Identifier(target.kept, each.name)
            statement = SQL("copy {} ({}) from stdin (format csv)").format(table, columns)
            with cursor.copy(statement) as stream, rows.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    stream.write(chunk)
            cursor.execute(SQL("analyze {}").format(table))
    publications = Identifier(target.kept, shape.PUBLICATIONS)
    cursor.execute(SQL("update {} set is_current = false where is_current").format(publications))
    cursor.execute(
        SQL("insert into {} values (%s, %s, %s, %s, %s, %s, true)").format(publications),
        [
            *(said.sequence, said.version, said.published_at, said.as_of),
            *(said.definition_version, said.ledger_head),
        ],
    )


def _branches(published: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The branches of each region today, of those that have a scorecard."""
    [(is_there,)] = published.execute(
        "select count(*) from duckdb_tables() where table_name = 'branch_scorecards'"
    ).fetchall()
    if not is_there:
        return {}
    found = published.execute("select region, list(distinct branch) from branch_scorecards group by 1")
    return dict(found.fetchall())


def _prune(cursor: Cursor, target: Target) -> int:
    """Remove all but the newest publications; never the current one. Returns how many stay."""
    publications = Identifier(target.kept, shape.PUBLICATIONS)
    cursor.execute(
        SQL("select sequence from {} order by is_current desc, sequence desc").format(publications)
    )
    found = [sequence for (sequence,) in cursor.fetchall()]
    if old := found[target.keep :]:
        _remove(cursor, target, old)
    return len(found[: target.keep])


def _remove(cursor: Cursor, target: Target, sequences: list[int]) -> None:
    """Remove publications from every kept table, also from those that are no longer published."""
    cursor.execute(
        "select table_name from information_schema.columns where table_schema = %s and column_name = %s",
        [target.kept, SEQUENCE],
    )
    names = [(name, SEQUENCE) for (name,) in cursor.fetchall()]
    for name, column in [*names, (shape.PUBLICATIONS, "sequence")]:
        cursor.execute(
            SQL("delete from {} where {} = any(%s)").format(
                Identifier(target.kept, name), Identifier(column)
            ),
            [sequences],
        )
