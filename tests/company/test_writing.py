"""`nps init`: a whole folder, secrets for one pair of eyes, nothing overwritten."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from company import writing
from orchestration import environment
from orchestration.cli import app


def test_the_folder_is_whole_and_its_secrets_are_its_owners(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["init", str(tmp_path / "acme")])
    assert done.exit_code == 0, done.output
    folder = tmp_path / "acme"
    assert {path.name for path in folder.iterdir()} == {
        *("definition", "approved", "mappings", "config.toml", "secrets.toml", ".gitignore", "README.md"),
    }
    assert stat.S_IMODE((folder / "secrets.toml").stat().st_mode) == 0o600
    assert (folder / ".gitignore").read_text("utf-8").split() == ["secrets.toml"]
    assert 'name = "acme"' in (folder / "config.toml").read_text("utf-8")
    assert f"export NPS_COMPANY={folder}" in done.stdout
    assert "approved by nps-warehouse alone" in done.stdout
    checked = CliRunner().invoke(app, ["check", str(folder)])
    assert checked.exit_code == 0
    assert checked.stdout.splitlines() == [
        "approved by the author alone: nps-warehouse",
        f"{folder}: in order",
    ]


def test_a_repository_may_be_there_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "acme" / ".git").mkdir(parents=True)
    writing.write(tmp_path / "acme")
    before = {path: path.read_bytes() for path in (tmp_path / "acme").rglob("*") if path.is_file()}
    done = CliRunner().invoke(app, ["init", str(tmp_path / "acme")])
    assert done.exit_code == 2
    assert "is not empty" in done.stderr
    assert done.stderr.count("\n") == 1
    assert before == {path: path.read_bytes() for path in (tmp_path / "acme").rglob("*") if path.is_file()}


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(writing.FolderInUseError, match="give another"):
        writing.write(tmp_path / "file")


def test_check_lists_every_mistake_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_COMPANY", "")  # `--company` sets it for the process: it is put back afterwards
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "home"))  # the checkout's may be the demo's
    folder = tmp_path / "acme"
    writing.write(folder)
    (folder / "config.toml").write_text("[company]\nrelease = 1\n", "utf-8")
    (folder / "definition" / "journey_stages.csv").unlink()
    done = CliRunner().invoke(app, ["--company", str(folder), "check"])
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert lines[0].startswith("config.toml:1: the company has no name; ")
    assert lines[1].startswith("definition/journey_stages.csv: it is not there; ")
    assert lines[-1] == f"{folder}: 2 mistakes"


def test_check_judges_the_folder_whosever_state_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "home" / "demo" / environment.STATE_FILE
    state.parent.mkdir(parents=True)
    state.write_text("{}", "utf-8")
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NPS_COMPANY", "")
    writing.write(tmp_path / "acme")
    done = CliRunner().invoke(app, ["--company", str(tmp_path / "acme"), "check"])
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.endswith(f"{tmp_path / 'acme'}: in order\n")


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", str(tmp_path / "nowhere")])
    assert (done.exit_code, done.stderr.count("\n")) == (2, 1)
    assert "nps init" in done.stderr
