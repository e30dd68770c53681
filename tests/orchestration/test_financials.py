"""`nps show finance`: what is published of money, in words, for a terminal, a wiki and machines."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration.cli import app, financials
from tests.publication.money_published import published


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    published(tmp_path / "published")
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    return tmp_path


def said(home: Path, by: str = "company", horizon: int = 365) -> str:
    console = Console(width=200)
    with console.capture() as captured:
        financials.run(home / "published", by, horizon, None, "table", console)
    return captured.get()


def test_every_section_is_there_with_its_uncertainty(home: Path) -> None:
    text = said(home)
    for part in (
        *("60.0 %", "2,501", "each unit of revenue", "51.3 to 69.3", "indicative"),
        *("40.0 % [20.0 to 60.0]", "associated: they leave 4.0 times as often", "promoter → left", "700"),
        *("375", "187 to 750", "no figure: they do not leave distinguishably more often than promoters"),
        *("detractor, after 360 days", "80.0 % to 95.0 %", "too few accounts"),
        *("22.5", "16.0", "75.0 %", "-51.0 to 69.0", "n too small for a score"),
        *("10.0 %", "15.0 %", "37.5 %", "62.5 %", "-12.5 %", "no share: revenue did not grow"),
        "An association is no cause",
    ):
        assert part in text, part
    assert "after 270 days" not in text
    assert "over 3 years detractor" in said(home, "tenure")


def test_the_command_writes_markdown_and_json(home: Path) -> None:
    wiki = CliRunner().invoke(app, ["show", "finance", "--format", "md"])
    assert wiki.exit_code == 0, wiki.output
    assert "| detractor | 20 | 20.0 % | 1,500 | 15.0 % |" in wiki.output
    assert "| 2026-01-01 | 100 | 150 | 22.5 | 16.0 | 75.0 % | -51.0 to 69.0 |  |" in wiki.output
    assert "| 2025-01-01 | 40 | 30.0 % | 10.0 % | 15.0 % | 37.5 % | 62.5 % |  |" in wiki.output
    assert "\nPlacebo, relationship, bands exchanged" in wiki.output
    machine = CliRunner().invoke(app, ["show", "finance", "--format", "json"])
    whole = json.loads(machine.output)
    [of_type] = whole["survey_types"].values()
    assert of_type["at_risk"][0]["mrr_at_risk"] == 1499.5 * 0.25
    assert of_type["weighted_scores"][1]["nps"] == 60.25
    assert of_type["non_response"][0]["nps_if_alike"] == 16
    assert [row["placebo"] for row in of_type["placebos"]] == ["earlier", "earlier", "permuted", "permuted"]
    assert (whole["earned_growth"][-1]["earned_ratio"], len(whole["earned_growth"])) == (0.375, 4)


def test_a_placebo_that_is_associated_warns_under_the_table(home: Path) -> None:
    text = said(home)
    assert "windows that were over before they said it: does not warn." in text
    assert "tenure: WARNS: detractor 3.0 [1.5 to 6.0] of promoters'. Something other than" in text
    assert text.index("associated: they leave") < text.index("Placebo, relationship") < text.index("at risk,")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--by", "plan"), "choose one of company"),
        (("--horizon", "30"), "choose one of 365"),
        (("--survey-type", "ces"), "choose one of relationship"),
    ],
)
def test_what_is_not_published_is_one_line_and_code_2(
    home: Path, arguments: tuple[str, ...], words: str
) -> None:
    refused = CliRunner().invoke(app, ["show", "finance", *arguments])
    assert refused.exit_code == 2
    assert words in refused.stderr
