"""`nps listen`: when it does not start, and why."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from tests.companies import ROOT


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "company"
    shutil.copytree(ROOT / "company" / "starter", folder)
    monkeypatch.setenv("NPS_COMPANY", str(folder))
    return folder


def refusal() -> str:
    result = CliRunner().invoke(app, ["listen"])
    assert result.exit_code == 2
    return " ".join(result.stderr.split())


def test_it_does_not_start_where_nobody_may_post(company: Path) -> None:
    assert "write [receiver.SENDER] into" in refusal()


def test_it_does_not_start_with_half_a_sender(company: Path) -> None:
    (company / "secrets.toml").write_text('[receiver.surveymonkey]\nclient_id = "x"\n')
    assert "secrets.toml:1: [receiver.surveymonkey] needs client_secret" in refusal()


def test_it_does_not_start_beside_simulated_answers(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (state / "demo").mkdir(parents=True)
    (state / "demo" / "state.json").write_text("{}")
    assert "holds the simulated company" in refusal()
