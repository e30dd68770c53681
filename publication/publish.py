"""Publish what passed the guard: a new read-only version, swapped in whole.

Belongs here: the order of the steps and what a failure means for readers. Does not belong here: any
judgement on the figures; whoever calls `publish` has let the guard decide first.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from publication import content, manifest, versions


class PublicationError(Exception):
    """Nothing was published; the last publication is as it was. The message says what to do."""


@dataclass(frozen=True)
class PublishReport:
    """What a call of `publish` did.

    `version` and `path` are the current version after the call and its folder; `changed` says whether
    the call made it; `tables` maps each published table to its number of rows.
    """

    version: str
    changed: bool
    path: Path
    tables: dict[str, int]


def publish(warehouse: Path, published: Path, as_of: date, keep: int = 5) -> PublishReport:
    """Publish the `publication` schema of the working file, unless its content is published already.

    `as_of` goes into the manifest; the newest `keep` versions stay. Raises PublicationError when the
    working file has nothing to publish or cannot be read, or the copy cannot be written (a full disk);
    readers then go on with the last publication.
    """
    if keep < 1:
        raise ValueError(f"keep must be at least 1, not {keep}: the current version always stays")
    try:
        with versions.one_publisher(published):
            measured, definition = _measure(warehouse)
            present = _current_with(published, measured)
            if present is not None:
                return _report(present, changed=False, path=published / "versions" / present.version)
            fresh = _publish(warehouse, published, as_of, measured, definition)
            versions.prune(published, keep)
            return _report(fresh, changed=True, path=published / "versions" / fresh.version)
    except (OSError, duckdb.Error) as error:
        raise PublicationError(
            f"publishing {warehouse} to {published} failed: {error}. The last publication is intact;"
            " remove the cause (free disk space, permissions, another process holding the file)"
            " and run it again"
        ) from error


def _measure(warehouse: Path) -> tuple[list[content.TableContent], str | None]:
    if not warehouse.is_file():
        raise PublicationError(f"there is no working file {warehouse}: load and build first")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{str(warehouse).replace(chr(39), chr(39) * 2)}' as working (read_only)")
        names = content.tables(connection, "working")
        if "nps_scores" not in names:
            raise PublicationError(
                f"{warehouse} has no table {content.SCHEMA}.nps_scores: build the publication models first"
            )
        measured = [
            content.measure(connection, f"working.{content.SCHEMA}.{content.quoted(name)}", name)
            for name in names
        ]
        return measured, content.definition_version(connection, "working")


def _current_with(published: Path, measured: list[content.TableContent]) -> manifest.Manifest | None:
    """The current version's manifest if it is whole and has exactly this content."""
    folder = versions.current(published)
    if folder is None:
        return None
    try:
        present = manifest.read(folder)
    except (FileNotFoundError, ValueError):
        return None
    files = [folder / content.DATABASE_NAME]
    files += [folder / content.PARQUET_FOLDER / f"{name}.parquet" for name in present.tables]
    hashes = {name: entry.content_hash for name, entry in present.tables.items()}
    same = hashes == {table.name: table.content_hash for table in measured}
    return present if same and all(file.is_file() for file in files) else None


def _publish(
    warehouse: Path,
    published: Path,
    as_of: date,
    measured: list[content.TableContent],
    definition: str | None,
) -> manifest.Manifest:
    now = datetime.now(UTC)
    version = now.strftime("%Y%m%dT%H%M%S%fZ")
    folder = versions.begin(published, version)
    try:
        content.copy(warehouse, folder, [table.name for table in measured])
        fresh = manifest.Manifest(
            version=version,
            published_at=now,
            as_of=as_of,
            definition_version=definition,
            git_revision=_git_revision(),
            tables={table.name: _entry(folder, table) for table in measured},
        )
        manifest.write(fresh, folder)
        _verify(folder, measured)
        versions.seal(folder)
        versions.make_current(published, folder, version)
    except BaseException:
        versions.discard(folder)
        raise
    return fresh


def _entry(folder: Path, table: content.TableContent) -> manifest.TableEntry:
    parquet = folder / content.PARQUET_FOLDER / f"{table.name}.parquet"
    return manifest.TableEntry(table.rows, table.content_hash, content.sha256(parquet))


def _verify(folder: Path, measured: list[content.TableContent]) -> None:
    """The copy must hold what was measured: the working file could have changed in between."""
    with duckdb.connect(folder / content.DATABASE_NAME, read_only=True) as connection:
        for table in measured:
            copied = content.measure(connection, content.quoted(table.name), table.name)
            if copied != table:
                raise PublicationError(
                    f"the copy of {table.name} differs from the working file ({copied.rows} rows, not"
                    f" {table.rows}): something wrote to it meanwhile; the last publication is intact,"
                    " run it again"
                )


def _git_revision() -> str | None:
    """The commit of the code that publishes; None outside a git checkout."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def _report(present: manifest.Manifest, *, changed: bool, path: Path) -> PublishReport:
    rows = {name: entry.rows for name, entry in present.tables.items()}
    return PublishReport(present.version, changed, path, rows)
