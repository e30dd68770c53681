"""What stands beside the publications: where `nps site` leads, and when the models are documented."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from orchestration import dbt, environment
from orchestration.cli import app
from orchestration.defs import documentation
from publication import manifest, versions
from review.reports import MODELS


@pytest.fixture
def published(state: Path) -> Path:
    """A version with pages."""
    home = environment.prepare()
    folder = versions.begin(home.published, "20260304T050607000000Z")
    (folder / "pages").mkdir()
    (folder / "pages" / "index.html").write_text("the score")
    said = manifest.Manifest(
        "20260304T050607000000Z", datetime.now(UTC), date(2026, 3, 4), "2023.1", None, {}, 7, "abc123", {}, {}
    )
    manifest.write(said, folder)
    settled = versions.settle(home.published, folder, "20260304T050607000000Z")
    versions.make_current(home.published, settled.name)
    return home.published


def test_the_command_opens_the_page_that_leads_to_everything(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", opened.append)
    done = CliRunner().invoke(app, ["site"])
    assert done.exit_code == 0, done.output
    index = environment.home().reports / "index.html"
    assert done.output.replace("\n", "").strip() == str(index)
    assert opened == [index.as_uri()]
    text = index.read_text("utf-8")
    assert "Publication 7" in text
    assert (index.parent / "../published/current/pages/index.html").resolve().read_text() == "the score"


def test_models_are_documented_where_pages_are_wanted(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not list(documentation.defs().assets or ())
    monkeypatch.delenv("NPS_PAGES")
    assert len(list(documentation.defs().assets or ())) == 1


def test_a_documentation_that_dbt_did_not_write_is_no_success(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = environment.prepare()
    monkeypatch.setattr(dbt, "parsed", lambda: None)
    monkeypatch.setattr(dbt, "run", lambda *_, **__: SimpleNamespace(success=False, exception="no columns"))
    with pytest.raises(documentation.DocumentationError, match="not documented its models: no columns"):
        documentation.write(home)
    assert not (home.reports / MODELS).exists()
