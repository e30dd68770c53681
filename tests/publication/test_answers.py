"""The answers behind a version are kept beside the ledger, and explain what the next one restates."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from publication.publish import publish
from tests.publication.home import Home
from tests.publication.warehouse import Answer, fill, some

AS_OF = date(2026, 1, 2)
LATER = date(2026, 1, 3)
TODAY = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
EDITED = [answer.but(score=3, version_count=2) if i == 10 else answer for i, answer in enumerate(some())]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_answers_that_an_earlier_release_published_are_compared(home: Home) -> None:
    """With the moment instead of the day, and nowhere else."""
    warehouse = fill(home.path / "warehouse.duckdb", some(), AS_OF)
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            "create or replace table publication.nps_responses as"
            " select md5(answer_key) as answer_id, responded_at + interval 9 hour as responded_at,"
            " * exclude (responded_at, response_date) from marts.fct_survey_responses where is_counted"
        )
    earlier = publish(warehouse, home.path / "published", AS_OF)
    shutil.rmtree(home.path / "answers")
    earlier.path.chmod(0o755)
    said = earlier.path / "manifest.json"
    said.chmod(0o644)
    said.write_text(json.dumps({**json.loads(said.read_text()), "answers": None}))
    late = Answer("qualtrics:LATE:QID1", date(2025, 11, 20), 0, "late", branch="B2", loaded_at=TODAY)
    home.publish([*some(), late], LATER)
    assert home.causes() == {(late.answer_id, "late_answer")}


def test_answers_are_kept_as_long_as_their_version_and_are_not_published(home: Home) -> None:
    for number in range(7):
        later = home.publish(some(50 + number), LATER)
    versions = {path.name for path in (home.path / "published" / "versions").iterdir()}
    kept = [*(home.path / "answers").iterdir()]
    assert {path.stem for path in kept} == versions
    assert len(versions) == 5
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o400}
    assert not [
        path
        for path in later.path.rglob("*")
        if "answers" in path.name and path not in (later.path / "parquet" / "restated_answers.parquet",)
    ]


@pytest.mark.parametrize("gone", [True, False])
def test_without_the_answers_that_were_kept_the_cause_is_undetermined(home: Home, gone: bool) -> None:
    home.publish(some(), AS_OF)
    [kept] = (home.path / "answers").iterdir()
    kept.chmod(0o600)
    if gone:
        kept.unlink()
    else:
        kept.write_bytes(kept.read_bytes()[:-1] + b"!")
    home.publish(EDITED, LATER)
    assert {row[-1] for row in home.restated()} == {"undetermined"}
