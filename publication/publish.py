"""Publishes what passed the guard: a new read-only version, swapped in atomically, and its ledger entries.

The order makes it atomic: the version gets its name, then its ledger file, then the link moves. A version
without a ledger file was never published and is made again. If a ledger file's version is not yet current,
only the link is missing, and the next run moves it first.

Belongs here: the order of the steps and what a failure means for readers. Does not belong here: checking the
figures; the caller of `publish` must have run the guard before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from publication import answers, content, history, ledger, manifest, money_ledger, origin, pages, versions
from publication.acceptance import Acceptance
from publication.figure import COUNTS, key
from publication.gaps import Gap
from publication.hashing import LedgerError
from witness import record
from witness.record import Record, RecordError, Signer

LEDGER = "ledger"


class PublicationError(Exception):
    """Nothing was published; the last publication is unchanged. The message says what to do."""


@dataclass(frozen=True)
class PublishReport:
    """What a call of `publish` did.

    `version` and `path` are the current version after the call and its folder; `changed` says whether
    the call made it current; `tables` maps each published table to its number of rows; `restated` is the
    number of figures this publication restates, and `sequence` its number in the ledger.
    """

    version: str
    changed: bool
    path: Path
    tables: dict[str, int]
    sequence: int
    restated: int


def publish(
    warehouse: Path,
    published: Path,
    as_of: date,
    keep: int = 5,
    *,
    ledger_folder: Path | None = None,
    documents: Mapping[str, bytes] | None = None,
    records: Mapping[str, bytes] | None = None,
    accepted: Sequence[Acceptance] = (),
    gaps: Sequence[Gap] = (),
    maker: pages.Maker | None = None,
    signer: Signer | None = None,
    made_from: origin.Draft | None = None,
) -> PublishReport:
    """Publish the `publication` schema of the working file, unless its content is already published.

    `as_of` goes into the manifest and the ledger; the newest `keep` versions stay. The ledger is in
    `ledger_folder`, or `ledger` beside `published`. `documents` (name → bytes) are part of the publication.
    `records` (path → bytes) are kept with it and show how it was made; a change in records alone does not
    cause a publication. `accepted` are the exceeded limits that a person accepted; manifest and ledger record
    them. `gaps` are the sources that are stale; one that begins or ends is published even if no table has
    changed. `maker` makes the pages of a new version; `signer` signs the record of its head, which is kept in
    `heads` beside the ledger, and what it is `made_from` in `origins`. Raises LedgerError if the ledger has
    changed since it was written, RestatementsError if the restatements of earlier publications have,
    PublicationError if the working file has nothing to publish or cannot be read, or the copy cannot be
    written (a full disk). Readers then keep the last publication.
    """
    if keep < 1:
        raise ValueError(f"keep must be at least 1, not {keep}: the current version always stays")
    books = ledger_folder or published.parent / LEDGER
    texts = dict(documents or {})
    try:
        with versions.one_publisher(published):
            present, chain, finished = _present(published, books)
            measured, behind = _measured(warehouse)
            if present is not None:
                origin.keep(books, published / "versions" / present.version)
            if present is not None and _holds(published, books, present, measured, behind, texts, gaps):
                return _report(published, present, changed=finished, restated=0)
            said = accepted, gaps
            fresh, restated = _publish(
                *(warehouse, published, books, as_of, measured, texts, records or {}, chain, said),
                *(maker, signer, made_from),
            )
            origin.keep(books, published / "versions" / fresh.version)
            versions.prune(published, keep)
            answers.prune(books, (folder.name for folder in versions.settled(published)))
            return _report(published, fresh, changed=True, restated=restated)
    except RecordError as error:
        raise LedgerError(f"{error}; restore it from a backup") from error
    except (OSError, duckdb.Error) as error:
        raise PublicationError(
            f"publishing {warehouse} to {published} failed: {error}. The last publication is intact;"
            " remove the cause (disk space, permissions, another process holding the file) and run it again"
        ) from error


def stands(published: Path, version: str, *, ledger_folder: Path) -> bool:
    """Whether this version is published, whole, and the last of an unbroken ledger."""
    try:
        with versions.one_publisher(published):
            present, _, finished = _present(published, ledger_folder)
            if present is None or finished or present.version != version:
                return False
            return _is_whole(published, ledger_folder, present)
    except (LedgerError, PublicationError, OSError):
        return False


def _present(published: Path, books: Path) -> tuple[manifest.Manifest | None, ledger.Chain, bool]:
    """The current version's manifest, the ledger, and whether a publication had to be finished first."""
    present = history.readable(versions.current(published))
    chain = ledger.verify(books, None if present is None else present.ledger)
    if present is not None and chain.sequence == present.sequence:
        if chain.head != present.ledger_head:
            raise LedgerError(
                f"the ledger in {books} ends with {chain.head}, but publication {present.version} recorded"
                f" {present.ledger_head}: restore the ledger from a backup"
            )
        if chain.sequence and present.accepted != ledger.accepted_in(ledger.read(books, chain.sequence)):
            raise LedgerError(
                f"publication {present.version} and the ledger in {books} name different accepted limits:"
                " restore its manifest.json from a backup"
            )
        return present, chain, False
    for folder in reversed(versions.settled(published)):
        interrupted = history.readable(folder)
        if interrupted and (interrupted.sequence, interrupted.ledger_head) == (chain.sequence, chain.head):
            versions.make_current(published, folder.name)
            return interrupted, chain, True
    return present, chain, False


