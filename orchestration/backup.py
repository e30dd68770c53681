"""A state folder in one file, and back: what cannot be made again, each byte known by its SHA-256.

A backup is a tar archive whose last member lists the others. It is written while no refresh runs; files to
which other processes only add (received posts, the logs of cases and of the outbox) are taken up to the
length they had. On the way back nothing in the archive is believed: only listed files with plain names are
written, and only into an empty folder.

Belongs here: what is taken, and that it comes back byte for byte. Does not belong here: whether what came
back holds together (`cli/backing_up.py` asks the ledger), or the company's folder, which is kept elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Final

import orjson

from orchestration import privacy

LIST: Final = "backup.json"
FORMAT: Final = "nps backup 1"
#: Made anew by the next refresh, or of no use to it.
MADE_AGAIN: Final = frozenset(
    (
        "dagster",
        "data_docs",
        "dbt_project",
        "dbt_target",
        "fast",
        "health",
        "logs",
        "refresh.lock",
        "reports",
        "scratch",
    )
)
KEPT: Final = tuple(name for name in privacy.OURS if name not in MADE_AGAIN)
_CHUNK: Final = 1 << 20
_MOST_LISTED: Final = 1 << 28


class BackupError(Exception):
    """The archive is no sound backup, or there is no place for it. The message says which file and why."""


@dataclass(frozen=True)
class Entry:
    """One file: its SHA-256 and length. Where it leads, if it is the link of the published copy. Or that it
    is an empty folder: dlt has some, and misses them."""

    sha256: str = ""
    bytes: int = 0
    leads_to: str = ""
    is_folder: bool = False


def write(home: Path, archive: Path) -> dict[str, Entry]:
    """Write what `home` holds into a new archive, which is there whole or not at all.

    Raises BackupError where the archive exists already or there is nothing to keep; OSError as the disk does.
    """
    if archive.exists():
        raise BackupError(f"{archive} exists already; a backup never takes the place of another")
    listed: dict[str, Entry] = {}
    half = archive.with_name(f".{archive.name}.half")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            with tarfile.open(fileobj=raw, mode="w") as tar:
                for path in _files(home):
                    listed[path.relative_to(home).as_posix()] = _add(tar, home, path)
                if not listed:
                    raise BackupError(f"{home} holds nothing to keep")
                _add_list(tar, listed)
            raw.flush()
            os.fsync(raw.fileno())
        half.rename(archive)
    finally:
        half.unlink(missing_ok=True)
    return listed


def restore(archive: Path, home: Path) -> dict[str, Entry]:
    """Write the files of a backup into `home`, which must be empty or not there, and compare every byte.

    Raises BackupError at the first thing that is not as it was listed; what was written until then stays.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupError(f"{home} is not empty; restore into a folder of its own and look at it first")
    try:
        with tarfile.open(archive, mode="r:") as tar:
            members = {member.name: member for member in tar}
            listed = _list(tar, archive, members)
            home.parent.mkdir(parents=True, exist_ok=True)
            _make_private(home)
            for name, entry in listed.items():
                _put(tar, archive, members.get(name), entry, home / _plain(name))
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{archive} is no whole backup: {error}") from error
    return listed


def _files(home: Path) -> Iterator[Path]:
    """Files, links and empty folders to keep, in the order of their names; of links nothing is followed."""
    for name in sorted(KEPT):
        top = home / name
        if top.is_file() or top.is_symlink():
            yield top
        for folder, folders, files in os.walk(top):
            folders.sort()
            links = [each for each in folders if Path(folder, each).is_symlink()]
            yield from (Path(folder, each) for each in sorted([*files, *links]))
            if not (folders or files):
                yield Path(folder)


def _add(tar: tarfile.TarFile, home: Path, path: Path) -> Entry:
    member = tarfile.TarInfo(path.relative_to(home).as_posix())
    if path.is_symlink():
        member.type, member.linkname = tarfile.SYMTYPE, str(path.readlink())
        tar.addfile(member)
        return Entry(leads_to=member.linkname)
    if path.is_dir():
        member.type = tarfile.DIRTYPE
        tar.addfile(member)
        return Entry(is_folder=True)
    with path.open("rb") as file:
        found = os.fstat(file.fileno())
        member.size, member.mtime, member.mode = found.st_size, int(found.st_mtime), found.st_mode & 0o700
        read = _Hashed(file)
        tar.addfile(member, read)
    return Entry(read.sha256.hexdigest(), member.size)


def _add_list(tar: tarfile.TarFile, listed: dict[str, Entry]) -> None:
    told = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "files": listed}
    data = orjson.dumps(told, option=orjson.OPT_INDENT_2)
    member = tarfile.TarInfo(LIST)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def _list(tar: tarfile.TarFile, archive: Path, members: dict[str, tarfile.TarInfo]) -> dict[str, Entry]:
    member = members.get(LIST)
    if member is None or not member.isreg() or member.size > _MOST_LISTED:
        raise BackupError(f"{archive} has no {LIST}: it is no backup, or was cut off")
    file = tar.extractfile(member)
    assert file is not None
    try:
        told = orjson.loads(file.read())
        listed = {name: Entry(**entry) for name, entry in told["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"{LIST} of {archive} cannot be read: {error}") from error
    if told["format"] != FORMAT:
        raise BackupError(f"{archive} is of the format {told['format']!r}, and this release reads {FORMAT!r}")
    return listed


def _plain(name: str) -> PurePosixPath:
    """The name, if it is one of a file of a state folder. Raises BackupError for any other."""
    path = PurePosixPath(name)
    if (
        path.is_absolute()
        or ".." in path.parts
        or not path.parts
        or path.parts[0] not in KEPT
        or "\0" in name
    ):
        raise BackupError(f"the backup lists {name!r}, which is no file of a state folder")
    return path


def _put(
    tar: tarfile.TarFile, archive: Path, member: tarfile.TarInfo | None, entry: Entry, path: Path
) -> None:
    _make_private(path if entry.is_folder else path.parent)
    if entry.is_folder:
        return
    if entry.leads_to:
        target = PurePosixPath(entry.leads_to)
        if path.name != "current" or target.is_absolute() or ".." in target.parts:
            raise BackupError(f"the backup has a link {path.name!r} to {entry.leads_to!r}: none that we make")
        path.symlink_to(target)
        return
    file = tar.extractfile(member) if member is not None and member.isreg() else None
    if file is None or member is None or member.size != entry.bytes:
        raise BackupError(f"{path.name} is listed and is not in {archive} as a file of {entry.bytes} bytes")
    read = _Hashed(file)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        while chunk := read.read(_CHUNK):
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    path.chmod(0o400 | member.mode & 0o200)  # a published version can only be read
    if read.sha256.hexdigest() != entry.sha256:
        raise BackupError(f"{path.name} in {archive} is not what was put there: its SHA-256 is another")


def _make_private(folder: Path) -> None:
    """The folder, and what is missing above it, for its owner alone, whatever the process lets others do."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir()
        folder.chmod(0o700)


class _Hashed:
    """A file that is read once, and hashed while it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.sha256.update(data)
        return data
