"""A backup holds what cannot be made again and comes back byte for byte; one that was changed is refused."""

from __future__ import annotations

import io
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import orjson
import pytest
from typer.testing import CliRunner

from orchestration import backup, privacy
from orchestration.backup import BackupError
from orchestration.cli import app


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A small state folder: a working file, a publication of one file, a log, and what is made again."""
    folder = tmp_path / "home"
    version = folder / "published" / "versions" / "20260101T000000000000Z"
    version.mkdir(parents=True)
    (version / "nps.parquet").write_bytes(b"figures")
    (version / "nps.parquet").chmod(0o444)
    (folder / "published" / "current").symlink_to(Path("versions") / version.name)
    for name, text in {
        "cases/00000001.jsonl": '{"state":"open"}\n',
        "inbox/surveys/a.csv": "score\n9\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "dlt" / "billing" / "normalize").mkdir(parents=True)
    for name in ("logs", "dbt_target", "notes of mine"):
        (folder / name).mkdir()
        (folder / name / "a.txt").write_text("not kept")
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        connection.execute("create table raw as select range as n from range(10)")
    return folder


def contents(folder: Path) -> dict[str, bytes | str]:
    """Each file's bytes and each link's target, of what a backup keeps."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in folder.rglob("*")
        if (path.is_symlink() or path.is_file()) and path.relative_to(folder).parts[0] in backup.KEPT
    }


def changed(archive: Path, change: Callable[[dict[str, bytes], dict[str, object]], object]) -> Path:
    """A copy whose members and list were changed."""
    with tarfile.open(archive) as tar:
        files = {each.name: tar.extractfile(each).read() for each in tar if each.isreg()}  # type: ignore[union-attr]
    told = orjson.loads(files.pop(backup.LIST))
    change(files, told)
    copy = archive.with_name("changed.tar")
    with tarfile.open(copy, "w") as tar:
        for name, data in {**files, backup.LIST: orjson.dumps(told)}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return copy


def test_all_that_cannot_be_made_again_comes_back(home: Path, tmp_path: Path) -> None:
    archive, back = tmp_path / "a.tar", tmp_path / "back"
    listed = backup.write(home, archive)
    assert backup.restore(archive, back) == listed
    assert contents(back) == contents(home)
    assert len(listed) == 6
    assert (back / "dlt" / "billing" / "normalize").is_dir()
    assert not {"logs", "dbt_target", "notes of mine"} & {path.name for path in back.iterdir()}
    assert (back / "published" / "current" / "nps.parquet").read_bytes() == b"figures"
    assert {stat.S_IMODE(path.stat().st_mode) for path in back.rglob("*") if path.is_dir()} == {0o700}
    modes = {name: stat.S_IMODE((back / name).stat().st_mode) for name in listed}
    assert modes["published/versions/20260101T000000000000Z/nps.parquet"] == 0o400
    assert {mode & 0o077 for name, mode in modes.items() if not listed[name].leads_to} == {0}
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_everything_of_a_state_folder_is_kept_or_made_again() -> None:
    """A folder that a release adds must be decided about, and a name that it drops must go."""
    assert {*backup.KEPT} | backup.MADE_AGAIN == {*privacy.OURS}
    assert {"cases", "outbox", "ledger", "heads", "received", "inbox", "warehouse.duckdb"} <= {*backup.KEPT}