def _measured(warehouse: Path) -> tuple[list[content.TableContent], content.TableContent]:
    """The tables to publish, and the answers behind them."""
    if not warehouse.is_file():
        raise PublicationError(f"there is no working file {warehouse}: load and build first")
    with content.working(warehouse) as connection:
        names = content.tables(connection, "working")
        if "nps_scores" not in names:
            raise PublicationError(
                f"{warehouse} has no table {content.SCHEMA}.nps_scores: build the publication models first"
            )
        return [
            content.measure(connection, f"working.{content.SCHEMA}.{content.quoted(name)}", name)
            for name in names
        ], answers.measured(connection)


def _is_whole(published: Path, books: Path, present: manifest.Manifest) -> bool:
    folder = published / "versions" / present.version
    return answers.of_version(books, folder, present) is not None and history.intact(folder, present)


def _holds(
    published: Path,
    books: Path,
    present: manifest.Manifest,
    measured: list[content.TableContent],
    behind: content.TableContent,
    texts: Mapping[str, bytes],
    gaps: Sequence[Gap],
) -> bool:
    """Whether a version is whole, has exactly this content, and names the same stale sources."""
    hashes = {
        name: entry.content_hash for name, entry in present.tables.items() if name not in history.TABLES
    }
    return (
        hashes == {table.name: table.content_hash for table in measured}
        and present.answers is not None
        and present.answers.content_hash == behind.content_hash
        and present.documents == _hashes(texts)
        and {(gap.source, gap.since) for gap in present.gaps} == {(gap.source, gap.since) for gap in gaps}
        and _is_whole(published, books, present)
    )


