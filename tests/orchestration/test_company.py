"""Which company folder a run speaks for, what is refused before a load, and what dbt builds from."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from company import writing
from orchestration import dbt, environment, preflight
from orchestration.definitions import defs
from orchestration.environment import SIMULATED, STARTER, ConfigurationError


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    writing.write(tmp_path / "acme")
    return tmp_path / "acme"


@pytest.fixture(autouse=True)
def nobody_named(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the environment of every other test here was made."""
    monkeypatch.delenv("NPS_COMPANY")


def simulate(state: Path) -> None:
    (state / "demo").mkdir(parents=True)
    (state / "demo" / "state.json").write_text("{}")


def test_an_empty_folder_is_told_what_it_lacks(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.prepare()
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path / "empty"))
    with pytest.raises(ConfigurationError, match=r"config\.toml: it is not there"):
        preflight.refuse(environment.prepare())


def test_nobody_has_to_name_one(state: Path, acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.company() == STARTER
    simulate(state)
    assert environment.company() == SIMULATED
    monkeypatch.setenv("NPS_COMPANY", str(SIMULATED))
    assert environment.company() == SIMULATED


def test_what_is_named_holds(acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(acme.parent)
    monkeypatch.setenv("NPS_COMPANY", "acme")
    home = environment.prepare()
    assert os.environ["NPS_COMPANY"] == str(acme)
    linked = home.project / "definition" / "nps_questions.csv"
    assert linked.resolve() == acme / "definition" / "nps_questions.csv"
    assert (home.project / "models").resolve() == environment.CHECKOUT / "dbt_project" / "models"


def test_a_folder_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_COMPANY", "/nowhere")
    with pytest.raises(ConfigurationError, match=r"/nowhere.*nps init"):
        environment.prepare()


def test_a_state_folder_is_of_one_company(state: Path, acme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.prepare()  # an analyst's first look, before there is a company
    monkeypatch.setenv("NPS_COMPANY", str(acme))
    environment.prepare()
    other = shutil.copytree(acme, acme.with_name("other"))
    monkeypatch.setenv("NPS_COMPANY", str(other))
    with pytest.raises(ConfigurationError, match=r"the state of .*acme and not of .*other; set NPS_HOME"):
        environment.prepare()
    acme.rename(acme.with_name("moved"))
    monkeypatch.setenv("NPS_COMPANY", str(acme.with_name("moved")))
    environment.prepare()


def test_the_simulated_company_is_not_mixed_with_another(
    state: Path, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(state)
    monkeypatch.setenv("NPS_COMPANY", str(acme))
    with pytest.raises(ConfigurationError, match="holds the simulated company"):
        environment.prepare()


def test_a_folder_with_a_mistake_is_refused_before_anything_is_loaded(
    state: Path, acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = acme / "config.toml"
    config.write_text(config.read_text("utf-8").replace("release = 1", "release = 9"), "utf-8")
    monkeypatch.setenv("NPS_COMPANY", str(acme))
    with pytest.raises(ConfigurationError, match=r"config\.toml:6: it is of release 9.*upgrade\.md"):
        defs()
    assert not (state / "warehouse.duckdb").exists()


def test_a_version_that_is_published_stays_in_the_definition(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = environment.prepare()
    monkeypatch.setattr(preflight, "_published", lambda _: "1")
    preflight.refuse(home)
    monkeypatch.setattr(preflight, "_published", lambda _: "2023.1")
    with pytest.raises(ConfigurationError, match=r"under version 2023\.1.*NPS_COMPANY"):
        preflight.refuse(home)


def test_credentials_where_nobody_reads_them_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets.toml").touch()
    monkeypatch.setattr(preflight, "LEFT_BEHIND", tmp_path / "secrets.toml")
    with pytest.raises(ConfigurationError, match=r"secrets\.toml is no longer read.*upgrade\.md"):
        preflight.refuse(environment.prepare())


def test_a_changed_definition_is_another_project_to_parse(
    acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPS_COMPANY", str(acme))
    monkeypatch.setenv("NPS_VENDORS", "files")
    project = environment.prepare().project
    before = dbt.fingerprint(project)
    assert dbt.fingerprint(project) == before
    tiers = acme / "definition" / "customer_value_tiers.csv"
    tiers.write_text(tiers.read_text("utf-8").replace("25000", "26000"), "utf-8")
    assert dbt.fingerprint(project) != before
