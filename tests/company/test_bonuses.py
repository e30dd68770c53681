"""The table of bonus dates: each mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from company import approving, checking
from tests.companies import seal

FILE = "definition/bonus_dates.csv"
LAST = "*,2025-12-31,14"
# a line instead of the company's last → words of the line that is named, problem, remedy
SPOILT: dict[str, tuple[str, str, str, str]] = {
    "no day before": ("*,2025-12-31,0", "2025-12-31,0", "days_before is 0", "from 1 to 45"),
    "half a quarter and more": ("*,2025-12-31,46", "31,46", "days_before is 46", "from 1 to 45"),
    "no day": ("*,year-end,14", "year-end", 'bonus_date is "year-end"', "2026-01-31"),
    "of all and of one": (
        f"{LAST}\na0B1,2025-12-31,7",
        *("a0B1", "line 5 has this day for all branches, a0B1 among them", "keep one"),
    ),
    "twice": (f"{LAST}\n{LAST}", LAST, "is in line 5 already", "keep one"),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_mistake_is_named_with_its_line(verdant: Path, spoilt: str) -> None:
    line, words, problem, remedy = SPOILT[spoilt]
    path = verdant / FILE
    path.write_text(path.read_text("utf-8").replace(LAST, line, 1), "utf-8")
    [mistake] = [each for each in checking.judge(verdant) if problem in each.problem]
    assert mistake.file == FILE
    assert words in path.read_text("utf-8").splitlines()[mistake.line - 1]
    assert remedy in mistake.remedy
    with pytest.raises(approving.ApprovalError, match="nps check"):
        seal(verdant, "bonus_dates")


def test_a_company_may_go_without(verdant: Path) -> None:
    (verdant / FILE).unlink()
    [mistake] = checking.judge(verdant)
    assert "bonus_dates has changed since Tomas Berg approved it" in mistake.problem
