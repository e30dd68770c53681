"""An answer is judged by the definition of its day; figures of two versions are never mixed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("definition")


def judged(company: Any, *columns: str) -> dict[str, tuple[Any, ...]]:
    rows = company.warehouse.query(
        f"select response_id, {', '.join(columns)} from marts.fct_survey_responses"
    )
    return {response: tuple(values) for response, *values in rows}


def test_each_answer_has_the_bands_of_its_day(company: Any) -> None:
    answers = judged(company, "definition_version", "nps_band", "nps_weight")
    assert answers["last moment"] == ("2023.1", "detractor", -100)
    assert answers["first moment"] == ("2025.2", "passive", 0)


def test_each_answer_has_the_window_of_its_day(company: Any) -> None:
    """Twice 44 days pass until the same person's next answer: 180 days were the window, then 30."""
    answers = judged(company, "disposition")
    assert answers["44 days under the first"] == ("quarantine_window",)
    assert answers["after the change"] == answers["44 days under the second"] == ("counted",)


def test_each_answer_has_the_tiers_and_stages_of_its_day(company: Any) -> None:
    """The account's revenue is 60 a year throughout; the second version no longer governs adoption."""
    answers = judged(company, "customer_value_tier", "journey_stage")
    assert answers["last moment"] == ("starter", "adoption")
    assert answers["first moment"] == ("core", "Unassigned")


def test_figures_of_two_versions_are_rows_of_their_own(company: Any) -> None:
    figures = company.warehouse.query(
        "select definition_version, responses, reportability, nps, promoters, passives, detractors "
        "from publication.nps_scores where segment = 'company' and period_grain = 'all_time' "
        "order by definition_version"
    )
    assert figures == [
        ("2023.1", 1, "suppressed", None, None, None, None),
        ("2025.2", 5, "reportable", 20.0, 2, 2, 1),
    ]


def test_no_figure_holds_answers_of_another_version(company: Any) -> None:
    mixed = """
        select cells.definition_version, cells.segment, cells.period_start
        from publication.nps_scores as cells
        where
            cells.segment = 'company' and cells.measure = 'in_period' and cells.responses <> (
                select count(*) from marts.fct_survey_responses as answers
                where
                    answers.is_counted
                    and answers.definition_version = cells.definition_version
                    and answers.survey_type = cells.survey_type
                    and answers.response_date >= cells.period_start
                    and answers.response_date < cells.period_end
            )
    """
    assert company.warehouse.query(mixed) == []


def test_both_versions_are_published_with_who_decided_them_when_and_why(company: Any) -> None:
    versions = company.warehouse.query(
        "select distinct definition_version, valid_from, valid_to, author, approved_by, approved_on, reason "
        "from publication.metric_definitions where element = 'score_band' order by definition_version"
    )
    day = date(2026, 11, 29)
    assert [version[:6] for version in versions] == [
        ("2023.1", date(2000, 1, 1), date(2025, 7, 1), "Ines Moreau", "Tomas Berg", day),
        ("2025.2", date(2025, 7, 1), None, "Ann", "The Board", day),
    ]
    assert versions[1][6] == "Six is not a detractor here"
    sealed = company.warehouse.query(
        "select definition_version, item, author, value_text = content_hash"
        " from publication.metric_definitions"
        " where element = 'approval' and item in ('journey_stages', 'nps_questions') order by all"
    )
    assert sealed == [
        ("2023.1", "journey_stages", "Ines Moreau", True),
        ("2023.1", "nps_questions", "Ann", True),
        ("2025.2", "journey_stages", "Ann", True),
        ("2025.2", "nps_questions", "Ann", True),
    ]
    stated = company.warehouse.query(
        "select definition_version, element, value_text from publication.metric_definitions "
        "where item in ('passive', 'relationship', 'core', 'indicative', 'adoption') order by all"
    )
    assert stated == [
        ("2023.1", "customer_value_tier", "5000.0000"),
        ("2023.1", "journey_stage", "place 2"),
        ("2023.1", "quarantine_window", "180 days"),
        ("2023.1", "reportability", "30 responses"),
        ("2023.1", "score_band", "7-8"),
        ("2025.2", "customer_value_tier", "20.0000"),
        ("2025.2", "quarantine_window", "30 days"),
        ("2025.2", "reportability", "3 responses"),
        ("2025.2", "score_band", "6-8"),
    ]


def test_the_precedence_that_is_published_is_the_order_of_the_rules(company: Any) -> None:
    rules = (
        company.warehouse.project / "models/intermediate/nps/int_survey_answers__dispositioned.sql"
    ).read_text("utf-8")
    dispositions = [
        item
        for (item,) in company.warehouse.query(
            "select disposition from definition.answer_dispositions where precedence > 0 order by precedence"
        )
    ]
    assert (
        sorted(dispositions, key=lambda each: rules.index(f"'{each}'", rules.index("case\n"))) == dispositions
    )
    published = company.warehouse.query(
        "select count(*) from publication.metric_definitions as told "
        "inner join definition.answer_dispositions as governed on told.item = governed.disposition "
        "where told.element = 'disposition' and told.definition_version = '2025.2' "
        "and told.value_text = 'precedence ' || governed.precedence and told.description <> ''"
    )
    assert published == [(len(dispositions) + 1,)]
