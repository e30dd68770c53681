"""The ledger `audit_published_figures`: every figure ever published, in a chain that reveals any change.

    ledger/00000001.parquet         one file per publication, never changed, one row per figure
    ledger/00000001.money.parquet   its figures of money, if it has any, before it in the chain
    ledger/.incoming-*              a file being written; never read, removed by the next publication

A row's content is the JSON array of its columns as text, in their order. Of a dimension that the company
declared it holds `dimension=member`, and nothing where the row is not split by it. The key is open: figures
from before a dimension have no member of it. The `content_hash` of a row is the SHA-256 of that text, its
`row_hash` the SHA-256 of the previous row's `row_hash` followed by its own `content_hash` (both as hex); the
very first row follows 64 zeros. With the content hashes from a row to the head, the row can be proved without
revealing any other figure.

Limits that a person accepted for a publication are in its file's metadata (`accepted`, JSON;
`accepted_after`, the hash before them), and form links of the chain before its first row. Each is hashed as a
row is: its content is the sequence and the acceptance. A publication without any has no such link.

Belongs here: rows, their hashes, the files. Does not belong here: when a file is added (`publish`), or what
changed between two of them (`restatements`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from publication import acceptance, content, money_ledger, versions
from publication.acceptance import Acceptance
from publication.figure import ALL, COUNTS, DIMENSIONS, dimensions, key
from publication.hashing import GENESIS, LedgerError, content_hash, row_hash

CELLS = "marts.fct_nps_cells"
FINGERPRINT = "answers_fingerprint"
_HASHES = ("previous_hash", "row_hash")
_FILE = re.compile(r"\d{8}\.parquet")
_DRAFT = ".incoming-"
_ACCEPTED, _ACCEPTED_AFTER = b"accepted", b"accepted_after"


@dataclass(frozen=True)
class Chain:
    """The state of the ledger: its last sequence (0 before the first), last hash, its files' SHA-256, and the
    last hash of each publication by its sequence."""

    sequence: int = 0
    head: str = GENESIS
    files: dict[str, str] = field(default_factory=dict)
    heads: dict[int, str] = field(default_factory=dict)


def figures(connection: duckdb.DuckDBPyConnection, catalog: str) -> pa.Table:
    """The unsuppressed figures of a working file, ordered by their key. Raises duckdb.Error."""
    columns = connection.execute(f"select * from {catalog}.{CELLS} limit 0").description
    named = ", ".join(key(column[0] for column in columns))
    return connection.execute(
        f"select {named}, {', '.join(COUNTS)}, cast({FINGERPRINT} as decimal(38, 0)) as {FINGERPRINT}"
        f" from {catalog}.{CELLS} order by {named}"
    ).to_arrow_table()


def chained(
    published: pa.Table,
    sequence: int,
    as_of: date,
    previous_hash: str,
    accepted: Sequence[Acceptance] = (),
) -> pa.Table:
    """The rows of one publication: its figures with sequence, as-of and the chain from `previous_hash`, which
    includes the accepted limits."""
    rows = published.num_rows
    whole = published.add_column(0, "sequence", pa.array([sequence] * rows, pa.int64()))
    whole = whole.add_column(1, "as_of", pa.array([as_of] * rows, pa.date32()))
    if accepted:
        whole = whole.replace_schema_metadata(
            {_ACCEPTED: acceptance.as_json(accepted), _ACCEPTED_AFTER: previous_hash.encode("ascii")}
        )
    hashes = [after(accepted, sequence, previous_hash)]
    for digest in content_hashes(whole):
        hashes.append(row_hash(hashes[-1], digest))
    return whole.append_column("previous_hash", pa.array(hashes[:-1], pa.string())).append_column(
        "row_hash", pa.array(hashes[1:], pa.string())
    )


def accepted_in(rows: pa.Table) -> tuple[Acceptance, ...]:
    """The limits accepted for the publication with these rows. Raises ValueError if they are invalid."""
    text = (rows.schema.metadata or {}).get(_ACCEPTED)
    return acceptance.from_json(text) if text else ()


def accepted_after(rows: pa.Table) -> str:
    """The hash before the limits accepted for the publication with these rows; empty if there are none."""
    return str((rows.schema.metadata or {}).get(_ACCEPTED_AFTER, b""), "ascii")


def after(accepted: Iterable[Acceptance], sequence: int, head: str) -> str:
    """The hash after the accepted limits of a publication, starting from `head`."""
    for each in accepted:
        head = row_hash(head, content_hash(each.content(sequence)))
    return head


def head_of(rows: pa.Table, sequence: int, previous_hash: str) -> str:
    """The last hash of the publication with these rows."""
    if rows.num_rows:
        return str(rows.column("row_hash")[-1])
    return after(accepted_in(rows), sequence, previous_hash)


def columns_of(split_by: Sequence[str]) -> tuple[str, ...]:
    """The columns of a ledger with these dimensions that make a row's content."""
    return ("sequence", "as_of", *key(("segment", *split_by, "definition_version")), *COUNTS, FINGERPRINT)


