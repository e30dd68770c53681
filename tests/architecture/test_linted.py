"""No model stays unread by sqlfluff: what changed is read at once, the others take turns."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests import linted

DAY = date(2026, 11, 30)
NOW = {f"m{number}.sql": f"text {number}" for number in range(10)}
CLEAN = {name: (text, "rules") for name, text in NOW.items()}


def test_what_is_known_to_be_clean_is_not_read_again() -> None:
    assert linted.due(NOW, "rules", CLEAN, set(NOW), 1, DAY) == []


def test_of_a_clean_clone_every_model_has_its_day() -> None:
    days = [DAY + timedelta(days=number) for number in range(4)]
    read = [name for day in days for name in linted.due(NOW, "rules", {}, set(), 4, day)]
    assert sorted(read) == sorted(NOW)


def test_what_changed_is_read_on_any_day() -> None:
    edited = linted.due(NOW, "rules", {}, {"m3.sql", "gone.sql"}, 100, DAY)
    changed = linted.due(NOW | {"m4.sql": "other"}, "rules", CLEAN, set(), 100, DAY)
    drawn = linted.due(NOW, "rules", {}, set(), 100, DAY)
    assert set(edited) - set(drawn) == {"m3.sql"}
    assert set(changed) == {"m4.sql"}


def test_under_other_rules_nothing_is_known() -> None:
    assert linted.due(NOW, "other rules", CLEAN, set(), 1, DAY) == sorted(NOW)


@pytest.mark.parametrize("part", ["dbt_project/macros/a.sql", "dbt_project/vars.yml", "requirements.lock"])
def test_all_that_renders_a_model_is_around_it(tmp_path: Path, part: str) -> None:
    for name in ("dbt_project/macros/a.sql", "dbt_project/vars.yml", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("[tool.sqlfluff]\n")
    (tmp_path / "dbt_project" / "dbt_project.yml").touch()
    before = linted.surroundings(tmp_path)
    assert linted.surroundings(tmp_path) == before
    (tmp_path / part).write_text("another")
    changed = linted.surroundings(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.sqlfluff]\nrules = 1\n")
    assert len({before, changed, linted.surroundings(tmp_path)}) == 3


def test_edited_is_what_the_last_commit_changed_and_what_nobody_committed(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    for name in ("first", "last", "open"):
        (tmp_path / name).write_text("1")
        git("add", name)
        git("commit", "-m", name)
    (tmp_path / "first").write_text("2")
    (tmp_path / "new").touch()
    assert linted.edited(tmp_path) == {"open", "first", "new"}
    git("update-ref", "-d", "HEAD")
    git("commit", "-m", "the only one")
    (tmp_path / "last").write_text("2")
    assert linted.edited(tmp_path) == {"last", "first", "new"}
    assert linted.edited(tmp_path.parent) == set()


@pytest.mark.parametrize("code", [0, 1])
def test_only_what_was_found_clean_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int
) -> None:
    monkeypatch.setattr(linted, "KEPT", tmp_path / "kept" / "clean.json")
    monkeypatch.setattr(linted, "LINT", (sys.executable, "-c", f"raise SystemExit({code})"))
    monkeypatch.delenv("LINT_SHARE", raising=False)
    assert linted.main() == code
    known = linted.kept(linted.KEPT)
    assert bool(known) is (code == 0)
    assert all((linted.ROOT / name).is_file() for name in known)