def _publish(
    warehouse: Path,
    published: Path,
    books: Path,
    as_of: date,
    measured: list[content.TableContent],
    texts: Mapping[str, bytes],
    records: Mapping[str, bytes],
    chain: ledger.Chain,
    said: tuple[Sequence[Acceptance], Sequence[Gap]],
    maker: pages.Maker | None,
    signer: Signer | None,
    made_from: origin.Draft | None,
) -> tuple[manifest.Manifest, int]:
    accepted, gaps = said
    now = datetime.now(UTC)
    version = now.strftime("%Y%m%dT%H%M%S%fZ")
    sequence = chain.sequence + 1
    folder = versions.begin(published, version)
    try:
        with content.working(warehouse) as connection:
            _same_build(connection, warehouse)
            definition = content.definition_version(connection, "working")
            figures = ledger.figures(connection, "working")
            money = money_ledger.chained(
                money_ledger.figures(connection, "working"), sequence, as_of, chain.head
            )
            before = money_ledger.head_of(money, chain.head)
            rows = ledger.chained(figures, sequence, as_of, before, accepted)
            last = history.earlier(books, versions.current(published), chain.sequence)
            grown = history.grown(connection, published, last, rows, money, sequence, as_of)
            behind = answers.write(connection, books, version)
        content.copy(warehouse, folder, [table.name for table in measured], grown.tables)
        _write(folder / content.DOCUMENTS, texts)
        _write(folder / content.RECORDS, records)
        head = ledger.head_of(rows, sequence, before)
        if maker is not None:
            stand = pages.Stand(sequence, head, as_of, accepted, gaps)
            maker(folder / content.DATABASE_NAME, stand, folder / pages.FOLDER)
        booked = {money_ledger.file_name(sequence): money} if money.num_rows else {}
        written = ledger.draft(books, {**booked, ledger.file_name(sequence): rows})
        names = {table.name: table for table in [*measured, *_copied(folder, grown.tables)]}
        fresh = manifest.Manifest(
            version=version,
            published_at=now,
            as_of=as_of,
            definition_version=definition,
            git_revision=manifest.git_revision(),
            tables={name: _entry(folder, names[name]) for name in sorted(names)},
            answers=behind,
            sequence=sequence,
            ledger_head=head,
            ledger={**chain.files, **{name: content.sha256(file) for name, file in written.items()}},
            documents=_hashes(texts),
            accepted=tuple(accepted),
            pages=None if maker is None else pages.digest(folder / pages.FOLDER),
            gaps=tuple(gaps),
        )
        sealed = content.sha256(manifest.write(fresh, folder))
        own = Record(
            *(sequence, as_of.isoformat(), version, now.isoformat(), head, sealed),
            key=None if signer is None else signer.key,
            origin_sha256=origin.write(made_from, folder, books, measured),
        )
        _write(folder, record.written(own, signer))
        _verify(folder, measured)
        versions.seal(folder)
        folder = versions.settle(published, folder, version)
        for file in written.values():
            ledger.append(file)
    except BaseException:
        versions.discard(folder)
        answers.discard(books, version)
        raise
    versions.make_current(published, version)
    return fresh, grown.restated


def _same_build(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Check that the ledger's figures are the published ones."""
    columns = connection.execute(f"select * from working.{ledger.CELLS} limit 0").description
    named = ", ".join(key(column[0] for column in columns))
    counts = " or ".join(f"cells.{name} <> scores.{name}" for name in COUNTS)
    [(different,)] = connection.execute(
        f"select count(*) from working.{ledger.CELLS} as cells"
        f" full outer join working.{content.SCHEMA}.nps_scores as scores using ({named})"
        f" where cells.responses is null or scores.responses is null or {counts}"
    ).fetchall()
    if different:
        raise PublicationError(
            f"{different} figures of {warehouse} differ between {ledger.CELLS} and"
            f" {content.SCHEMA}.nps_scores: they are from different builds; build both and run it again"
        )


def _write(folder: Path, texts: Mapping[str, bytes]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text)


def _hashes(texts: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(text).hexdigest() for name, text in texts.items()}


def _copied(folder: Path, added: list[content.Added]) -> list[content.TableContent]:
    """Measure the tables that only the copy has."""
    with duckdb.connect(folder / content.DATABASE_NAME, read_only=True) as connection:
        return [content.measure(connection, content.quoted(table.name), table.name) for table in added]


def _entry(folder: Path, table: content.TableContent) -> manifest.TableEntry:
    return manifest.TableEntry(
        table.rows, table.content_hash, content.sha256(content.parquet_file(folder, table.name))
    )


def _verify(folder: Path, measured: list[content.TableContent]) -> None:
    """Check that the copy matches what was measured: the working file could have changed meanwhile."""
    with duckdb.connect(folder / content.DATABASE_NAME, read_only=True) as connection:
        for table in measured:
            copied = content.measure(connection, content.quoted(table.name), table.name)
            if copied != table:
                raise PublicationError(
                    f"the copy of {table.name} differs from the working file ({copied.rows} rows, not"
                    f" {table.rows}): something wrote to it meanwhile; the last publication is intact,"
                    " run it again"
                )


def _report(published: Path, present: manifest.Manifest, *, changed: bool, restated: int) -> PublishReport:
    return PublishReport(
        version=present.version,
        changed=changed,
        path=published / "versions" / present.version,
        tables={name: entry.rows for name, entry in present.tables.items()},
        sequence=present.sequence,
        restated=restated,
    )
