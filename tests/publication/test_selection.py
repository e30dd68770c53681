"""A figure is found by what a person types; what is not there is met with what is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from publication import ledger, selection
from publication.selection import FigureError, Question
from tests.publication.published_twice import collected, published_twice


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published_twice(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question(period="month", period_start=date(2019, 1, 1)), "nearest published one is 2025-11-01"),
        (Question(period="month", period_start=date(2026, 3, 1)), "in the future.*before 2026-01-02"),
        (Question(period="quarter"), "no in_period figure of a quarter"),
        (Question(segment="branch", members={"branch": "Lion"}), "nearest published: Lyon"),
        (Question(survey_type="relation"), "nearest published: relationship"),
        (
            Question(
                period="month",
                period_start=date(2026, 1, 1),
                segment="branch",
                members={"branch": "B3"},
            ),
            "wider period",
        ),
    ],
)
def test_a_figure_that_is_not_there_is_met_with_what_is(home: Path, question: Question, said: str) -> None:
    with pytest.raises(FigureError, match=said):
        collected(home, question)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question(segment="brunch"), "choose one of company"),
        (Question(period="week"), "choose one of month"),
        (Question(measure="lately"), "choose one of in_period"),
        (Question(segment="plan", members={"branch": "B1"}), "not split by branch"),
    ],
)
def test_an_unknown_word_names_the_choices(home: Path, question: Question, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        collected(home, question)


def test_publications_are_found_by_the_day_before_their_as_of(home: Path) -> None:
    chain = ledger.verify(home / "ledger")
    found = [
        [p.sequence for p in selection.publications(home / "ledger", chain, span)]
        for span in ("2025-Q4", "2025-12", "2025", "2026-01", "2026-Q1")
    ]
    assert found == [[1], [1], [1], [2], [2]]
    with pytest.raises(FigureError, match="nothing was published about 2024; the last publication covers"):
        selection.publications(home / "ledger", chain, "2024")
    with pytest.raises(ValueError, match="write 2025, 2025-Q4 or 2025-12"):
        selection.publications(home / "ledger", chain, "2025-Q5")
