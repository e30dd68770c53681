"""Topics counted again, over a company small enough to be counted by hand.

The models agree with the recount to 1e-9 in every refresh, so what is proved of one is proved of both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from expectations import definition
from expectations.dimensions import BUILT_IN
from expectations.recount import comparison, topics
from expectations.recount.coding import rows_as_table
from expectations.recount.figures import Figures
from expectations.recount.keys import Keys, key_columns
from expectations.recount.topic_counts import ALL, SEGMENTS
from expectations.recount.topics import Topic

AS_OF = date(2026, 1, 1)
VERSION = "2023.1"
BANDS = ("promoter", "passive", "detractor")
WORDS = {"price": "too dear", "people": "kind", "": "fine", None: None}


@dataclass
class Made:
    """Answers, each with its comment's topic ("": read, no topic; None: nothing to read)."""

    connection: duckdb.DuckDBPyConnection
    rows: list[dict[str, Any]] = field(default_factory=list)

    def answer(
        self,
        topic: str | None,
        bands: tuple[int, int, int],
        stage: str = "use",
        ago: int = 1,
        accounts: int = 9,
    ) -> None:
        """Some answers of a stage, by band, given so many days before as-of, of so many accounts."""
        for band, times in zip(BANDS, bands, strict=True):
            for number in range(times):
                self.rows.append(
                    {
                        **{"key": f"a{len(self.rows)}", "account": f"{stage}{number % accounts}"},
                        "responded_at": (AS_OF - timedelta(ago) - date(1970, 1, 1)).days * 86_400_000_000,
                        **{"nps_band": band, "survey_type": "relationship", "definition_version": VERSION},
                        **{"customer_value_tier": "core", "journey_stage": stage, "branch": "B1"},
                        "topic": topic,
                    }
                )

    def topics(self, unseen: Sequence[tuple[str, str]] = ()) -> dict[tuple[str, str, str, str], Topic]:
        """By period, segment, stage and topic; cells (period, stage) that are unseen show no score."""
        self.connection.execute(
            "create or replace table marts.fct_survey_responses (answer_key text, comment text)"
        )
        self.connection.executemany(
            "insert into marts.fct_survey_responses values (?, ?)",
            [(row["key"], WORDS[row["topic"]]) for row in self.rows],
        )
        answers = pa.Table.from_pylist([{k: v for k, v in row.items() if k != "topic"} for row in self.rows])
        accounts = sorted({row["account"] for row in self.rows})
        standings = pa.table(
            {
                "account": accounts,
                "day": [AS_OF] * len(accounts),
                "definition_version": [VERSION] * len(accounts),
                "trailing_revenue_amount": [10_000] * len(accounts),
            }
        )
        found = topics.topics(
            self.connection, answers, standings, _told(self.rows, unseen), definition.versions(), AS_OF
        )
        return {(each.period_grain, each.segment, each.journey_stage, each.topic): each for each in found}


def _told(rows: Sequence[dict[str, Any]], unseen: Sequence[tuple[str, str]]) -> Figures:
    """Scores of every cell, all of them shown but those that are unseen."""
    cells = [
        {
            **dict.fromkeys(key_columns(BUILT_IN), ALL),
            **{"survey_type": "relationship", "measure": "in_period", "definition_version": VERSION},
            **{"period_grain": grain, "period_start": AS_OF - timedelta(days), "period_end": AS_OF},
            **{"segment": segment, segment: member},
        }
        for grain, days in (("trailing_365d", 365), ("trailing_90d", 90))
        for segment in SEGMENTS
        for member in sorted({row.get(segment, ALL) for row in rows})
    ]
    table = pa.Table.from_pylist([{k: v for k, v in cell.items() if k != "company"} for cell in cells])
    hidden = [(cell["period_grain"], cell["journey_stage"]) in unseen for cell in cells]
    shown = np.array(["suppressed_for_others" if one else "reportable" for one in hidden], object)
    return Figures(Keys(table, BUILT_IN), {}, shown)


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """A company of two topics, whose readings are there."""
    folder = tmp_path / "company" / "definition"
    folder.mkdir(parents=True)
    (folder / "topics.toml").write_text('[price]\nlabel = "Price"\n[people]\nlabel = "People"\n', "utf-8")
    versions = definition.versions()
    monkeypatch.setenv("NPS_COMPANY", str(folder.parent))
    monkeypatch.setattr(definition, "versions", lambda: versions)
    with duckdb.connect() as connection:
        connection.execute("create schema marts; create schema topics; create schema publication")
        connection.execute("create table topics.readings (comment_hash text, notes text[])")
        connection.execute("create table topics.mentions (comment_hash text, topic text)")
        connection.execute("create table topics.labelled (label_hash text, comment_hash text)")
        for topic, text in WORDS.items():
            if text is not None:
                connection.execute("insert into topics.readings values (sha256(?), [])", [text])
                connection.execute("insert into topics.labelled values (sha256(?), sha256(?))", [text, text])
                if topic:
                    connection.execute("insert into topics.mentions values (sha256(?), ?)", [text, topic])
        yield Made(connection)


