"""Nobody but its owner opens the state folder, and the published copy only who is named."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration import environment, privacy
from publication import versions


def modes(home: Path) -> dict[str, int]:
    """Every file and folder that others may do anything with."""
    everything = [home, *(path for path in home.rglob("*") if not path.is_symlink())]
    found = {str(path.relative_to(home)): stat.S_IMODE(path.stat().st_mode) for path in everything}
    return {name: mode for name, mode in found.items() if mode & privacy.PRIVATE}


def lived_in(home: Path) -> None:
    """A state folder as an earlier release left it: open to everybody."""
    with_mode = os.umask(0o022)
    for name in (
        "inbox/surveys/answers.csv",
        "dlt/nps/state.json",
        "published/versions/1/nps.duckdb",
        "mine/a",
    ):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("…")
    (home / "warehouse.duckdb").write_text("…")
    os.umask(with_mode)


def test_a_new_state_folder_is_its_owners(state: Path) -> None:
    with environment.restored():
        home = environment.prepare()
        (home.path / "warehouse.duckdb").write_text("…")
        home.ledger.mkdir()
    assert modes(state) == {}


def test_what_an_earlier_release_left_open_is_closed(state: Path) -> None:
    lived_in(state)
    elsewhere = state.parent / "elsewhere"
    elsewhere.write_text("…")
    elsewhere.chmod(0o644)
    (state / "dlt" / "link").symlink_to(elsewhere)
    with environment.restored():
        environment.prepare()
    assert set(modes(state)) == {"mine", "mine/a"}, "what is not ours is left as it is"
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644, "a link leads to what is not ours"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("readers", "way", "folder", "file"), [("group", 0o710, 0o750, 0o440), ("everyone", 0o711, 0o755, 0o444)]
)
def test_the_published_copy_is_opened_to_whom_the_setting_names(
    state: Path, monkeypatch: pytest.MonkeyPatch, readers: str, way: int, folder: int, file: int
) -> None:
    lived_in(state)
    monkeypatch.setenv("NPS_READERS", readers)
    with environment.restored():
        home = environment.prepare()
        fresh = versions.begin(home.published, "2")
        (fresh / "parquet").mkdir()
        (fresh / "parquet" / "nps_scores.parquet").write_text("…")
        versions.seal(fresh)
        versions.make_current(home.published, versions.settle(home.published, fresh, "2").name)
    found = {name: mode for name, mode in modes(state).items() if not name.startswith("mine")}
    assert found == {
        ".": way,
        **dict.fromkeys(("published", "published/versions", "published/versions/1"), folder),
        **dict.fromkeys(("published/versions/2", "published/versions/2/parquet"), folder),
        "published/versions/1/nps.duckdb": file,
        "published/versions/2/parquet/nps_scores.parquet": file,
    }


def test_readers_who_are_not_known_are_refused(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_READERS", "world")
    with pytest.raises(environment.ConfigurationError, match="use owner, group, everyone"):
        environment.prepare()


def test_a_process_that_loads_the_code_writes_private_files(state: Path) -> None:
    """Dagster's daemon and its runs import the definitions, and nothing else of ours."""
    code = "import os; from orchestration import environment; environment.prepare(); print(oct(os.umask(0)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == oct(privacy.PRIVATE)
