"""What is left of an erased answer: a row among what was received, and nothing of its person."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("definition")

KEPT = {
    "answer_key",
    "source",
    "survey_id",
    "question_id",
    "disposition",
    "is_counted",
    "survey_type",
    "touchpoint",
    "definition_version",
    "responded_at",
    "response_date",
    "person_key",
    "version_count",
    "loaded_at",
    "load_id",
}
ERASED = "files:to be forgotten"


def test_an_erased_answer_keeps_its_key_and_its_times(company: Any) -> None:
    with company.warehouse.connection() as opened:
        found = opened.execute("from marts.fct_survey_responses where answer_key = ?", [ERASED])
        columns = [name for name, *_ in found.description]
        [row] = found.fetchall()
    answer = dict(zip(columns, row, strict=True))
    assert {name for name, value in answer.items() if value not in (None, "Unassigned")} == KEPT
    assert (answer["disposition"], answer["person_key"]) == ("erased", ERASED)
    dimensions = {name for name, value in answer.items() if value == "Unassigned"}
    assert dimensions == {"customer_value_tier", "journey_stage", "branch", "region", "plan", "channel"}


def test_the_same_columns_tell_of_an_answer_that_is_not_erased(company: Any) -> None:
    told = company.warehouse.query(
        "select score, comment, account_key, person_key, channel from marts.fct_survey_responses "
        "where response_id = '44 days later'"
    )
    assert told == [(10.0, "Anyone would know me by this", "a", "p4@customer.example", "email")]


def test_what_the_person_says_after_the_request_counts(company: Any) -> None:
    """18 days lie between the two, less than the window; but what is erased takes part in no rule."""
    answers = company.warehouse.query(
        "select response_id, disposition from marts.fct_survey_responses "
        "where person_key = 'p5@customer.example'"
    )
    assert answers == [("given after all", "counted")]


def test_an_erased_answer_is_received_and_accounted_for(company: Any) -> None:
    reconciled = company.warehouse.query(
        "select source, load_id, disposition, answers from marts.audit_reconciliation order by all"
    )
    assert reconciled == [
        ("files", "1", "counted", 6),
        ("files", "1", "erased", 1),
        ("files", "1", "quarantine_window", 1),
    ]
    [(survey_type, answers, description)] = company.warehouse.query(
        "select survey_type, answers, description from publication.response_dispositions "
        "where disposition = 'erased'"
    )
    assert (survey_type, answers) == ("relationship", 1)
    assert "erased" in description
