"""dbt in this process, on a project of one model: what it leaves, what it says, what it lets go of."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.contracts.graph.manifest import Manifest

from orchestration import dbt, environment
from orchestration.environment import ConfigurationError

MODEL = "select 1 as id union all select 1 as id"
TESTED = """
models:
  - name: numbers
    columns:
      - name: id
        data_tests: [unique]
"""


@pytest.fixture
def project(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a model whose only test fails, in a home of its own that shares nothing."""
    monkeypatch.delenv("NPS_PARSED")
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    shutil.copy(environment.CHECKOUT / "dbt_project" / "profiles.yml", folder)
    (folder / "dbt_project.yml").write_text("name: numbers\nprofile: nps_warehouse\nmodel-paths: [models]\n")
    (folder / "models" / "numbers.sql").write_text(MODEL)
    (folder / "models" / "numbers.yml").write_text(TESTED)
    environment.prepare()
    os.environ["NPS_VENDORS"] = "files"
    return folder


def test_a_build_names_what_failed_and_leaves_its_records(project: Path, tmp_path: Path) -> None:
    before, here = dict(os.environ), Path.cwd()
    heard: list[str] = []
    folder = dbt.build_folder("numbers", "run")
    ended = dbt.build([], folder, lambda said: heard.append(said.info.name), project)
    assert not ended.success
    assert dbt.failed_nodes(ended) == [
        "unique_numbers_id: Got 1 result, configured to fail if != 0",
    ]
    assert {"LogModelResult", "LogTestResult"} <= set(heard)
    results = json.loads((folder / "run_results.json").read_text("utf-8"))["results"]
    assert {result["status"] for result in results} == {"success", "fail"}
    assert [path.read_text("utf-8") for path in folder.glob("compiled/*/models/*.sql")] == [MODEL]
    assert (dict(os.environ), Path.cwd()) == (before, here)
    with duckdb.connect(str(environment.home().warehouse)) as connection:  # dbt has let go of it
        assert connection.execute("select count(*) from main.numbers").fetchall() == [(2,)]


def test_what_was_parsed_is_kept_until_anything_it_is_made_from_changes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parses: list[list[str]] = []
    parse = dbt.run

    def counted(arguments: list[str], **rest: Any) -> Any:
        parses.append(arguments)
        return parse(arguments, **rest)

    def again() -> Manifest:
        """As another process would: nothing is in memory."""
        dbt._parsed.cache_clear()
        dbt.prepared_manifest(["files"], project)
        dbt._parsed.cache_clear()
        return dbt.parsed(project)

    monkeypatch.setattr(dbt, "run", counted)
    first = again()
    assert len(parses) == 1
    assert again().writable_manifest().to_dict() == first.writable_manifest().to_dict()
    assert len(parses) == 1
    assert dbt.is_prepared(["files"], project)
    assert not dbt.is_prepared(["files", "stripe"], project)
    monkeypatch.setenv("DBT_ANYTHING", "else")
    assert not dbt.is_prepared(["files"], project)
    monkeypatch.delenv("DBT_ANYTHING")
    (project / "models" / "numbers.sql").write_text("select 2 as id")
    assert not dbt.is_prepared(["files"], project)
    [model] = [node for node in again().nodes.values() if node.name == "numbers"]
    assert model.raw_code == "select 2 as id"
    assert len(parses) == 2
    (dbt.target() / dbt.KEPT).write_bytes(b"of something else")
    assert again().nodes.keys() == first.nodes.keys()
    assert len(parses) == 3


def test_state_folders_may_share_what_was_parsed(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "seeds").mkdir()
    (project / "seeds" / "letters.csv").write_text("letter\na\n")
    moved = shutil.copytree(project, tmp_path / "elsewhere" / "project")
    parses: list[list[str]] = []
    run = dbt.run

    def counted(arguments: list[str], **rest: Any) -> Any:
        parses.append(arguments)
        return run(arguments, **rest)

    monkeypatch.setattr(dbt, "run", counted)

    def parsed(name: str, of: Path) -> Manifest:
        monkeypatch.setenv("NPS_HOME", str(tmp_path / name))
        environment.prepare()
        dbt.prepared_manifest(["files"], of)
        return dbt.parsed(of)

    monkeypatch.setenv("NPS_PARSED", str(tmp_path / "shared"))
    first, second = parsed("one", project), parsed("two", moved)
    assert len(parses) == 1
    assert {*first.nodes} == {*second.nodes}
    assert second.nodes["seed.numbers.letters"].root_path == str(moved)  # type: ignore[union-attr]
    assert {path.name for path in dbt.target().iterdir()} >= {dbt.KEPT, *dbt.ARTIFACTS}
    ended = dbt.run(["seed"], project=moved, manifest=second)
    assert ended.success, ended.exception
    (moved / "seeds" / "letters.csv").write_text("letter\nb\n")
    parsed("three", moved)
    assert [words[-1] for words in parses] == ["parse", "seed", "parse"]


def test_what_others_may_write_is_not_read(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    monkeypatch.setenv("NPS_PARSED", str(shared))
    with pytest.raises(ConfigurationError, match=r"others may write.*chmod 700"):
        dbt.prepared_manifest(["files"], project)


def test_a_project_that_cannot_be_parsed_is_told_in_dbts_words(project: Path) -> None:
    (project / "models" / "numbers.sql").write_text("select * from {{ ref('letters') }}")
    with pytest.raises(ConfigurationError, match=r"cannot parse .*(?s:.)*letters"):
        dbt.prepared_manifest(["files"], project)


def test_only_the_newest_builds_are_kept(state: Path) -> None:
    environment.prepare()
    for age in range(4):
        folder = dbt.build_folder("marts", f"run{age}")
        folder.mkdir()
        os.utime(folder, (1_700_000_000 - age,) * 2)
    (dbt.target() / "restated").mkdir()
    dbt.forget_old_builds(keep=2)
    assert {path.name for path in dbt.target().iterdir()} == {"marts-run0", "marts-run1", "restated"}
