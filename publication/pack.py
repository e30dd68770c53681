"""An evidence pack as a container: a folder or a zip whose every byte can be checked without this project.

`manifest.json` lists every other file with its SHA-256. The zip holds the same files in name order, without
compression and with one fixed time. So equal evidence gives an equal zip on any machine, and a zip that
differs from the one its files give was changed.

A pack comes from somebody else, so nothing in it is believed: its names, kinds and sizes are judged before
a byte of a file is read, nothing is ever unpacked to disk, and what is compressed is refused, so that no file
is larger than it looks.

Belongs here: writing and opening packs. Does not belong here: what the files contain (`evidence`, `proof`).
"""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

MANIFEST = "manifest.json"
FORMAT = "nps evidence pack 1"
_TIME = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16
#: No evidence is larger; it is read into memory.
MOST_BYTES = 2**30
_MOST_FILES = 100_000
#: How a zip says that an entry is a file: it says nothing, or just that.
_FILES = (0, stat.S_IFREG)


class PackError(Exception):
    """The pack has changed since it was written, or cannot be written. The message names the file."""


@dataclass(frozen=True)
class Pack:
    """The checked content of a pack: bytes by name, without the manifest."""

    path: Path
    files: dict[str, bytes]

    def text(self, name: str) -> str:
        """A file as text. Raises PackError naming the file if it is missing or not UTF-8."""
        if name not in self.files:
            raise PackError(f"{self.path} has no {name}: the pack is incomplete")
        try:
            return self.files[name].decode("utf-8")
        except UnicodeDecodeError as error:
            raise PackError(f"{name} in {self.path} is not UTF-8 text ({error})") from error


def write(target: Path, files: Mapping[str, bytes]) -> tuple[Path, Path]:
    """Write a pack twice, as a folder and as a zip beside it, and return both paths.

    `target` names either (`evidence` or `evidence.zip`). Raises PackError if one of them already exists;
    nothing is ever overwritten.
    """
    folder = target.with_suffix("") if target.suffix == ".zip" else target
    archive = folder.with_name(f"{folder.name}.zip")
    for path in (folder, archive):
        if path.exists():
            raise PackError(f"{path} already exists; choose another name, evidence is never overwritten")
    whole = {**files, MANIFEST: _manifest(files)}
    for name in sorted(whole):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(whole[name])
    archive.write_bytes(_zipped(whole))
    return folder, archive


def open_checked(path: Path) -> Pack:
    """Open a folder or zip and check every byte. Raises PackError at the first error."""
    if not path.is_dir() and not path.is_file():
        raise PackError(f"there is no pack {path}")
    found = _folder(path) if path.is_dir() else _archive(path)
    if MANIFEST not in found:
        raise PackError(f"{path} has no {MANIFEST}: it is not an evidence pack")
    listed = _listed(path, found[MANIFEST])
    files = {name: text for name, text in found.items() if name != MANIFEST}
    for name in sorted(listed.keys() - files.keys()):
        raise PackError(f"{name} is missing in {path}")
    for name in sorted(files.keys() - listed.keys()):
        raise PackError(f"{name} in {path} is not in its {MANIFEST}: it does not belong to the pack")
    for name, text in files.items():
        if hashlib.sha256(text).hexdigest() != listed[name]:
            raise PackError(f"{name} in {path} was changed: its SHA-256 is not the one in {MANIFEST}")
    if found[MANIFEST] != _manifest(files):
        raise PackError(f"{MANIFEST} in {path} was changed: it does not have its original form")
    if path.is_file() and path.read_bytes() != _zipped(found):
        raise PackError(f"{path} was changed outside its files: in names, times or order")
    return Pack(path, files)


def _manifest(files: Mapping[str, bytes]) -> bytes:
    hashes = {name: hashlib.sha256(text).hexdigest() for name, text in files.items()}
    content = {"format": FORMAT, "files": hashes}
    return orjson.dumps(
        content, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    )


def _listed(path: Path, text: bytes) -> dict[str, str]:
    try:
        content = orjson.loads(text)
        if content["format"] != FORMAT:
            raise PackError(f"{path} is {content['format']!r}, this version reads {FORMAT!r}")
        return {str(name): str(digest) for name, digest in content["files"].items()}
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise PackError(f"{MANIFEST} in {path} was changed: it cannot be read ({error})") from error


def _folder(path: Path) -> dict[str, bytes]:
    files = {}
    for file in sorted(path.rglob("*")):
        name, mode = file.relative_to(path).as_posix(), file.lstat().st_mode
        if not stat.S_ISDIR(mode):
            files[name] = file
            _refuse(path, name, is_file=stat.S_ISREG(mode))
    _bounded(path, [file.stat().st_size for file in files.values()])
    return {name: file.read_bytes() for name, file in files.items()}


def _archive(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    size = path.stat().st_size
    _bounded(path, [size])
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            for entry in entries:
                _refuse(path, entry.filename, is_file=stat.S_IFMT(entry.external_attr >> 16) in _FILES)
                if (entry.compress_type, entry.compress_size) != (zipfile.ZIP_STORED, entry.file_size):
                    raise PackError(f"{entry.filename!r} in {path} is compressed; a pack's files are not")
            if sum(entry.file_size for entry in entries) > size:
                raise PackError(f"the files in {path} are larger than it is: they overlap")
            _bounded(path, [entry.file_size for entry in entries])
            for entry in entries:
                if entry.filename in found:
                    raise PackError(f"{entry.filename} occurs twice in {path}")
                try:
                    found[entry.filename] = archive.read(entry)
                except (zipfile.BadZipFile, RuntimeError, OSError, EOFError) as error:
                    raise PackError(f"{entry.filename} in {path} was changed ({error})") from error
    except (zipfile.BadZipFile, UnicodeDecodeError, RuntimeError, NotImplementedError) as error:
        raise PackError(f"{path} is not a readable zip ({error})") from error
    return found


def _refuse(path: Path, name: str, *, is_file: bool) -> None:
    """A name that leads elsewhere, or something that is no file: no pack of ours has any."""
    parts = name.split("/")
    if not name.isprintable() or {"", ".", ".."} & {*parts} or "\\" in name or ":" in name:
        raise PackError(f"{name!r} in {path} is no name of a file in a pack")
    if not is_file:
        raise PackError(f"{name!r} in {path} is a link or no file")


def _bounded(path: Path, sizes: Sequence[int]) -> None:
    if sum(sizes) > MOST_BYTES or len(sizes) > _MOST_FILES:
        raise PackError(
            f"{path} is larger than evidence is: at most {MOST_BYTES >> 20:,} MiB and {_MOST_FILES:,} files"
        )


def _zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3
            entry.external_attr = _MODE
            archive.writestr(entry, files[name])
    return buffer.getvalue()