def test_a_file_that_grows_meanwhile_is_kept_as_far_as_it_was(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = home / "cases" / "00000001.jsonl"
    before = log.read_bytes()
    add = tarfile.TarFile.addfile

    def addfile(tar: tarfile.TarFile, member: tarfile.TarInfo, file: io.BytesIO | None = None) -> None:
        if member.name.startswith("cases/"):
            log.write_bytes(before + b'{"state":"resolved"}\n')
        add(tar, member, file)

    monkeypatch.setattr(tarfile.TarFile, "addfile", addfile)
    backup.write(home, tmp_path / "a.tar")
    backup.restore(tmp_path / "a.tar", tmp_path / "back")
    assert (tmp_path / "back" / "cases" / "00000001.jsonl").read_bytes() == before


def test_nothing_is_written_over(home: Path, tmp_path: Path) -> None:
    archive = tmp_path / "a.tar"
    backup.write(home, archive)
    with pytest.raises(BackupError, match="exists already"):
        backup.write(home, archive)
    with pytest.raises(BackupError, match="is not empty"):
        backup.restore(archive, home)
    with pytest.raises(BackupError, match="nothing to keep"):
        backup.write(tmp_path / "elsewhere", tmp_path / "b.tar")
    assert {path.name for path in tmp_path.iterdir()} == {"home", "a.tar"}


FILE = "inbox/surveys/a.csv"


def renamed(name: str) -> Callable[[dict[str, bytes], dict[str, object]], object]:
    def change(files: dict[str, bytes], told: dict[str, dict[str, object]]) -> None:
        files[name] = files.pop(FILE)
        told["files"][name] = told["files"].pop(FILE)

    return change  # type: ignore[return-value]


def led(name: str, target: str) -> Callable[[dict[str, bytes], dict[str, object]], object]:
    entry = {"sha256": "", "bytes": 0, "leads_to": target}
    return lambda _, told: told["files"].update({name: entry})  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda files, _: files.update({FILE: b"score\n1\n"}), "is not what was put there"),
        (lambda files, _: files.update({FILE: b"score\n10\n"}), "as a file of 8 bytes"),
        (lambda files, _: files.pop(FILE), "is listed and is not in"),
        (lambda _, told: told.update(format="nps backup 9"), "of the format 'nps backup 9'"),
        (lambda _, told: told.pop("files"), "cannot be read"),
        (renamed("../outside.csv"), "no file of a state folder"),
        (renamed("/etc/outside.csv"), "no file of a state folder"),
        (renamed("inbox/../../outside.csv"), "no file of a state folder"),
        (renamed("elsewhere/a.csv"), "no file of a state folder"),
        (led("published/current", "/etc"), "none that we make"),
        (led("published/current", "../../.."), "none that we make"),
        (led("inbox/surveys/b.csv", "a.csv"), "none that we make"),
    ],
)
def test_a_backup_that_was_changed_is_refused(
    home: Path,
    tmp_path: Path,
    change: Callable[[dict[str, bytes], dict[str, object]], object],
    said: str,
) -> None:
    backup.write(home, tmp_path / "a.tar")
    hostile = changed(tmp_path / "a.tar", change)
    with pytest.raises(BackupError, match=said):
        backup.restore(hostile, tmp_path / "back")
    assert not list(tmp_path.rglob("outside.csv"))


@pytest.mark.parametrize("cut", [100, 700, 5_000])
def test_a_backup_that_was_cut_off_is_refused(home: Path, tmp_path: Path, cut: int) -> None:
    backup.write(home, tmp_path / "a.tar")
    (tmp_path / "cut.tar").write_bytes((tmp_path / "a.tar").read_bytes()[:cut])
    with pytest.raises(BackupError, match=r"no whole backup|has no backup\.json"):
        backup.restore(tmp_path / "cut.tar", tmp_path / "back")


def test_the_commands_try_what_they_wrote(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "published" / "current").unlink()
    monkeypatch.setenv("NPS_HOME", str(home))
    monkeypatch.delenv("NPS_VAULT_KEYS")
    for path, text in (
        (home / "vault" / "1.parquet", "sealed"),
        (tmp_path / "home.keys" / "vault.key", "ours"),
    ):
        path.parent.mkdir()
        path.write_text(f"what is {text}")
    archive = tmp_path / "kept" / "a.tar"
    archive.parent.mkdir()
    kept = CliRunner().invoke(app, ["backup", str(archive)])
    assert kept.exit_code == 0, kept.output
    assert "restored and checked: 6 files" in kept.output
    assert f"keep a copy of {home}.keys elsewhere" in "".join(kept.output.split("\n"))
    assert b"what is ours" not in archive.read_bytes()
    assert b"what is sealed" in archive.read_bytes()
    assert "1 tables, 0 publications" in kept.output
    assert [path.name for path in archive.parent.iterdir()] == ["a.tar"]
    back = CliRunner().invoke(app, ["restore", str(archive), "--to", str(tmp_path / "back")])
    assert back.exit_code == 0, back.output
    assert contents(tmp_path / "back") == contents(home)
    archive.unlink()
    (home / "warehouse.duckdb").write_bytes(b"no database")
    broken = CliRunner().invoke(app, ["backup", str(archive)])
    assert broken.exit_code == 1
    assert "warehouse.duckdb" in broken.output
