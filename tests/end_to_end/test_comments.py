"""A refresh reads the company's comments, and the command shows those about a topic; none is published."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import pytest

from tests.end_to_end.simulated import Company
from vault.keys import writing

pytestmark = pytest.mark.xdist_group("end_to_end")

#: Every sentence of the simulated company (`demo/company/comments.py`) that is about what something costs.
PRICE = (
    "Too slow,\ntoo dear 😡",
    "Viel zu teuer!",
    "Demasiado caro para lo que ofrece.",
    "Muito caro, infelizmente.",
    "Passt; Preis könnte niedriger sein.",
)


def asked(company: Company, *arguments: str) -> list[dict[str, Any]]:
    done = company.nps("comments", *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_who_wrote_about_the_price_is_found_and_nobody_else(refreshed: Company) -> None:
    meant = {writing(refreshed.home).tokens.text(each): each for each in PRICE}
    with duckdb.connect(str(refreshed.home / "warehouse.duckdb"), read_only=True) as connection:
        wanted = connection.execute(
            "select comment from marts.fct_survey_responses where is_counted and list_contains(?, comment)"
            " order by all",
            [[*meant]],
        ).fetchall()
        unsaid = connection.execute(
            "select count(*) from topics.readings where comment_hash not in"
            " (select sha256(comment) from marts.fct_survey_responses where comment is not null)"
        ).fetchone()
    shown = asked(refreshed, "--topic", "price", "--last", "100000")
    said = sorted(" ".join(meant[token].split()) for (token,) in wanted)
    assert sorted(each["comment"] for each in shown) == said
    assert len({*said}) == len(PRICE)
    assert unsaid == (0,), "nothing is kept of a comment that no answer has, or of an erased one"


def test_nothing_of_a_comment_is_published(refreshed: Company) -> None:
    with refreshed.published() as connection:
        columns = connection.execute(
            "select lower(table_name), lower(column_name) from duckdb_columns()"
        ).fetchall()
    assert not {name for _, name in columns} & {"comment_hash", "words"}
    assert {table for table, name in columns if name == "topic"} == {"nps_topics", "best_practice"}
