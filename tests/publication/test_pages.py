"""Pages belong to their version: made with it, sealed with it, and never without it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from publication import manifest, pages
from publication.pages import Stand
from publication.publish import publish, stands

AS_OF = date(2026, 4, 1)


def maker(database: Path, stand: Stand, to: Path) -> None:
    """One page with what it is told."""
    with duckdb.connect(database, read_only=True) as tables:
        [(figures,)] = tables.execute("select count(*) from nps_scores").fetchall()
    to.mkdir()
    (to / pages.INDEX).write_text(f"{figures} figures, {stand.sequence}, {stand.head}, {stand.as_of}")


def test_pages_are_made_of_the_version_and_named_in_its_manifest(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF, maker=maker)
    said = manifest.read(report.path)
    page = report.path / pages.FOLDER / pages.INDEX
    assert page.read_text() == f"9 figures, 1, {said.ledger_head}, 2026-04-01"
    assert said.pages == pages.digest(report.path / pages.FOLDER)
    assert page.stat().st_mode & 0o222 == 0
    assert stands(published, report.version, ledger_folder=published.parent / "ledger")


def test_a_version_does_not_stand_with_a_changed_page(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF, maker=maker)
    page = report.path / pages.FOLDER / pages.INDEX
    page.chmod(0o644)
    page.write_text("better figures")
    assert not stands(published, report.version, ledger_folder=published.parent / "ledger")
    again = publish(warehouse, published, AS_OF, maker=maker)
    assert again.changed
    assert (again.path / pages.FOLDER / pages.INDEX).read_text().startswith("9 figures")


def test_without_a_maker_there_are_no_pages(warehouse: Path, published: Path) -> None:
    report = publish(warehouse, published, AS_OF)
    assert manifest.read(report.path).pages is None
    assert not (report.path / pages.FOLDER).exists()


def test_pages_that_fail_leave_the_last_publication(warehouse: Path, published: Path) -> None:
    def failing(database: Path, stand: Stand, to: Path) -> None:
        raise RuntimeError("no page")

    with pytest.raises(RuntimeError, match="no page"):
        publish(warehouse, published, AS_OF, maker=failing)
    assert not (published / "current").exists()


def test_the_digest_sees_names_and_bytes(tmp_path: Path) -> None:
    def of(**files: str) -> str:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, text in files.items():
            (folder / name).write_text(text)
        return pages.digest(folder)

    assert of(a="1", b="2") == of(b="2", a="1")
    assert len({of(a="1", b="2"), of(a="2", b="1"), of(a="12", b=""), of(a="1", c="2")}) == 4
