"""A pack comes from anybody: what is none is refused before a byte of it is used; nothing is unpacked."""

from __future__ import annotations

import os
import stat
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from publication import evidence, pack, proof
from publication.pack import PackError

FILES = {"figures.csv": b"nps\n1\n", "ledger/rows.csv": b"position\n1\n"}


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = pack.write(tmp_path / "good", FILES)[1]
    assert pack.open_checked(path).files == FILES
    return path


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes], kind: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as archive:
        for entry, text in entries:
            archive.writestr(entry, text)
    return path


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


NAMES = (
    "../outside",
    "/etc/passwd",
    "a/../../b",
    "a//b",
    "./a",
    "C:\\a",
    "..\\a",
    "c:a",
    "a\x1b[2Jb",
    "folder/",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "pack.zip", (zipfile.ZipInfo(name), b"x"))
    with pytest.raises(PackError, match="is no name of a file in a pack") as error:
        pack.open_checked(path)
    assert "\x1b" not in str(error.value)
    assert [each.name for each in tmp_path.iterdir()] == ["pack.zip"]


def test_a_link_is_refused_in_a_zip_and_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not for the pack")
    with pytest.raises(PackError, match=r"'a' in .* is a link or no file"):
        pack.open_checked(zipped(tmp_path / "pack.zip", (link("a"), b"/etc/passwd")))
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "a").symlink_to(tmp_path / "secret")
    with pytest.raises(PackError, match=r"'a' in .* is a link or no file"):
        pack.open_checked(folder)
    (folder / "a").unlink()
    (folder / "b").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(PackError, match=r"'b' in .* is a link or no file"):
        pack.open_checked(folder)


def test_what_waits_for_ever_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for pipe in (tmp_path / "pack.zip", tmp_path / "folder" / "figures.csv"):
        os.mkfifo(pipe)
    with pytest.raises(PackError, match="there is no pack"):
        pack.open_checked(tmp_path / "pack.zip")
    with pytest.raises(PackError, match="is a link or no file"):
        pack.open_checked(tmp_path / "folder")


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_is_refused_without_being_read(tmp_path: Path, kind: int) -> None:
    path = zipped(tmp_path / "bomb.zip", ("figures.csv", bytes(4_000_000)), kind=kind)
    assert path.stat().st_size < 100_000
    tracemalloc.start()
    with pytest.raises(PackError, match="is compressed"):
        pack.open_checked(path)
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()


def test_files_that_overlap_are_refused(good: Path, tmp_path: Path) -> None:
    """Every entry of the directory points at the same bytes: small on disk, large when read."""
    text = zipped(tmp_path / "one.zip", ("a", bytes(100_000))).read_bytes()
    start = text.index(b"PK\x01\x02")
    end = text.index(b"PK\x05\x06")
    entry, last = text[start:end], bytearray(text[end:])
    entries = b"".join(entry[:46] + bytes([97 + place]) + entry[47:] for place in range(20))
    struct.pack_into("<HHLL", last, 8, 20, 20, len(entries), start)
    (tmp_path / "many.zip").write_bytes(text[:start] + entries + bytes(last))
    with pytest.raises(PackError, match="they overlap"):
        pack.open_checked(tmp_path / "many.zip")


def grown(path: Path, size: int) -> Path:
    """As large as it is said to be, without taking the disk."""
    with path.open("ab") as opened:
        opened.truncate(size)
    return path


def test_what_is_larger_than_evidence_is_refused_at_once(good: Path) -> None:
    began = time.monotonic()
    with pytest.raises(PackError, match="is larger than evidence is"):
        pack.open_checked(grown(good, pack.MOST_BYTES + 1))
    grown(good.with_suffix("") / "figures.csv", pack.MOST_BYTES + 1)
    with pytest.raises(PackError, match="is larger than evidence is"):
        pack.open_checked(good.with_suffix(""))
    assert time.monotonic() - began < 5


def test_a_name_that_occurs_twice_is_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "pack.zip", ("a", b"1"), ("a", b"2"))
    with pytest.raises(PackError, match="a occurs twice"):
        pack.open_checked(path)


def encrypted(text: bytes) -> bytes:
    """The flag that says so, in both headers of the first file."""
    changed, directory = bytearray(text), text.index(b"PK\x01\x02")
    changed[6] |= 1
    changed[directory + 8] |= 1
    return bytes(changed)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: b"",
        lambda text: b"PK\x05\x06" + bytes(18),
        lambda text: text[:-10],
        lambda text: text + b"more",
        lambda text: b"more" + text,
        lambda text: text[:10] + b"\xff" + text[11:],
        encrypted,
    ],
    ids=["empty", "no files", "cut", "something after", "something before", "a changed byte", "encrypted"],
)
def test_what_is_no_whole_zip_is_refused(good: Path, spoil: Callable[[bytes], bytes]) -> None:
    good.write_bytes(spoil(good.read_bytes()))
    with pytest.raises(PackError):
        pack.open_checked(good)


def test_the_rest_of_a_pack_cannot_hold_up_the_verification(tmp_path: Path) -> None:
    """A band of a thousand million scores, and JSON that is nested without end."""
    definition = "definition_version,element,item,value_text\n1,score_band,promoter,0-1000000000\n"
    opened = pack.Pack(tmp_path, {evidence.DEFINITION: definition.encode()})
    with pytest.raises(PackError, match="has a band of 0 to 1000000000"):
        proof.by_definition(opened, [])
    nested = {**FILES, evidence.PUBLICATION: b"[" * 100_000}
    with pytest.raises(PackError, match="was not written by this project"):
        proof.verify(pack.write(tmp_path / "nested", nested)[1])
