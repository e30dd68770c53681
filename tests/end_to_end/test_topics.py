"""Topics are published as the simulated company planted them, with how sure the taxonomy is of each."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from demo import truth
from demo.company.comments import ABOUT
from demo.truth.topics import FOUND, KEY
from tests.companies import VERDANT
from tests.end_to_end.simulated import Company

pytestmark = pytest.mark.xdist_group("end_to_end")


def published(company: Company) -> list[dict[str, Any]]:
    with company.published() as connection:
        return connection.execute("select * from nps_topics").to_arrow_table().to_pylist()


def key_of(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row["segment" if name == "company" else name] for name in KEY)


def test_every_topic_is_the_companys_own(refreshed: Company) -> None:
    known = {
        tuple(row[name] for name in KEY): row
        for row in truth.expected_topics(refreshed.world, refreshed.today).to_pylist()
    }
    rows = published(refreshed)
    assert len(rows) > 10
    assert len({row["segment"] for row in rows}) > 1
    for row in rows:
        expected = known[key_of(row)]
        assert (row["comments"], row["mentions"]) == (expected["comments"], expected["mentions"])
        before, mentioned = expected["comments_before"], expected["mentions_before"]
        if min(mentioned, before - mentioned) >= 5:
            change = row["mentions"] / row["comments"] - mentioned / before
            assert row["mention_share_change"] == pytest.approx(change, abs=1e-12)
        else:
            assert row["mention_share_change"] is None
        for bound in ("difference_low", "difference_high"):
            assert row[bound] == pytest.approx(expected[bound], abs=1e-9)
        others = row["comments"] - row["mentions"]
        assert min(row["mentions"], others) >= 5
        for name in ("mentioning_nps", "other_nps", "difference_p_value"):
            if min(row["mentions"], others) < 30:
                assert row[name] is None
            else:
                assert row[name] == pytest.approx(expected[name], abs=1e-9)


def test_a_topic_of_the_company_is_there_where_enough_mention_it(refreshed: Company) -> None:
    enough = {
        tuple(row[name] for name in KEY)
        for row in truth.expected_topics(refreshed.world, refreshed.today).to_pylist()
        if row["company"] == "company" and row["period_grain"] == "trailing_365d"
        if min(row["mentions"], row["comments"] - row["mentions"]) >= 5
    }
    shown = {
        key_of(row)
        for row in published(refreshed)
        if row["segment"] == "company" and row["period_grain"] == "trailing_365d"
    }
    assert shown == enough


def test_the_labels_say_what_was_planted_and_the_figures_how_much_of_it_was_found(refreshed: Company) -> None:
    with (VERDANT / "labels" / "topics.csv").open(encoding="utf-8", newline="") as file:
        said = {row["comment_hash"]: row["topics"] for row in csv.DictReader(file)}
    hashes = {hashlib.sha256(sentence.encode()).hexdigest(): sentence for sentence in FOUND}
    assert said.keys() == hashes.keys()
    assert all(
        said[name] == ";".join(sorted(ABOUT.get(sentence, frozenset()))) for name, sentence in hashes.items()
    )
    rows = published(refreshed)
    labelled = rows[0]["labelled_comments"]
    assert 20 <= labelled <= len(FOUND)  # some sentence may be nobody's
    assert {row["labelled_comments"] for row in rows} == {labelled}
    recalls = {row["topic"]: row["topic_recall"] for row in rows}
    assert recalls["people"] == pytest.approx(4 / 7)
    assert recalls["price"] == 1.0
    assert {row["topic_precision"] for row in rows} == {1.0}


def test_the_command_and_the_page_show_what_is_published(refreshed: Company, site: Path) -> None:
    done = refreshed.nps("topics", "--by", "stage", "--format", "json")
    assert done.returncode == 0, done.stderr
    rows = [
        row
        for row in published(refreshed)
        if row["segment"] == "journey_stage" and row["period_grain"] == "trailing_365d"
    ]
    assert {key_of(row) for row in json.loads(done.stdout)} == {key_of(row) for row in rows}
    page = (site / "topics.html").read_text("utf-8")
    assert rows
    assert all(row["topic_label"] in page for row in rows)
    refused = refreshed.nps("topics", "--by", "region")
    assert refused.returncode != 0
    assert "choose one of company" in refused.stderr


def test_nothing_published_is_a_comment(refreshed: Company) -> None:
    texts = {value for row in published(refreshed) for value in row.values() if isinstance(value, str)}
    assert not texts & {*FOUND}


def test_best_practice_is_of_branches_above_and_of_published_topics(refreshed: Company, site: Path) -> None:
    with refreshed.published() as connection:
        rows = connection.execute("select * from best_practice").to_arrow_table().to_pylist()
        above = connection.execute("select branch from branch_scorecards where standing = 'above'").fetchall()
    year = [row for row in published(refreshed) if row["period_grain"] == "trailing_365d"]
    shown = {(row["survey_type"], row["branch"], row["topic"]) for row in year}
    for row in rows:
        assert (row["branch"],) in above
        for branch in (row["branch"], "(all)"):
            assert (row["survey_type"], branch, row["topic"]) in shown
    page = (site / "topics.html").read_text("utf-8")
    done = refreshed.nps("topics", "best-practice")
    if rows:
        assert all(row["branch_name"] in done.stdout for row in rows)
    else:
        said = "too few topics are published" if above else "No branch stands above the others beyond noise."
        assert said in page
        assert said in done.stderr
