"""The answers of one file are judged as the definition says, and NPS has its interval."""

import re
from pathlib import Path

import pytest

from look.judging import Figure
from look.vocabulary import words
from tests.look.looks import ROOT, counts, look_into, said_of

HEADER = (
    "response_id,score,responded_at,respondent_email,invitation_id,event_at,is_test,survey_id,question_id\n"
)
DAY = "2025-06-01T10:00:00Z"


def line(id: str, score: str = "9", day: str = DAY, **other: str) -> str:
    rest = ("respondent_email", "invitation_id", "event_at", "is_test", "survey_id", "question_id")
    return ",".join([id, score, day, *(other.get(name, "") for name in rest)]) + "\n"


def excluded(folder: Path, *lines: str) -> dict[str, int]:
    look = look_into(folder, HEADER + line("kept-a", "10") + line("kept-b", "0") + "".join(lines))
    assert look.judgement is not None
    return {reason: count for reason, (count, _) in look.judgement.excluded.items()}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (line("x", is_test="yes"), "preview_or_test"),
        (line("x", survey_id="another"), "unregistered_question"),
        (line("x", question_id="ease"), "unregistered_question"),
        (line("x", score=""), "unanswered"),
        (line("x", score="6.5"), "non_integer"),
        (line("x", score="11"), "off_scale"),
        (line("x", score="-1"), "off_scale"),
        (line("x", day="2026-01-01T00:00:00Z"), "in_future"),
        (line("x", event_at="2025-06-02"), "before_event"),
        (line("x", respondent_email="somebody@verdant.example"), "staff_or_own_domain"),
    ],
)
def test_an_answer_that_does_not_count_says_why(answer: str, reason: str, tmp_path: Path) -> None:
    assert excluded(tmp_path, answer) == {reason: 1}


def test_the_first_reason_holds(tmp_path: Path) -> None:
    assert excluded(tmp_path, line("x", is_test="yes", score="")) == {"preview_or_test": 1}


def test_the_later_answer_to_an_invitation_holds(tmp_path: Path) -> None:
    later = "2025-06-02T10:00:00Z"
    assert excluded(
        tmp_path, line("x", "0", invitation_id="i1"), line("y", day=later, invitation_id="I1 ")
    ) == {"superseded": 1}


@pytest.mark.parametrize(
    ("later", "found"),
    [("2025-11-28T09:59:59Z", {"quarantine_window": 1}), ("2025-11-28T10:00:00Z", {})],
)
def test_a_person_counts_once_within_the_window(later: str, found: dict[str, int], tmp_path: Path) -> None:
    answers = [
        line("x", respondent_email="a@x.example"),
        line("y", day=later, respondent_email="A@x.example "),
    ]
    assert excluded(tmp_path, *answers) == found


def test_an_address_that_is_none_is_no_person(tmp_path: Path) -> None:
    assert excluded(tmp_path, *(line(f"x{at}", respondent_email="anonymous") for at in range(5))) == {}


def test_an_invitation_that_is_none_supersedes_nothing(tmp_path: Path) -> None:
    assert excluded(tmp_path, *(line(f"x{at}", invitation_id="0") for at in range(5))) == {}


def test_a_day_is_not_before_an_event_of_that_day(tmp_path: Path) -> None:
    assert excluded(tmp_path, line("x", day="2025-06-01", event_at="2025-06-01T12:00:00Z")) == {}


def test_of_a_repeated_id_the_later_row_counts(tmp_path: Path) -> None:
    many = "".join(line(f"r{at}k", "10") for at in range(200))
    look = look_into(tmp_path, HEADER + line("xk", "10") + many + line("xk", "0"))
    assert look.judgement is not None
    assert look.judgement.older == 1
    assert counts(look) == (200, 0, 1)


def test_rows_that_cannot_be_read_are_counted_with_an_example(tmp_path: Path) -> None:
    look = look_into(tmp_path, HEADER + line("a") + line("b", "ten") + line("c", day="yesterday") + line("d"))
    assert look.judgement is not None
    assert {reason: count for reason, (count, _) in look.judgement.quarantined.items()} == {
        "wrong_type": 1,
        "bad_timestamp": 1,
    }
    assert '"ten"' in look.judgement.quarantined["wrong_type"][1]


@pytest.mark.parametrize(
    ("promoters", "passives", "detractors", "low", "high"),
    [
        # Worked by hand, as in dbt_project/tests/assert_statistics_match_the_worked_numbers.sql.
        (3, 2, 1, -26.7433, 71.1877),
        (10, 0, 0, 47.5036, 100.0),
        (40, 30, 30, -6.2719, 25.6894),
        (162, 108, 54, 24.9453, 41.1098),
    ],
)
def test_the_interval(promoters: int, passives: int, detractors: int, low: float, high: float) -> None:
    assert Figure("relationship", "1", promoters, passives, detractors).interval == pytest.approx(
        (low, high), abs=1e-4
    )


def test_nobody_is_the_same_as_in_the_models() -> None:
    macros = (ROOT / "dbt_project" / "macros" / "placeholders.sql").read_text("utf-8")
    lists = re.findall(r"return\(\[(.*?)\]\)", macros, re.DOTALL)
    nobody = words()["nobody"]
    assert [re.findall(r"'([^']+)'", one) for one in lists] == [nobody["words"], nobody["mailboxes"]]


def test_more_in_quarantine_than_a_refresh_lets_pass_is_said(tmp_path: Path) -> None:
    good = "".join(line(f"g{at}k") for at in range(100))
    for bad, is_over in ((2, False), (3, True)):
        look = look_into(tmp_path, HEADER + good + "".join(line(f"b{at}k", "ten") for at in range(bad)))
        assert look.judgement is not None
        assert look.judgement.is_over_limit == is_over
        assert not look.findings.blocking
    assert "3 of 103 rows cannot be read" in said_of(look, "rows")
