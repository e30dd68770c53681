"""A survey that cannot be read is left out where somebody has approved it, with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from company import checking
from company.left_out import FILE
from expectations import governed_tables
from tests.companies import seal

CHOICE = '[typeform]\n"abc" = "the agency closed it before anybody had read it"\n'


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("[typeform", 0, "this is not TOML"),
        ('[stripe]\n"abc" = "no survey"\n', 1, "`stripe` is no survey vendor with an API"),
        ('typeform = "abc"\n', 1, "`typeform` is no survey vendor with an API"),
        ('[typeform]\n"a" = "why"\n"abc" = " "\n', 3, "abc is left out without a reason"),
    ],
)
def test_a_mistake_is_named_with_its_line(verdant: Path, text: str, line: int, problem: str) -> None:
    (verdant / FILE).write_text(text, "utf-8")
    [mistake] = checking.judge(verdant)
    assert (mistake.file, mistake.line) == (FILE, line)
    assert problem in mistake.problem


def test_nobody_leaves_a_survey_out_alone(verdant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (verdant / FILE).write_text(CHOICE, "utf-8")
    [mistake] = checking.judge(verdant)
    assert mistake.problem == "nobody has approved left_out"
    seal(verdant)
    assert checking.judge(verdant) == []
    monkeypatch.setenv("NPS_COMPANY", str(verdant))
    assert "left_out" in {table for _, table, _ in governed_tables.sealed()}, "the guard seals it too"
    (verdant / FILE).write_text(CHOICE.replace("abc", "another"), "utf-8")
    [mistake] = checking.judge(verdant)
    assert "left_out has changed since" in mistake.problem
