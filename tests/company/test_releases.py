"""The release calendar: each mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from company import checking
from tests.companies import seal

FILE = "definition/release_calendar.csv"
HEADER = "figures,release_unit\n"
# lines → the line that is named, problem, remedy
SPOILT: dict[str, tuple[str, int, str, str]] = {
    "a figure that there is not": ("branch,month", 2, 'figures is "branch"', "company, members"),
    "a unit that there is not": ("company,week", 2, 'release_unit is "week"', "month, quarter, year"),
    "half a calendar": ("company,month", 2, "no release unit of members", "add its line"),
    "members before the company": (
        "company,quarter\nmembers,month",
        *(3, "members are told each month, and the company each quarter", "write quarter, year"),
    ),
    "twice": ("company,month\ncompany,quarter", 3, "is in line 2 already", "keep one"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_mistake_is_named_with_its_line(verdant: Path, spoilt: str) -> None:
    lines, number, problem, remedy = SPOILT[spoilt]
    (verdant / FILE).write_text(f"{HEADER}{lines}\n", "utf-8")
    [mistake] = [each for each in checking.judge(verdant) if problem in each.problem]
    assert (mistake.file, mistake.line) == (FILE, number)
    assert remedy in mistake.remedy


def test_a_calendar_is_approved_like_everything_else(verdant: Path) -> None:
    (verdant / FILE).write_text(f"{HEADER}company,month\nmembers,quarter\n", "utf-8")
    assert [each.problem for each in checking.judge(verdant)]
    seal(verdant, "release_calendar")
    assert not checking.judge(verdant)
    (verdant / FILE).write_text(HEADER, "utf-8")
    assert [each.problem for each in checking.judge(verdant)]
