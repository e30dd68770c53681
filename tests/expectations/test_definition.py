"""The company's tables as the guard reads them: whole versions, or refused by name."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from expectations import definition, definition_rows, governed_tables
from tests.companies import VERDANT
from tests.company.test_checking import replaced


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the simulated company, of which the guard now speaks."""
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path / "acme"))
    return Path(shutil.copytree(VERDANT, tmp_path / "acme"))


def test_the_first_version_is_the_methodologys() -> None:
    first = definition.versions()[0]
    assert (first.version, first.valid_from, first.valid_to) == ("2023.1", date(2000, 1, 1), None)
    assert [first.bands[score] for score in range(11)] == [
        *["detractor"] * 7,
        *["passive"] * 2,
        *["promoter"] * 2,
    ]
    assert definition.WEIGHTS == {"detractor": -100, "passive": 0, "promoter": 100}
    assert [dict(first.floors)[name] for name in definition.FLOORS] == [0, 5, 30, 100]
    assert first.tiers[0] == ("strategic", 100_000)
    assert first.window_days == {"relationship": 180, "transactional": 90}


def test_bands_are_the_guards_own(folder: Path) -> None:
    """A company that writes another band into its table does not make it one."""
    replaced("definition/nps_score_bands.csv", ",6,detractor,-100", ",6,passive,0")(folder)
    assert "('2023.1', 6, 'detractor', -100)" in definition_rows.stated("nps_score_bands", "bands")


def test_whatever_a_text_holds_it_stays_a_text(folder: Path) -> None:
    """A quote ends no literal, and Great Expectations fills nothing into braces."""
    replaced("definition/nps_questions.csv", "Asked after each renewal", "It's {batch}")(folder)
    assert "'It''s {{batch}}'" in definition_rows.stated("nps_questions", "questions")


def test_without_a_company_there_is_no_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NPS_COMPANY")
    with pytest.raises(ValueError, match="NPS_COMPANY is not set"):
        governed_tables.tables()
