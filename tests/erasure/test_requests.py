"""The file of requests: which wait, which are carried out by `nps erase`, and which are left and named."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from ingestion.load import load_source
from orchestration import erasing
from orchestration.cli import app
from orchestration.environment import Home
from tests.erasure.test_erasing import held
from tests.ingestion.inbox import Inbox

pytestmark = pytest.mark.long

REQUESTS = """erasure_id,requested_at,contact_id,email,source
e1,2026-02-01T00:00:00Z,c1,,
e2,2026-02-01T00:00:00Z,,grace@navy.example,files
e3,2999-01-01T00:00:00Z,c2,,
"""


@pytest.fixture
def asked(loaded: Path) -> Path:
    """The state folder with requests, of which the guard has read everything again."""
    Inbox(loaded, "surveys_erasures", "surveys/erasures").drop("requests.csv", REQUESTS)
    load_source("files")
    with duckdb.connect(str(loaded / "warehouse.duckdb"), read_only=True) as db:
        [(newest,)] = db.execute("select max(load_id) from raw_files._dlt_loads").fetchall()
    (loaded / "read_again.json").write_text(json.dumps({"files": newest}))
    return loaded


def test_those_that_wait_are_carried_out_and_wait_no_more(asked: Path) -> None:
    home = Home(asked)
    assert [request.erasure_id for request in erasing.waiting(home)] == ["e1", "e2"]
    assert ["1 requests to be forgotten wait" in line for line in erasing.remarks(home)] == [True]
    shown = CliRunner().invoke(app, ["erase", "--requests", "--dry-run"])
    assert shown.exit_code == 0, shown.output
    assert "files.surveys_responses" in shown.output
    assert len(held(asked)) > 10
    done = CliRunner().invoke(app, ["erase", "--requests"])
    assert done.exit_code == 0, done.output
    assert "the request e2 is limited to files" in done.output
    assert held(asked) == {}
    assert [request.erasure_id for request in erasing.waiting(home)] == ["e2"]
    assert erasing.remarks(home) == []
    again = CliRunner().invoke(app, ["erase", "--requests"])
    assert "no request waits that can be carried out" in again.output
    load_source("files")
    assert [request.erasure_id for request in erasing.waiting(home)] == ["e2"]


def test_who_has_answered_since_is_not_carried_out(asked: Path) -> None:
    with duckdb.connect(str(asked / "warehouse.duckdb")) as db:
        db.execute(
            "update marts.fct_survey_responses set responded_at = '2026-02-02', disposition = 'counted'"
            " where response_id = 'r4'"
        )
    done = CliRunner().invoke(app, ["erase", "--requests"])
    assert "has answered 1 times since" in done.output
    assert len(held(asked)) > 10


def test_nobody_and_unread_loads_are_refused(asked: Path) -> None:
    nobody = CliRunner().invoke(app, ["erase"])
    assert nobody.exit_code == 2
    assert "name whom to forget" in nobody.output
    both = CliRunner().invoke(app, ["erase", "--requests", "--contact", "c1"])
    assert both.exit_code == 2
    (asked / "read_again.json").unlink()
    unread = CliRunner().invoke(app, ["erase", "--contact", "c1"])
    assert unread.exit_code == 2
    assert "has not read again" in unread.output
    assert len(held(asked)) > 10