def content_hashes(rows: pa.Table) -> list[str]:
    """The content hash of every row of a ledger table, hex."""
    names = columns_of(dimensions(rows.column_names))
    columns = [pc.cast(rows.column(name), pa.string()).to_pylist() for name in names]
    if names == columns_of(DIMENSIONS):
        return [content_hash(values) for values in zip(*columns, strict=True)]
    return [row_content_hash(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def row_content_hash(row: Mapping[str, str]) -> str:
    """The content hash of one row, its columns as text and in the ledger's order."""
    split_by = dimensions(row)
    declared = split_by[len(DIMENSIONS) :]
    return content_hash(
        f"{name}={row[name]}" if name in declared else row[name]
        for name in columns_of(split_by)
        if name not in declared or row[name] != ALL
    )


def file_name(sequence: int) -> str:
    """The file of a publication."""
    return f"{sequence:08}.parquet"


def draft(folder: Path, files: Mapping[str, pa.Table]) -> dict[str, Path]:
    """Write a publication's rows to files that are not yet in the ledger, by name, and flush them to disk.

    Removes what killed runs left behind: drafts, and money without its scores.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in (*folder.glob(f"{_DRAFT}*"), *_unfinished(folder)):
        leftover.unlink()
    written = {}
    for name, rows in files.items():
        path = folder / f"{_DRAFT}{name}"
        pq.write_table(rows, path, compression="zstd")
        path.chmod(0o400)
        versions.to_disk(path)
        written[name] = path
    return written


def append(written: Path) -> Path:
    """Put a written file into the ledger: one rename. Raises LedgerError if its place is taken.

    The file of the scores comes last: without it the publication is not in the ledger.
    """
    final = written.with_name(written.name.removeprefix(_DRAFT))
    if final.exists():
        raise LedgerError(f"{final} already exists; files of the ledger are never replaced")
    written.rename(final)
    versions.to_disk(final.parent)
    return final


def _unfinished(folder: Path) -> list[Path]:
    """Files of money whose publication has no scores yet."""
    return [
        path
        for path in folder.glob("*.money.parquet")
        if not path.with_name(path.name.replace(".money", "")).exists()
    ]


def verify(folder: Path, known: Mapping[str, str] | None = None) -> Chain:
    """Verify the whole ledger and return its state. Raises LedgerError at the first error.

    `known` maps files to the SHA-256 that a publication's manifest recorded when they were written. Each must
    exist with exactly these bytes, and is not verified row by row again; all others are. Raises OSError if a
    file cannot be read at all.
    """
    trusted = known or {}
    found = {path.name for path in folder.glob("*.parquet")}
    names = sorted(name for name in found if _FILE.fullmatch(name))
    for name in sorted({*trusted} - found):
        raise LedgerError(
            f"{folder / name}, written by an earlier publication, is missing: restore it from a backup"
        )
    head, files, heads = GENESIS, {}, {}
    for sequence, name in enumerate(names, start=1):
        path = folder / name
        if name != file_name(sequence):
            raise LedgerError(f"{folder / file_name(sequence)} is missing: restore it from a backup")
        if (before := money_ledger.file_name(sequence)) in found:
            files[before] = _as_known(folder / before, trusted)
            if before in trusted:
                head = money_ledger.head_of(money(folder, sequence, ["row_hash"]), head)
            else:
                head = money_ledger.checked(str(folder / before), money(folder, sequence), sequence, head)
        files[name] = _as_known(path, trusted)
        if name in trusted:
            head = head_of(read(folder, sequence, ["row_hash"]), sequence, head)
        else:
            head = _checked(path, read(folder, sequence), sequence, head)
        heads[sequence] = head
    return Chain(len(names), head, files, heads)


def _as_known(path: Path, trusted: Mapping[str, str]) -> str:
    """A file's SHA-256. Raises LedgerError if a manifest recorded another."""
    digest = content.sha256(path)
    if trusted.get(path.name, digest) != digest:
        raise LedgerError(
            f"{path} is not the file that was published: it was changed or truncated; restore it from a"
            " backup"
        )
    return digest


def money(folder: Path, sequence: int, columns: list[str] | None = None) -> pa.Table:
    """The figures of money of one publication; none if it has no file of them. Raises LedgerError."""
    path = folder / money_ledger.file_name(sequence)
    if not path.exists():
        return money_ledger.NONE
    try:
        return pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise LedgerError(f"{path} cannot be read ({error}): restore it from a backup") from error


def read(folder: Path, sequence: int, columns: list[str] | None = None) -> pa.Table:
    """The rows of one publication. Raises LedgerError if the file is missing, truncated or malformed."""
    path = folder / file_name(sequence)
    try:
        rows = pq.read_table(path, columns=columns)
    except (OSError, pa.ArrowException) as error:
        raise LedgerError(f"{path} cannot be read ({error}): restore it from a backup") from error
    expected = columns or [*columns_of(_split(rows)), *_HASHES]
    if rows.column_names != expected:
        raise LedgerError(
            f"{path} has the columns {rows.column_names}, not {expected}: restore it from a backup"
        )
    return rows


def _split(rows: pa.Table) -> tuple[str, ...]:
    """The dimensions of a ledger's file; the built-in ones where it has not even these, as it must."""
    try:
        found = dimensions(rows.column_names)
    except ValueError:
        return DIMENSIONS
    return found if found[: len(DIMENSIONS)] == DIMENSIONS else DIMENSIONS


def _checked(path: Path, rows: pa.Table, sequence: int, head: str) -> str:
    """The last hash of a file, after verifying that every row follows from the one before it."""
    try:
        accepted = accepted_in(rows)
    except ValueError as error:
        raise LedgerError(f"the accepted limits in {path} are {error}: restore it from a backup") from error
    if accepted_after(rows) != (head if accepted else ""):
        raise LedgerError(f"the chain breaks in {path} before the accepted limits: restore it from a backup")
    head = after(accepted, sequence, head)
    said = zip(rows.column("previous_hash").to_pylist(), rows.column("row_hash").to_pylist(), strict=True)
    sequences = rows.column("sequence").to_pylist()
    for index, (digest, (previous, own)) in enumerate(zip(content_hashes(rows), said, strict=True)):
        if previous != head or own != row_hash(head, digest) or sequences[index] != sequence:
            figure = " ".join(str(rows.column(name)[index]) for name in key(rows.column_names))
            raise LedgerError(
                f"the chain breaks in {path} at row {index + 1} ({figure}): it was changed, or a row before"
                " it is missing; restore the file from a backup"
            )
        head = str(own)
    return head
