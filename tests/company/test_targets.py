"""The table of targets: each mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from company import approving, checking
from tests.companies import seal

FILE = "definition/nps_targets.csv"
COMPANY = "relationship,*,*,2025,20,Board"
# a line instead of the company's → words of the line that is named, problem, remedy
SPOILT: dict[str, tuple[str, str, str, str]] = {
    "a score that none reaches": (
        "relationship,*,*,2025,100,Board",
        *("2025,100", "target_nps is 100", "between -100 and 100"),
    ),
    "a score that all reach": (
        "relationship,*,*,2025,-100,Board",
        *("2025,-100", "target_nps is -100", "between -100 and 100"),
    ),
    "no number": ("relationship,*,*,2025,high,Board", "high", 'target_nps is "high"', "write a number"),
    "no year": ("relationship,*,*,25,20,Board", ",25,", "target_year is 25", "as in 2026"),
    "a stage that there is not": (
        "relationship,*,churned,2025,20,Board",
        *("churned", 'there is no journey_stage "churned" in 2025', "renewal"),
    ),
    "a stage of before the first version": (
        "relationship,*,renewal,2001,20,Board\nrelationship,*,lost,2001,20,Board",
        *("lost", 'there is no journey_stage "lost" in 2001', "renewal"),
    ),
    "nobody's": ("relationship,*,*,2025,20,", "2025,20,", "target_owner is empty", "fill it"),
    "no survey type": ("nps,*,*,2025,20,Board", "nps,", 'survey_type is "nps"', "relationship"),
    "twice": (
        f"{COMPANY}\n{COMPANY.replace('20,', '30,')}",
        *("2025,30", "is in line 2 already", "keep one"),
    ),
    "twice in other capitals": (
        f"{COMPANY}\nrelationship,A0B3OYD6ZN4HVD0UIO,*,2025,40,Board",
        *("a0B3Oyd6Zn4HVD0UIO,*,2025", "the same score and year, in other capitals", "keep one"),
    ),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_mistake_is_named_with_its_line(verdant: Path, spoilt: str) -> None:
    line, words, problem, remedy = SPOILT[spoilt]
    path = verdant / FILE
    path.write_text(path.read_text("utf-8").replace(COMPANY, line, 1), "utf-8")
    found = checking.judge(verdant)
    [mistake] = [each for each in found if problem in each.problem]
    assert mistake.file == FILE
    assert words in path.read_text("utf-8").splitlines()[mistake.line - 1]
    assert remedy in mistake.remedy
    with pytest.raises(approving.ApprovalError, match="nps check"):
        seal(verdant, "nps_targets")


def test_targets_of_the_simulated_company_are_in_order(verdant: Path) -> None:
    assert checking.judge(verdant) == []


def test_a_company_may_go_without_and_what_it_had_stays_approved(verdant: Path) -> None:
    (verdant / FILE).unlink()
    [mistake] = checking.judge(verdant)
    assert "nps_targets" in mistake.problem
    assert "changed since Tomas Berg approved it" in mistake.problem
