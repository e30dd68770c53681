"""`nps backfill`: what it prints, and what it refuses."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from demo import server
from demo.vendors import scripts
from orchestration.cli import app
from tests.demo import vendor_world

SPAN = ("--from", "2026-01-01", "--to", "2026-01-03")


def test_it_says_what_each_month_brought_and_where_it_goes_on(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.01")
    monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "2")
    world = vendor_world.world({"responses": [vendor_world.response(1, 0.5)]})
    with server.serve(world, datetime(2026, 1, 3)) as vendors:
        for name, value in vendors.environment().items():
            monkeypatch.setenv(name, value)
        vendors.faults.script(scripts.refused("/export-responses", 503, times=4))
        stopped = CliRunner().invoke(app, ["backfill", "qualtrics", *SPAN])
        assert stopped.exit_code == 1
        assert "0 of 1 months are done; run this again" in stopped.stderr
        vendors.faults.scripts.clear()
        done = CliRunner().invoke(app, ["backfill", "qualtrics", *SPAN])
        again = CliRunner().invoke(app, ["backfill", "qualtrics", *SPAN])
    assert done.exit_code == 0, done.output
    [row] = [line.split() for line in done.stdout.splitlines() if line.startswith("2026-01-01")]
    assert row[:5] == ["2026-01-01", "2026-01-03", "1", "1", "0"]
    assert "was done before" in again.stdout
    with duckdb.connect(str(state / "warehouse.duckdb"), read_only=True) as raw:
        assert raw.sql("select count(*) from raw_qualtrics.responses").fetchall() == [(1,)]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["files", *SPAN], "files cannot be asked for a span of time"),
        (["stripe", *SPAN], "stripe is not configured"),
        (["nobody", *SPAN], "there is no source"),
    ],
)
def test_what_it_cannot_do_it_says_in_a_line(asked: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["backfill", *asked])
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