def test_those_who_mention_it_are_beside_those_who_comment_without_it(company: Made) -> None:
    company.answer("price", (10, 0, 30))
    company.answer("", (45, 0, 15))
    company.answer(None, (9, 9, 9))
    company.answer("price", (10, 0, 10), ago=400)
    company.answer("", (40, 0, 40), ago=400)
    found = company.topics()["trailing_365d", "company", ALL, "price"]
    assert (found.comments, found.mentions, found.mention_share) == (100, 40, 0.4)
    assert found.mention_share_change == pytest.approx(0.2)
    assert (found.mentioning_nps, found.other_nps, found.nps_difference) == (-50, 50, -100)
    # adjusted Wald (3, T): (10.75 - 30.75) / 43 and (45.75 - 15.75) / 63
    one, other = -20 / 43, 30 / 63
    error = ((41.5 / 43 - one**2) / 43 + (61.5 / 63 - other**2) / 63) ** 0.5
    assert found.difference_low == pytest.approx(100 * (one - other - 1.959963984540054 * error))
    assert found.difference_high == pytest.approx(100 * (one - other + 1.959963984540054 * error))
    assert (found.mentioning_accounts, found.mentioning_revenue) == (9, 90_000)
    assert ("trailing_365d", "company", ALL, "people") not in company.topics()


def test_fewer_than_thirty_show_an_interval_and_no_score(company: Made) -> None:
    company.answer("price", (10, 0, 19))
    company.answer("", (45, 0, 15))
    found = company.topics()["trailing_365d", "company", ALL, "price"]
    assert found.mentions == 29
    assert found.difference_low < found.difference_high
    assert {found.mentioning_nps, found.other_nps, found.difference_p_value, found.difference_q_value} == {
        None
    }


def test_the_topics_of_a_table_are_tested_together(company: Made) -> None:
    """Benjamini and Hochberg by hand, over two topics of the company."""
    company.answer("price", (16, 8, 16))
    company.answer("people", (20, 8, 12))
    company.answer("", (40, 20, 15))
    price, people = (
        company.topics()["trailing_365d", "company", ALL, topic] for topic in ("price", "people")
    )
    one, other = price.difference_p_value, people.difference_p_value
    assert one is not None
    assert other is not None
    assert 0.01 < one < other
    assert (price.difference_q_value, people.difference_q_value) == (min(2 * one, other), other)


@pytest.mark.parametrize(
    ("price", "others", "silent", "is_shown"),
    [
        ((2, 0, 3), (9, 0, 9), (0, 0, 0), True),
        ((2, 0, 2), (9, 0, 9), (0, 0, 0), False),
        ((9, 0, 9), (2, 0, 2), (0, 0, 0), False),
        ((9, 0, 9), (9, 0, 9), (2, 0, 2), False),
        ((9, 0, 9), (9, 0, 9), (0, 0, 9), False),
        ((0, 0, 9), (9, 0, 9), (3, 0, 9), True),
    ],
    ids=["enough", "few mention it", "few do not", "few silent", "all silent of one band", "all of one band"],
)
def test_no_part_of_a_cell_is_of_few(
    company: Made, price: Any, others: Any, silent: Any, is_shown: bool
) -> None:
    company.answer("price", price)
    company.answer("", others)
    company.answer(None, silent)
    assert (("trailing_365d", "company", ALL, "price") in company.topics()) == is_shown


