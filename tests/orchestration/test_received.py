"""What the receiver has kept is loaded: answers as rows of files, others by asking the vendor; each once."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from demo import server, webhooks
from demo.vendors import surveymonkey, typeform
from ingestion.load import load_source
from orchestration import environment, instance, receiving
from orchestration import received as sensor
from orchestration.cli import app
from orchestration.defs.schedule import JOB
from orchestration.environment import Home
from orchestration.instance import LOADED_FOR
from receiver import senders
from receiver.journal import Journal
from receiver.segments import Segments, Standing
from tests.demo import vendor_world

from .conftest import QUALTRICS

pytestmark = pytest.mark.xdist_group("received")

SURVEY = "SV_Relationship001"


def keep(home: Home, sender: str, *lines: bytes) -> None:
    """What the receiver does with verified posts."""

    async def run() -> None:
        journal = Journal(home.received)
        commits = asyncio.create_task(journal.commits())
        await asyncio.gather(*(journal.keep(sender, line) for line in lines))
        commits.cancel()
        journal.close()

    asyncio.run(run())


def answer(identity: str, score: Any = 9, **columns: Any) -> bytes:
    said = {"response_id": identity, "score": score, "responded_at": "2026-01-01T08:00:00Z"} | columns
    return senders.known()["answers"].line(json.dumps(said, indent=1).encode())


def load(home: Home, source: str = "files") -> None:
    with receiving.taken(home, source):
        load_source(source)


def standing(home: Home, sender: str = "answers") -> Standing:
    return Segments(home.received / sender).standing()


def rows(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as warehouse:
        return warehouse.execute(query).fetchall()


@pytest.fixture
def home(state: Path) -> Home:
    return environment.prepare()


def test_an_answer_is_one_row_by_whichever_ways_it_comes_and_all_are_counted(home: Home) -> None:
    """A sender posts it twice, and again in a later segment; the vendor's archive has it in a CSV."""
    keep(home, "answers", answer("R1", 3), answer("R2", "eleven"), answer("R1", 3))
    assert standing(home) == Standing(received=3, loaded=0, quarantined=0, waiting=3)
    load(home)
    assert standing(home) == Standing(received=3, loaded=2, quarantined=1, waiting=0)
    [(reason, origin)] = rows(home, "select reason, origin from raw_files.quarantine")
    assert reason == "wrong_type"
    assert origin.startswith("received-")
    keep(home, "answers", answer("R1", 3), answer("R3", 8))
    archive = home.inbox / "surveys" / "responses" / "archive.csv"
    archive.write_text("response_id,score,responded_at\nR1,3,2026-01-01T08:00:00Z\nR4,0,2026-01-02\n")
    load(home)
    assert standing(home) == Standing(received=5, loaded=4, quarantined=1, waiting=0)
    current = (
        "select record_id, score from raw_files.surveys_responses qualify row_number() over"
        " (partition by record_id order by version_at desc nulls last, _dlt_load_id desc, position desc) = 1"
        " order by record_id"
    )
    assert rows(home, current) == [
        ("relationship:R1:nps", 3.0),
        ("relationship:R3:nps", 8.0),
        ("relationship:R4:nps", 0.0),
    ]
    # Somebody writes to the file between the hand-over and the load, so that the load leaves it for the next.
    keep(home, "answers", answer("R5"))
    with receiving.taken(home, "files"):
        pass
    assert standing(home) == Standing(received=6, loaded=4, quarantined=1, waiting=1)


def test_what_was_loaded_is_not_kept_in_clear_beside_raw(home: Home) -> None:
    keep(home, "answers", answer("R1", 3, comment="Nobody called back, says Ann"))
    load(home)
    keep(home, "answers", answer("R2", 5))
    receiving.let_go(home, datetime.now(UTC))
    copies = home.inbox / "surveys" / "responses"
    assert len([*copies.glob("received-*")]) == 1  # a process may write to a segment of its day
    company_file = copies / "received-by-hand.jsonl"
    company_file.write_bytes(answer("R3", 7))
    receiving.let_go(home, datetime.now(UTC) + timedelta(days=1, hours=1))
    assert [path.name for path in copies.iterdir()] == [company_file.name]
    assert len([*(home.received / "answers").glob("*.jsonl")]) == 1  # R2, which no load has taken
    load(home)
    assert standing(home) == Standing(received=2, loaded=2, quarantined=0, waiting=0)
    assert rows(home, "select count(*) from raw_files.surveys_responses") == [(3,)]


def test_a_load_that_fails_leaves_answers_waiting(home: Home) -> None:
    keep(home, "answers", answer("R1"))
    with pytest.raises(RuntimeError), receiving.taken(home, "files"):
        raise RuntimeError("the load failed")
    assert standing(home).waiting == 1


def posted(sender: str) -> bytes:
    """What is kept of a vendor's post about the answer R_0001."""
    post = {
        "qualtrics": webhooks.qualtrics(SURVEY, "R_0001", "shared"),
        "surveymonkey": webhooks.surveymonkey("507000001", "R_0001", "id", "secret"),
        "typeform": webhooks.typeform("Relationship001", "R_0001", 9, "secret"),
    }[sender]
    return senders.known()[sender].line(post.body)


