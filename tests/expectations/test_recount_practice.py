"""What promoters of a branch above the others mention more, counted again over a company small enough to be
counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from expectations.recount import comparison, practice
from expectations.recount.coding import rows_as_table
from expectations.recount.mentions import Mentioned
from expectations.recount.practice import Practice
from expectations.recount.scorecards import SCHEMA
from expectations.recount.topics import Topic

AS_OF = date(2026, 1, 1)
KIND = {"survey_type": "relationship", "definition_version": "1"}
#: Branch and topic → promoters that mention it.
MENTIONS = {("B1", "people"): 40, ("B1", "price"): 20, ("B2", "people"): 40, ("B2", "price"): 100}
Count = Callable[..., list[Practice]]


def shown(branch: str, topic: str, grain: str = "trailing_365d") -> Topic:
    """A published topic; its counts decide nothing here."""
    told: dict[str, Any] = dict.fromkeys(Topic._fields)
    told |= {**KIND, "segment": "company" if branch == "(all)" else "branch", "branch": branch}
    told |= {"topic": topic, "topic_label": topic.title(), "period_grain": grain}
    return Topic(**told | {"period_start": AS_OF - timedelta(365), "period_end": AS_OF})


PUBLISHED = [shown(branch, topic) for branch in ("(all)", "B1", "B2") for topic in ("people", "price")]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Count:
    """Rows for published topics, of a company in which only B1 is above the others."""
    answers: list[dict[str, Any]] = []
    topics: dict[str, frozenset[str]] = {}

    def answer(branch: str, topic: str, band: str = "promoter", ago: int = 1) -> None:
        key = f"a{len(answers)}"
        moment = (AS_OF - timedelta(ago) - date(1970, 1, 1)).days * 86_400_000_000
        answers.append({**KIND, "key": key, "branch": branch, "nps_band": band, "responded_at": moment})
        topics[key] = frozenset({topic})

    for (branch, topic), times in MENTIONS.items():
        for _ in range(times):
            answer(branch, topic)
    for ago, band in ((1, "detractor"), (366, "promoter"), (0, "promoter")):
        answer("B1", "price", band, ago)
    monkeypatch.setattr(practice, "mentioned", lambda _: Mentioned({}, {}, topics))
    cards = pa.Table.from_pylist(
        [
            {**KIND, "branch": branch, "standing": standing}
            for branch, standing in (("B1", "above"), ("B2", "below"), ("B3", "above"))
        ],
        SCHEMA,
    )
    with duckdb.connect() as connection:
        return lambda about=PUBLISHED: practice.practices(
            connection, pa.Table.from_pylist(answers), cards, about, AS_OF
        )


def test_a_branch_above_the_others_is_beside_their_promoters(counted: Count) -> None:
    people, price = sorted(counted(), key=lambda row: row.topic)
    # 40 of 60 mentions beside 40 of 140, with a prior of 2 mentions, 80 in 200 of people: by hand
    assert people[7:] == ("People", 1.56, 0.92, 2.2, 0.0, "more")
    assert (price.branch, price.log_odds, price.verdict) == ("B1", -1.56, "fewer")


@pytest.mark.parametrize(
    "about",
    [
        [each for each in PUBLISHED if (each.branch, each.topic) != ("B1", "price")],
        [each for each in PUBLISHED if (each.branch, each.topic) != ("(all)", "price")],
        [each._replace(period_grain="trailing_90d") for each in PUBLISHED],
        [],
    ],
    ids=["hidden of the branch", "hidden of the company", "of the quarter", "none"],
)
def test_a_branch_of_one_topic_has_no_row(counted: Count, about: list[Topic]) -> None:
    assert counted(about) == []


def test_a_topic_that_no_promoter_mentions_is_in_no_odds(counted: Count) -> None:
    silent = [shown(branch, "range") for branch in ("(all)", "B1")]
    assert counted([*PUBLISHED, *silent]) == counted()


def test_the_prior_draws_rare_topics_to_nothing() -> None:
    """Ten times the share is nothing much of three mentions, and plain of three hundred."""
    few, _ = practice.log_odds(np.array([3.0, 27.0]), np.array([6.0, 360.0]))
    many, _ = practice.log_odds(np.array([300.0, 2_700.0]), np.array([600.0, 36_000.0]))
    assert 0 < few[0] < many[0]
    assert many[0] == pytest.approx(np.log(300 / 2_700) - np.log(300 / 33_300), abs=0.01)


@pytest.mark.parametrize("change", ["verdict = 'fewer'", "log_odds = log_odds + 0.01"])
def test_a_published_row_that_differs_is_named(counted: Count, change: str) -> None:
    rows = counted()
    with duckdb.connect() as connection:
        connection.execute("create schema publication")
        connection.register("expected", rows_as_table(Practice, rows))
        connection.execute("create table publication.best_practice as from expected")
        assert comparison.of_practices(connection, rows) == []
        connection.execute(f"update publication.best_practice set {change} where topic = 'people'")
        [found] = comparison.of_practices(connection, rows)
        assert (found.column, found.name) == (change.split(" ")[0], "relationship 1 B1 people")
