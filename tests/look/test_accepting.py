"""What `nps look` says and does: one screen, JSON, the inbox, and one line with a remedy where it cannot."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from expectations.rereading.mapping import mapping_file
from ingestion.files.mapping import mapping_path
from orchestration.cli import app
from tests.look import exports
from tests.look.looks import ROOT

ANSWERS = "id,nps,date\n" + "".join(f"R{score}x,{score},2025-03-13\n" for score in range(11))
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `nps look` on a file of that content, with an inbox of its own."""
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NPS_AS_OF", "2026-01-01")
    monkeypatch.delenv("NPS_COMPANY")

    def run(content: str | bytes, *options: str, name: str = "answers.csv") -> Result:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return CliRunner().invoke(app, ["look", str(path), *options])

    return run


def inbox(folder: Path) -> Path:
    return folder / "home" / "inbox" / "surveys" / "responses"


def test_one_screen(run: Run) -> None:
    said = run(exports.qualtrics()).stdout
    for text in (
        "Qualtrics",
        "first rows",
        "left out",
        "NPS 20.0 (-30.3 to 61.1)",
        "Not in a file",
        "[columns]",
    ):
        assert text in said
    assert len(said.splitlines()) < 50


def test_json(run: Run) -> None:
    found = json.loads(run(ANSWERS, "--format", "json").stdout)
    assert found["figures"][0]["responses"] == 11
    assert found["columns"] == {"response_id": "id", "score": "nps", "responded_at": "date"}
    assert {finding["about"] for finding in found["findings"]} >= {
        "encoding",
        "delimiter",
        "score",
        "date",
        "id",
    }


def test_a_companys_mappings_are_its_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    company = Path(shutil.copytree(ROOT / "demo" / "verdant", tmp_path / "company"))
    monkeypatch.setenv("NPS_COMPANY", str(company))
    assert run(ANSWERS, "--accept").exit_code == 0
    assert [path.name for path in inbox(tmp_path).iterdir()] == ["answers.csv"]
    mapping = company / "mappings" / "surveys" / "responses" / "answers.toml"
    assert mapping_path(inbox(tmp_path) / "answers.csv", mapping.parent) == mapping
    assert mapping_file(inbox(tmp_path) / "answers.csv") == mapping


def test_accepting_puts_file_and_mapping_into_the_inbox(run: Run, tmp_path: Path) -> None:
    assert run(ANSWERS, "--accept").exit_code == 0
    assert sorted(path.name for path in inbox(tmp_path).iterdir()) == ["answers.csv", "answers.toml"]
    assert (inbox(tmp_path) / "answers.csv").read_text() == ANSWERS
    assert 'score = "nps"' in (inbox(tmp_path) / "answers.toml").read_text()
    again = run(ANSWERS, "--accept")
    assert again.exit_code == 0
    assert "was already" in again.stdout


def test_another_file_is_not_overwritten_but_when_asked_to(run: Run, tmp_path: Path) -> None:
    run(ANSWERS, "--accept")
    corrected = ANSWERS + "R12x,9,2025-03-14\n"
    refused = run(corrected, "--accept")
    assert refused.exit_code == 2
    assert "exists with other content; rename yours, or use --replace" in refused.stderr
    assert (inbox(tmp_path) / "answers.csv").read_text() == ANSWERS
    assert run(corrected, "--accept", "--replace").exit_code == 0
    assert (inbox(tmp_path) / "answers.csv").read_text() == corrected


def test_a_mapping_of_another_file_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    """`answers.csv` and `answers.march.csv` have the same mapping, by the name before the first dot."""
    run(ANSWERS, "--accept")
    refused = run(ANSWERS.replace(",", ";"), "--accept", name="answers.march.csv")
    assert refused.exit_code == 2
    assert "exists with other content" in refused.stderr
    assert not (inbox(tmp_path) / "answers.march.csv").exists()
    assert run(ANSWERS, "--accept", name="mapping.csv").exit_code == 2


def test_a_file_system_without_links(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Path) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert run(ANSWERS, "--accept").exit_code == 0
    assert sorted(path.name for path in inbox(tmp_path).iterdir()) == ["answers.csv", "answers.toml"]


def test_a_name_that_is_taken_meanwhile_is_left_alone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = shutil.copyfile

    def copy_late(source: Path, target: Path) -> None:
        (inbox(tmp_path) / "answers.csv").write_text("another")
        copied(source, target)

    monkeypatch.setattr("look.accepting.shutil.copyfile", copy_late)
    refused = run(ANSWERS, "--accept")
    assert refused.exit_code == 2
    assert "another program has just written it" in refused.stderr
    assert (inbox(tmp_path) / "answers.csv").read_text() == "another"
    assert not list(inbox(tmp_path).glob(".*"))


def test_what_is_unsure_and_decides_has_to_be_settled_first(run: Run, tmp_path: Path) -> None:
    unsure = ANSWERS.replace("2025-03-13", "01/02/2025")
    refused = run(unsure, "--accept")
    assert refused.exit_code == 2
    assert "use --date-order dmy or mdy" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not inbox(tmp_path).exists()
    assert run(unsure, "--accept", "--date-order", "mdy").exit_code == 0


def test_a_date_for_all(run: Run, tmp_path: Path) -> None:
    undated = "id,nps\nRa,9\nRb,2\n"
    assert "use --date 2026-01-31" in " ".join(run(undated).stdout.split())
    assert run(undated, "--accept", "--date", "2025-03-13").exit_code == 0
    assert '[defaults]\nresponded_at = "2025-03-13"' in (inbox(tmp_path) / "answers.toml").read_text()


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("", (), "it is empty"),
        (ANSWERS, ("--column", "score=none"), 'there is no column "none"'),
        (ANSWERS, ("--column", "points=nps"), '"points" is not a column of answers'),
        (ANSWERS, ("--column", "score"), "write it as --column score=HEADER"),
        (ANSWERS, ("--timezone", "Mars/Base"), "which is unknown"),
        ("id,nps,date\n", (), "there is no row below the header"),
    ],
)
def test_an_error_is_one_line(content: str, options: tuple[str, ...], said: str, run: Run) -> None:
    refused = run(content, *options)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_or_of_no_format(run: Run, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["look", str(tmp_path / "none.csv")]).exit_code == 2
    assert "this format is not supported" in run("x", name="answers.docx").stderr


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, orchestration.cli.looking\n"
        "print([name for name in ('dagster', 'dbt', 'dlt', 'great_expectations') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