def test_the_quarter_goes_where_the_rest_of_the_year_is_of_few(company: Made) -> None:
    company.answer("price", (20, 0, 20))
    company.answer("", (20, 0, 20))
    company.answer("price", (1, 0, 1), ago=200)
    company.answer("", (20, 0, 20), ago=200)
    grains = {
        grain for grain, segment, _, topic in company.topics() if (segment, topic) == ("company", "price")
    }
    assert grains == {"trailing_365d"}
    company.answer("price", (3, 0, 3), ago=200)
    grains = {
        grain for grain, segment, _, topic in company.topics() if (segment, topic) == ("company", "price")
    }
    assert grains == {"trailing_365d", "trailing_90d"}


def test_members_go_with_those_of_few_and_their_revenue_with_any(company: Made) -> None:
    """Three mention it in `join`: the smaller of the others goes too, or the company would tell it."""
    for stage, mentions in (("join", (1, 0, 2)), ("use", (6, 0, 6)), ("renew", (9, 0, 9))):
        company.answer("price", mentions, stage)
        company.answer("", (20, 0, 20), stage)
    stages = [stage for _, segment, stage, topic in company.topics() if segment == "journey_stage"]
    assert {*stages} == {"renew"}
    renew = company.topics()["trailing_365d", "journey_stage", "renew", "price"]
    assert (renew.mentioning_accounts, renew.mentioning_revenue) == (None, None)
    assert company.topics()["trailing_365d", "company", ALL, "price"].mentioning_accounts is not None


def test_a_cell_without_a_score_has_no_topics(company: Made) -> None:
    for stage in ("use", "renew", "join"):
        company.answer("price", (9, 0, 9), stage)
        company.answer("", (20, 0, 20), stage)
    assert len([key for key in company.topics() if key[:2] == ("trailing_365d", "journey_stage")]) == 3
    found = company.topics([("trailing_365d", "use")])
    assert ("trailing_365d", "journey_stage", "use", "price") not in found


def test_labels_tell_precision_and_recall(company: Made, tmp_path: Path) -> None:
    company.answer("price", (9, 0, 9))
    company.answer("people", (9, 0, 9))
    company.answer("", (20, 0, 20))
    before = company.topics()["trailing_365d", "company", ALL, "price"]
    assert (before.labelled_comments, before.topic_precision, before.topic_recall) == (0, None, None)
    hashes = {topic: hashlib.sha256(text.encode()).hexdigest() for topic, text in WORDS.items() if text}
    said = {"price": "price", "people": "price", "": "people;price"}
    lines = [f"{hashes[topic]},{topics_of},Ann,2026-01-01" for topic, topics_of in said.items()]
    (tmp_path / "company" / "labels").mkdir()
    (tmp_path / "company" / "labels" / "topics.csv").write_text(
        "\n".join(
            ["comment_hash,topics,labelled_by,labelled_on", *lines, f"{'0' * 64},price,Ann,2026-01-01\n"]
        ),
        "utf-8",
    )
    found = company.topics()
    price, people = (found["trailing_365d", "company", ALL, topic] for topic in ("price", "people"))
    assert (price.labelled_comments, price.topic_precision, price.topic_recall) == (3, 1.0, 1 / 3)
    assert (people.topic_precision, people.topic_recall) == (0.0, 0.0)


@pytest.mark.parametrize("change", ["mentions = mentions + 1", "difference_low = difference_low - 1e-6"])
def test_a_published_row_that_differs_is_named(company: Made, change: str) -> None:
    company.answer("price", (10, 0, 30))
    company.answer("", (45, 0, 15))
    rows = [*company.topics().values()]
    expected = rows_as_table(Topic, rows)
    company.connection.register("expected", expected)
    company.connection.execute(
        "create table publication.nps_topics as select * replace"
        " (cast(mentioning_revenue / 10000 as decimal(18, 4)) as mentioning_revenue) from expected"
    )
    assert comparison.of_topics(company.connection, rows) == []
    company.connection.execute(f"update publication.nps_topics set {change} where segment = 'company'")
    [found, *_] = comparison.of_topics(company.connection, rows)
    assert found.column == change.split(" ")[0]
    assert "price" in found.name
