"""State folders, the as-of day and what a run leaves in the environment."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from orchestration import environment
from orchestration.environment import ConfigurationError


def test_as_of_defaults_to_tomorrow_so_that_today_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NPS_AS_OF", raising=False)
    before = datetime.now(UTC).date()
    assert environment.as_of() in {before + timedelta(days=1), before + timedelta(days=2)}


def test_as_of_is_the_day_that_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_AS_OF", "2026-01-31")
    assert environment.as_of() == date(2026, 1, 31)


@pytest.mark.parametrize("value", ["yesterday", "31.01.2026", "2026-02-30"])
def test_a_day_that_is_none_names_the_variable(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_AS_OF", value)
    with pytest.raises(ConfigurationError, match="NPS_AS_OF"):
        environment.as_of()


def test_prepare_makes_paths_absolute_and_telemetry_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NPS_HOME", "state")
    monkeypatch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "true")
    with environment.restored():
        home = environment.prepare()
        assert os.environ["NPS_HOME"] == str(tmp_path / "state") == str(home.path)
        assert os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
        assert (home.dagster / "dagster.yaml").read_text() == (
            environment.CHECKOUT / "dagster.yaml"
        ).read_text()
    assert os.environ["NPS_HOME"] == "state"
    assert os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "true"


def test_a_version_to_restate_under_is_not_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Left in somebody's shell it would have a refresh build beside what it then publishes."""
    monkeypatch.setenv("NPS_DEFINITION", "2023.1")
    environment.prepare()
    assert "NPS_DEFINITION" not in os.environ


def test_a_home_that_cannot_be_written_is_a_configuration_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "file"))
    with environment.restored(), pytest.raises(ConfigurationError, match="NPS_HOME"):
        environment.prepare()
