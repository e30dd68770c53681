"""Who came by referral, as customers said themselves when they were asked why they joined."""

from __future__ import annotations

import duckdb

from expectations.dimensions import BUILT_IN, Declared, Dimensions
from expectations.recount import reasons
from expectations.recount.versions import RawRecords

ANSWERS = [
    ("late", "2025-02-01", "a", "Price", True),
    ("first", "2025-01-01", "a", "a Friend", True),
    ("earlier, without the question", "2024-01-01", "a", "Unassigned", True),
    ("earlier, and does not count", "2024-01-01", "b", "A friend", False),
    ("b", "2025-01-01", "b", "Price", True),
    ("two", "2025-01-01", "c", "Price", True),
    ("one", "2025-01-01", "c", "A friend", True),
    ("nobody's", "2025-01-01", None, "A friend", True),
    ("no reason", "2025-01-01", "d", "Unassigned", True),
]


def test_the_first_counted_answer_says_it() -> None:
    said = {"level": "answer", "source": {"files": "Why"}, "segments": ["why"], "referral": ["A friend "]}
    asked = Dimensions((Declared.read("why", said, "answer"),))
    with duckdb.connect() as connection:
        connection.execute(
            "create schema marts; create table marts.fct_survey_responses (answer_key varchar,"
            " responded_at timestamp, account_key varchar, why varchar, is_counted boolean)"
        )
        connection.executemany("insert into marts.fct_survey_responses values (?, ?, ?, ?, ?)", ANSWERS)
        assert reasons.given(RawRecords(connection, {}, asked)) == {"a": True, "b": False, "c": True}
        assert reasons.given(RawRecords(connection, {}, BUILT_IN)) == {}
