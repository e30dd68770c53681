"""The record of one publication's head: what is signed, time-stamped and kept elsewhere.

    heads/00000003.json       the record, JSON
    heads/00000003.sig        its signature: 64 bytes over the bytes of the record, if it is signed
    heads/00000003.tsa.tsr    a time stamp over the bytes of the record, from the witness `tsa`

In a published version and in an evidence pack the first two are `head.json` and `head.sig`. The record holds
the SHA-256 of the publication's manifest, and the manifest that of every published file. So a signature
covers what is published, and every figure that was published before.

Belongs here: the form of a record and its files. Does not belong here: keys (`keys`), witnesses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

FILE, SIGNATURE = "head.json", "head.sig"
RECORD_SUFFIX, SIGNATURE_SUFFIX, STAMP_SUFFIX = ".json", ".sig", ".tsr"
_FORMAT = "nps head 1"
_HASH = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"(\d{8,})\.json")


class RecordError(Exception):
    """A record is not one, or is not the one that it replaces. The message names the file."""


class Signer(Protocol):
    """Signs records; `key` is the id of its key."""

    @property
    def key(self) -> str: ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True)
class Record:
    """A head: `sequence` is the publication's number in the ledger, `published_at` ISO 8601 in UTC, `key` the
    id of the key that signs it, None where it is not signed; `origin_sha256` of what says what it was made
    from, None where that was not kept."""

    sequence: int
    as_of: str
    version: str
    published_at: str
    ledger_head: str
    manifest_sha256: str
    key: str | None = None
    origin_sha256: str | None = None

    @property
    def day(self) -> date:
        """The day of the publication, UTC."""
        return datetime.fromisoformat(self.published_at).date()

    def as_bytes(self) -> bytes:
        """The bytes that are signed, time-stamped and kept."""
        said = {"format": _FORMAT, **asdict(self)}
        return (json.dumps(said, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode("ascii")


@dataclass(frozen=True)
class Head:
    """A record as it was found: what it says, its bytes, and its signature if it has one."""

    record: Record
    text: bytes
    signature: bytes | None = None


def read(text: bytes, place: object) -> Record:
    """What a record says. Raises RecordError, which names `place`, for anything else."""
    try:
        said = json.loads(text)
        if said.pop("format") != _FORMAT:
            raise ValueError("another format")
        record = Record(**said)
        named = (record.as_of, record.version, record.published_at, record.key or "")
        hashes = (record.ledger_head, record.manifest_sha256, record.origin_sha256 or record.ledger_head)
        if not all(isinstance(each, str) for each in named) or type(record.sequence) is not int:
            raise ValueError("a value of another kind")
        if record.sequence < 1 or not all(_HASH.fullmatch(each) for each in hashes):
            raise ValueError("no sequence or no hash")
        if datetime.fromisoformat(record.published_at).tzinfo is None:
            raise ValueError("a time without zone")
        return record
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RecordError(f"{place} is no record of a head ({error})") from error


def head(text: bytes, signature: bytes | None, place: object) -> Head:
    """A record with its signature. Raises RecordError."""
    return Head(read(text, place), text, signature)


def written(record: Record, signer: Signer | None) -> dict[str, bytes]:
    """The files of a record, by name, as a published version has them."""
    text = record.as_bytes()
    return {FILE: text} if signer is None else {FILE: text, SIGNATURE: signer.sign(text)}


def within(files: Mapping[str, bytes], place: object) -> Head | None:
    """The head among the files of a version or a pack; None where none was kept. Raises RecordError."""
    return head(files[FILE], files.get(SIGNATURE), place) if FILE in files else None


def of_version(folder: Path) -> Head | None:
    """The head of a published version; None for a version of an earlier release. Raises RecordError."""
    paths = [folder / name for name in (FILE, SIGNATURE)]
    return within({path.name: path.read_bytes() for path in paths if path.is_file()}, folder / FILE)


def stem(sequence: int) -> str:
    """How the files of a publication's head are called, without their endings."""
    return f"{sequence:08}"


def keep(heads: Path, version: Path) -> None:
    """Keep the head of a published version, which is pruned one day. Raises RecordError, OSError."""
    found = of_version(version)
    if found is None:
        return
    heads.mkdir(parents=True, exist_ok=True)
    name = stem(found.record.sequence)
    if found.signature is not None:
        add(heads / f"{name}{SIGNATURE_SUFFIX}", found.signature)
    add(heads / f"{name}{RECORD_SUFFIX}", found.text)


def add(path: Path, text: bytes) -> bool:
    """Write a file that is never changed afterwards; whether it is new.

    Raises RecordError if it is there and holds anything else, OSError.
    """
    if path.exists():
        if path.read_bytes() != text:
            raise RecordError(f"{path} holds something else than what was published: it was changed")
        return False
    draft = path.with_name(f".incoming-{path.name}")
    draft.unlink(missing_ok=True)
    draft.write_bytes(text)
    draft.chmod(0o400)
    draft.rename(path)
    return True


def kept(heads: Path) -> dict[int, Head]:
    """Every record in a folder, by its sequence. Raises RecordError, OSError."""
    found: dict[int, Head] = {}
    for path in sorted(heads.glob(f"[!.]*{RECORD_SUFFIX}")):
        named = _NAME.fullmatch(path.name)
        signature = path.with_suffix(SIGNATURE_SUFFIX)
        each = head(path.read_bytes(), signature.read_bytes() if signature.is_file() else None, path)
        if named is None or int(named[1]) != each.record.sequence:
            raise RecordError(f"{path} is the record of publication {each.record.sequence}: rename it back")
        found[each.record.sequence] = each
    return found
