"""The inbox: which files of a table are complete and have changed since the last load."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from erasure.places import known_as
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping import mapping_path
from ingestion.files.tables import FILE_TABLES, FileTable

_SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".parquet", ".xlsx")
_NO_DATA = (".tmp", ".part", ".crdownload", ".toml")
_SETTLED_SECONDS = 1.0
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Delivered:
    """A file to be read, its mapping (or none), the hash of each and the file's size and time."""

    path: Path
    mapping: Path | None
    content_hash: str
    stamp: tuple[int, int]

    def is_unchanged(self) -> bool:
        """Whether the file is still what was hashed."""
        return self.path.exists() and _stamp(self.path) == self.stamp


def delivered_files(
    inbox: Path, table: FileTable, known: dict[str, str], mappings: Path | None = None
) -> list[Delivered]:
    """The files of a table that are new or changed against `known` (name → hash), in order of their names.

    `mappings` are the company's, beside those in the inbox. A file that is being written is left for the
    next run: it changes while it is looked at, or its name says so. One in which a person was overwritten is
    not new. Raises `FileNotUnderstoodError` for a file of a format, or a folder, that nobody here reads.
    """
    _refuse_unknown_folders(inbox)
    rewritten = known_as(inbox.parent)
    folder = inbox / table.family / table.folder
    paths = [path for path in sorted(folder.iterdir()) if _is_meant(path)] if folder.is_dir() else []
    for path in paths:
        if not path.name.lower().endswith(_SUFFIXES):
            raise FileNotUnderstoodError(
                path,
                "this format is not supported",
                f"deliver one of {', '.join(_SUFFIXES)}, or move it away",
            )
    found = []
    for path, stamp in _settled(paths):
        mapping = mapping_path(path, mappings and mappings / table.family / table.folder)
        file = Delivered(path, mapping, _hash(path, mapping), stamp)
        bytes_of_file, _, rules = file.content_hash.partition(":")
        before = f"{rewritten.get(bytes_of_file, bytes_of_file)}:{rules}"
        if file.is_unchanged() and known.get(path.name) not in (file.content_hash, before):
            found.append(file)
    return found


def _refuse_unknown_folders(inbox: Path) -> None:
    read = {inbox / table.family / table.folder for table in FILE_TABLES}
    families = {folder.parent for folder in read}
    for path in [*inbox.glob("*"), *(path for family in families for path in family.glob("*"))]:
        if path not in read | families and not path.name.startswith("."):
            known = ", ".join(sorted(str(folder.relative_to(inbox)) for folder in read))
            raise FileNotUnderstoodError(path, "nothing is read from here", f"put files into one of {known}")


def _is_meant(path: Path) -> bool:
    return not (path.is_dir() or path.name.startswith((".", "~$")) or path.name.lower().endswith(_NO_DATA))


def _settled(paths: list[Path]) -> list[tuple[Path, tuple[int, int]]]:
    """The files nobody is writing to, with size and time. Waits only if one has just been changed."""
    stamps = {path: _stamp(path) for path in paths}
    if any(abs(time.time() - changed / 1e9) < _SETTLED_SECONDS for _, changed in stamps.values()):
        time.sleep(_SETTLED_SECONDS)
    return [(path, stamp) for path, stamp in stamps.items() if path.exists() and _stamp(path) == stamp]


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _hash(path: Path, mapping: Path | None) -> str:
    """The hash of the file's bytes and, after a colon, that of its mapping: either may change alone."""
    rules = hashlib.blake2b(mapping.read_bytes() if mapping else b"", digest_size=8)
    return f"{bytes_hash(path)}:{rules.hexdigest()}"


def bytes_hash(path: Path) -> str:
    """The first part of the hash under which a reading of this file is recorded in `intake`."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
