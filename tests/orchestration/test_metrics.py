"""`nps metric`: what is printed for people and for machines, and how a typed question is understood."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration.cli import app, metrics
from orchestration.environment import Home
from semantics import question
from semantics.question import Answer, Question
from semantics.vocabulary import Metric, Source

SOURCE = Source("answers", "answer", ("survey_type", "branch"))


def metric(name: str, label: str, unit: str | None = None) -> Metric:
    return Metric(name, label, "", SOURCE, False, None, None, unit)


ANSWER = Answer(
    split=("month", "survey_type"),
    metrics=(
        metric("responses", "Answers"),
        metric("nps", "NPS"),
        metric("response_rate", "Response rate", "share"),
        metric("revenue", "Revenue", "amount"),
    ),
    rows=(
        ("2025-12-01", "relationship", 1234, 12.25, 0.4235, Decimal("1234567.8900")),
        ("2025-12-01", "transactional", 4, None, None, None),
    ),
)


def printed(style: str, capsys: pytest.CaptureFixture[str]) -> str:
    console = Console(width=120)
    metrics.write(ANSWER, style, console)
    return capsys.readouterr().out


def test_people_get_labels_rounded_figures_and_no_figure_that_may_not_be_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    heading, shown, hidden = printed("table", capsys).splitlines()
    assert heading.split() == ["month", "survey", "type", "Answers", "NPS", "Response", "rate", "Revenue"]
    assert shown.split() == ["2025-12", "relationship", "1,234", "12.3", "42.4", "%", "1,234,568"]
    assert hidden.split() == ["2025-12", "transactional", "4"]


def test_machines_get_names_and_figures_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    heading, shown, hidden = printed("csv", capsys).splitlines()
    assert heading == "month,survey_type,responses,nps,response_rate,revenue"
    assert shown == "2025-12-01,relationship,1234,12.25,0.4235,1234567.8900"
    assert hidden == "2025-12-01,transactional,4,,,"
    assert json.loads(printed("json", capsys))[1] == {
        **{"month": "2025-12-01", "survey_type": "transactional", "responses": 4},
        **{"nps": None, "response_rate": None, "revenue": None},
    }


def test_a_typed_question_is_split_at_its_commas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Question] = []

    def ask(warehouse: Path, target: Path, published: object, what: Question) -> Answer:
        asked.append(what)
        return ANSWER

    monkeypatch.setattr(question, "ask", ask)
    metrics.ask(Home(tmp_path), tmp_path, "nps, responses", "branch,journey_stage,", "month", "plan = 'pro'")
    assert asked == [Question(("nps", "responses"), ("branch", "journey_stage"), "month", "plan = 'pro'")]


@pytest.mark.parametrize("arguments", [["metric", "nps"], ["metric"]])
def test_before_anything_was_built_it_says_what_to_do(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path))
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "run `nps refresh` or `nps demo` first" in " ".join(result.output.split())
    assert list(tmp_path.iterdir()) == []
