"""What is said of the promoters of the best branches, on the page of topics and in the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from rich.console import Console

from expectations.recount.coding import rows_as_table
from expectations.recount.practice import Practice
from expectations.recount.topics import Topic
from orchestration.cli import practice_view
from publication import practice
from publication.pages import Stand
from review.pages import topics
from review.published import Published
from review.rendering import Renderer

NOTHING = "No branch stands above the others beyond noise."
_KIND = {"survey_type": "relationship", "definition_version": "1", "branch": "B1"}
_YEAR = {
    "period_grain": "trailing_365d",
    "period_start": date(2025, 1, 1),
    "period_end": date(2026, 1, 1),
}


def _topic(name: str) -> dict[str, Any]:
    return {**_KIND, **_YEAR, "topic": name, "topic_label": name.title(), "branch_name": "North"}


@pytest.fixture
def published() -> Iterator[duckdb.DuckDBPyConnection]:
    """A publication in which no branch stands above the others."""
    told: dict[str, Any] = {
        **dict.fromkeys(Topic._fields),
        **_topic("people"),
        **{"segment": "company", "customer_value_tier": "(all)", "journey_stage": "(all)", "branch": "(all)"},
        **{"comments": 40, "mentions": 20, "mention_share": 0.5, "labelled_comments": 0},
        **{"difference_low": -5.0, "difference_high": 5.0},
    }
    told.pop("branch_name")
    with duckdb.connect() as connection:
        connection.register("topic", rows_as_table(Topic, [Topic(**told)]))
        connection.register("practice", rows_as_table(Practice, []))
        connection.execute("""
            create table nps_scores as select 'relationship' as survey_type;
            create table nps_topics as select *, '(all)' as branch_name from topic;
            create table branch_scorecards as select 'B2' as branch, 'below' as standing;
            create table best_practice as select * replace (
                cast(log_odds as decimal(18, 2)) as log_odds,
                cast(log_odds_low as decimal(18, 2)) as log_odds_low,
                cast(log_odds_high as decimal(18, 2)) as log_odds_high,
                cast(q_value as decimal(18, 4)) as q_value
            ), 'North' as branch_name from practice
        """)
        yield connection


def found(connection: duckdb.DuckDBPyConnection) -> None:
    """B1 stands above the others, and its promoters mention people more."""
    rows = [
        {**_topic(name), "verdict": verdict, "q_value": Decimal(q)}
        | {"log_odds": Decimal(odds), "log_odds_low": Decimal(low), "log_odds_high": Decimal(high)}
        for name, verdict, q, odds, low, high in (
            ("speed", "not distinguishable", "0.6000", "0.10", "-0.30", "0.50"),
            ("price", "fewer", "0.0200", "-0.80", "-1.40", "-0.20"),
            ("people", "more", "0.0010", "1.50", "0.92", "2.08"),
        )
    ]
    connection.register("rows", pa.Table.from_pylist(rows))
    connection.execute("insert into best_practice by name from rows")
    connection.execute("insert into branch_scorecards values ('B1', 'above')")


def page(connection: duckdb.DuckDBPyConnection, to: Path) -> str:
    stand = Stand(1, "0" * 64, date(2026, 1, 1))
    renderer = Renderer(to, [], stand=stand)
    [html] = [renderer.write(each).read_text("utf-8") for each in topics.pages(Published(connection, stand))]
    return " ".join(html.split())


def test_the_page_says_plainly_that_no_branch_is_above(
    published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    assert NOTHING in page(published, tmp_path)
    published.execute("update branch_scorecards set standing = 'above'")
    assert "too few topics are published" in page(published, tmp_path)


def test_the_page_shows_what_they_mention_more_first(
    published: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    found(published)
    shown = page(published, tmp_path).partition('id="practice"')[2].partition('id="sure"')[0]
    assert NOTHING not in shown
    assert (
        'North</th><td>People</td><td class="n">1.50 (0.92 to 2.08)</td> <td>they mention it more (q' in shown
    )
    assert shown.index("People") < shown.index("Price") < shown.index("Speed")


@pytest.mark.parametrize("form", ["table", "md", "csv", "json"])
def test_the_command_shows_every_topic(
    published: duckdb.DuckDBPyConnection,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found(published)
    monkeypatch.setattr("publication.reader.open_current", lambda _: published)
    practice_view.run(Path(), None, form, Console(width=120))
    shown = capsys.readouterr().out
    assert shown.index("People") < shown.index("Price") < shown.index("Speed")
    if form == "json":
        assert [row["verdict"] for row in json.loads(shown)] == ["more", "fewer", "not distinguishable"]


def test_the_command_says_why_there_is_nothing(
    published: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(published)
    assert practice.practices(published, "transactional") == []
    published.execute("delete from best_practice; delete from branch_scorecards where standing = 'above'")
    monkeypatch.setattr("publication.reader.open_current", lambda _: published)
    with pytest.raises(LookupError, match=NOTHING):
        practice_view.run(Path(), None, "table", Console())