@pytest.mark.parametrize(
    ("vendor", "settings"),
    [
        ("qualtrics", server.environment),
        pytest.param("surveymonkey", surveymonkey.settings, marks=pytest.mark.long),
        ("typeform", typeform.settings),
    ],
)
def test_a_vendor_is_asked_for_what_its_event_names(
    home: Home, monkeypatch: pytest.MonkeyPatch, vendor: str, settings: Callable[[str], dict[str, str]]
) -> None:
    """The event comes first, twice; the API delivers the answer then and at every later load: one row."""
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.01")
    world = vendor_world.world({"responses": [vendor_world.response(1, 0.5)]})
    line = posted(vendor)
    keep(home, vendor, line, line)
    with server.serve(world, datetime(2026, 1, 3)) as vendors:
        for name, value in settings(vendors.base_url).items():
            monkeypatch.setenv(name, value)
        assert receiving.waiting(home, [vendor]) == [vendor]
        load(home, vendor)
        assert standing(home, vendor) == Standing(received=2, loaded=2, quarantined=0, waiting=0)
        every = f"select response_id, question_id, score from raw_{vendor}.responses order by all"
        before = rows(home, every)
        assert {response for response, _, _ in before} == {"R_0001"}
        keep(home, vendor, line)
        assert standing(home, vendor).waiting == 1
        load(home, vendor)
    assert standing(home, vendor).waiting == 0
    assert rows(home, every) == before


def requested(dagster: dg.DagsterInstance) -> list[dg.RunRequest]:
    with dg.build_sensor_context(instance=dagster) as context:
        return list(sensor.received.evaluate_tick(context).run_requests or [])


def test_the_sensor_starts_a_load_of_what_waits_and_only_of_that(home: Home) -> None:
    with dg.DagsterInstance.ephemeral() as dagster:
        assert not requested(dagster)
        keep(home, "answers", answer("R1"))
        keep(home, "typeform", b"{}")  # which nobody loads
        [request] = requested(dagster)
        assert request.tags[LOADED_FOR] == "files"

        def run() -> dg.ExecuteInProcessResult:
            return sensor.load_received.execute_in_process(instance=dagster, tags=request.tags)

        with instance.alone(home):  # a refresh of the command line
            assert not requested(dagster)
            assert run().success  # it gives way
            assert standing(home).waiting == 1
        assert requested(dagster)
        told = {each.asset_key for each in run().get_asset_materialization_events() if each.asset_key}
        assert {key.path[0] for key in told} == {"raw_files"}
        assert standing(home) == Standing(received=1, loaded=1, quarantined=0, waiting=0)
        assert standing(home, "typeform").waiting == 1
        assert not requested(dagster)
    shown = CliRunner().invoke(app, ["sources"]).stdout
    assert ["answers", "1", "1", "0", "0"] in [line.split() for line in shown.splitlines()]
    assert "typeform" in shown
    assert "kept: no loader" in shown


def started(
    dagster: dg.DagsterInstance, status: dg.DagsterRunStatus, tags: dict[str, str], job: str = "load_received"
) -> str:
    return dagster.add_run(dg.DagsterRun(job_name=job, status=status, tags=tags)).run_id


def test_a_vendor_is_asked_once_a_minute_and_a_failed_load_waits_longer(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in QUALTRICS.items():
        monkeypatch.setenv(name, value)
    after = [0.0]
    monkeypatch.setattr(sensor, "time", SimpleNamespace(time=lambda: time.time() + after[0]))
    keep(home, "qualtrics", b"{}")
    tags = {LOADED_FOR: "qualtrics"}
    with dg.DagsterInstance.ephemeral() as dagster:
        assert [request.tags[LOADED_FOR] for request in requested(dagster)] == ["qualtrics"]
        started(dagster, dg.DagsterRunStatus.SUCCESS, tags)
        assert not requested(dagster)
        after[0] = sensor.PAUSE_SECONDS
        assert requested(dagster)
        started(dagster, dg.DagsterRunStatus.FAILURE, tags)
        assert not requested(dagster)
        after[0] = sensor.AGAIN_SECONDS
        assert requested(dagster)
        started(dagster, dg.DagsterRunStatus.STARTED, tags)
        assert not requested(dagster)


def test_a_load_waits_for_the_refresh_of_the_schedule(home: Home) -> None:
    keep(home, "answers", answer("R1"))
    with dg.DagsterInstance.ephemeral() as dagster:
        abandoned = {
            instance.STARTED_BY: instance.COMMAND_LINE
        }  # whose process is gone, and its lock with it
        started(dagster, dg.DagsterRunStatus.STARTED, abandoned, JOB)
        assert requested(dagster)
        started(dagster, dg.DagsterRunStatus.STARTED, {}, JOB)
        assert not requested(dagster)
