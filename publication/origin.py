"""What a publication was made from, so that it can be made again: raw, the company's folder, the release.

    origins/00000003.json    what publication 3 was made from, JSON; its SHA-256 is in the record of the head
    origins/texts/<sha256>   a file of the company's folder as it was, kept once for all publications

In a published version the first is `origin.json`. Both stay when versions are pruned.

Belongs here: the form of these files. Does not belong here: where what they say is found, or making a
publication again (`orchestration`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from publication.content import TableContent
from publication.hashing import LedgerError
from witness import record

HEADS, FOLDER, FILE, TEXTS = "heads", "origins", "origin.json", "texts"
_FORMAT = "nps origin 1"


@dataclass(frozen=True)
class Loads:
    """What raw holds of one source: how many loads, the id of the last, and each table's rows."""

    number: int
    last: str
    rows: dict[str, int]


@dataclass(frozen=True)
class Origin:
    """What a publication was made from.

    `vendors` are those it has figures of, `raw` what each schema held, `company` the SHA-256 of each file of
    the company's folder by its path, `release` a digest of each room of this product, `libraries` the version
    of each, `revision` the commit. `tables` is what came of it: the content hash of each published table.
    """

    as_of: str
    vendors: tuple[str, ...]
    raw: dict[str, Loads]
    company: dict[str, str]
    release: dict[str, str]
    libraries: dict[str, str]
    revision: str | None = None
    tables: dict[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """The bytes whose hash is in the record of the head."""
        said = {"format": _FORMAT, **asdict(self)}
        return (json.dumps(said, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


@dataclass(frozen=True)
class Draft:
    """What is about to be published was made from this; `texts` are the company's files, by SHA-256."""

    origin: Origin
    texts: Mapping[str, bytes]


def read(text: bytes, place: object) -> Origin:
    """What a file says. Raises LedgerError, which names `place`, for anything else."""
    try:
        said = json.loads(text)
        if said.pop("format") != _FORMAT:
            raise ValueError("another format")
        raw = {schema: Loads(**loads) for schema, loads in said.pop("raw").items()}
        return Origin(**{**said, "vendors": tuple(said["vendors"]), "raw": raw})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise LedgerError(f"{place} does not say what a publication was made from ({error})") from error


def write(made_from: Draft | None, version: Path, books: Path, tables: Iterable[TableContent]) -> str | None:
    """Write what a version with these tables is made from into its folder, and keep the company's files.

    Returns the SHA-256 of what was written. Raises RecordError, OSError.
    """
    if made_from is None:
        return None
    texts = books.with_name(FOLDER) / TEXTS
    texts.mkdir(parents=True, exist_ok=True)
    for digest, text in made_from.texts.items():
        record.add(texts / digest, text)
    hashes = {table.name: table.content_hash for table in tables}
    own = replace(made_from.origin, tables=hashes).as_bytes()
    (version / FILE).write_bytes(own)
    return hashlib.sha256(own).hexdigest()


def keep(books: Path, version: Path) -> None:
    """Keep the record of a version's head and what it was made from: it is pruned one day.

    Raises RecordError, OSError.
    """
    record.keep(books.with_name(HEADS), version)
    path, found = version / FILE, record.of_version(version)
    if path.is_file() and found is not None:
        folder = books.with_name(FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        record.add(folder / f"{record.stem(found.record.sequence)}.json", path.read_bytes())


def kept(folder: Path, head: record.Record) -> Origin:
    """What a publication was made from. Raises LedgerError if that was not kept, or was changed."""
    path = folder / f"{record.stem(head.sequence)}.json"
    if head.origin_sha256 is None or not path.is_file():
        raise LedgerError(
            f"{path} is not there: an earlier release made publication {head.sequence}, or it was removed"
        )
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != head.origin_sha256:
        raise LedgerError(f"{path} is not what was recorded when publication {head.sequence} was made")
    return read(text, path)


def text(folder: Path, digest: str) -> bytes:
    """A file of the company's folder as it was. Raises LedgerError if it is gone or changed."""
    path = folder / TEXTS / digest
    found = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(found).hexdigest() != digest:
        raise LedgerError(f"{path} is gone or was changed: restore it from a backup")
    return found
