"""How long personal data is kept: whole days of known kinds, approved by somebody."""

from __future__ import annotations

from pathlib import Path

import pytest

from company import checking
from expectations import governed_tables
from ingestion.retention import FILE
from tests.companies import seal


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("[days", 0, "this is not TOML"),
        ("[weeks]\ntexts = 1\n", 1, "`weeks` is no section of it"),
        ("texts = 1\n", 1, "`texts` is no section of it"),
        ("[days]\ntexts = 7\nphones = 1\n", 3, "`phones` is no kind of personal data"),
        ("[days]\naddresses = 0\n", 2, "addresses = 0 is no period"),
        ('[days]\ntexts = "a year"\n', 2, "texts = 'a year' is no period"),
        ("[days]\nothers = true\n", 2, "others = True is no period"),
    ],
)
def test_a_mistake_is_named_with_its_line(verdant: Path, text: str, line: int, problem: str) -> None:
    (verdant / FILE).write_text(text, "utf-8")
    [mistake] = checking.judge(verdant)
    assert (mistake.file, mistake.line) == (FILE, line)
    assert problem in mistake.problem


def test_nobody_decides_it_alone(verdant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (verdant / FILE).write_text("[days]\ntexts = 365\n", "utf-8")
    [mistake] = checking.judge(verdant)
    assert mistake.problem == "nobody has approved retention"
    seal(verdant)
    assert checking.judge(verdant) == []
    monkeypatch.setenv("NPS_COMPANY", str(verdant))
    assert "retention" in {table for _, table, _ in governed_tables.sealed()}, "the guard seals it too"
