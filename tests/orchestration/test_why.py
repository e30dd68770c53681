"""`nps why`: what changed in words, what it is made of, and what is said where nothing can be compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from orchestration.cli import why_view
from tests.publication import changes_published


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return changes_published.write(tmp_path)


def said(published: Path, by: str | None = None, grain: str = "month", against: str = "previous") -> str:
    console = Console(width=160)
    with console.capture() as captured:
        why_view.run(published, grain, against, None, by, "table", console)
    return captured.get()


def test_a_change_is_told_with_its_parts_and_cells(published: Path) -> None:
    text = said(published)
    assert "r, 2026-02 against 2026-01: NPS 25.0 to 26.7, +1.7 (" in text
    assert "chance alone may have made it" in text
    assert "+10.0 (" in text
    assert "-8.3 (" in text
    assert "came" not in text.split("\n")[1]
    assert "North B2" in text
    assert "40 to 80" in text
    assert "North B1" in said(published, by="branch")


def test_json_is_not_rounded_and_markdown_is_a_table(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    why_view.run(published, "month", "previous", "r", None, "json", Console())
    rows = json.loads(capsys.readouterr().out)
    (company,) = (row for row in rows if row["segment"] == "company")
    assert company["contribution"] == pytest.approx(5 / 3, abs=1e-9)
    assert {row["member"] for row in rows} == {"(all)", "B1", "B2"}
    why_view.run(published, "month", "previous", "r", None, "csv", Console())
    assert capsys.readouterr().out.startswith("survey_type,period_grain,")
    why_view.run(published, "month", "previous", "r", "branch", "md", Console())
    assert "| split by | scores moved | mix shifted |" in capsys.readouterr().out


def test_what_is_not_published_is_said(published: Path) -> None:
    with pytest.raises(LookupError, match="no month can be compared with the year before"):
        said(published, against="year")
    with pytest.raises(ValueError, match="choose one of month, quarter, trailing_365d"):
        said(published, grain="year")
    with pytest.raises(ValueError, match="choose one of previous, year"):
        said(published, against="budget")
    with pytest.raises(ValueError, match="choose one of branch"):
        said(published, by="plan")
    with pytest.raises(ValueError, match="choose one of r"):
        why_view.run(published, "month", "previous", "q", None, "table", Console())
