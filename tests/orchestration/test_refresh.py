"""The whole graph on a few answers from a file: what passes is published, what fails changes nothing."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster import DagsterEventType

from orchestration import backup, environment, events, exposition, health
from orchestration.refresh import refresh
from orchestration.report import RefreshReport
from publication import ledger, reader

pytestmark = pytest.mark.xdist_group("refresh")

ANSWERS = """response_id,score,responded_at,respondent_email
a1,10,2026-01-05T10:00:00Z,ann@customer.example
a2,9,2026-01-06T10:00:00Z,bob@customer.example
a3,7,2026-01-07T10:00:00Z,cid@customer.example
a4,3,2026-01-08T10:00:00Z,dan@customer.example
a5,10,2026-01-09T10:00:00Z,eve@customer.example
a6,eleven,2026-01-10T10:00:00Z,fay@customer.example
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    inbox = folder / "inbox" / "surveys" / "responses"
    inbox.mkdir(parents=True)
    (inbox / "answers.csv").write_text(ANSWERS)
    return folder


@pytest.fixture
def here(home: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The module's state folder, on one fixed day."""
    monkeypatch.setenv("NPS_HOME", str(home))
    monkeypatch.setenv("NPS_AS_OF", "2026-02-01")
    return home


@pytest.fixture(scope="module")
def first(home: Path) -> RefreshReport:
    """The first run, which every test of this module builds on."""
    with environment.restored(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("NPS_HOME", str(home))
        patch.setenv("NPS_AS_OF", "2026-02-01")
        return refresh()


def test_what_passes_is_published(first: RefreshReport, here: Path) -> None:
    assert first.error is None
    assert first.succeeded
    assert first.changed
    [files] = [load for load in first.loads if load.source == "files"]
    assert (files.rows, files.quarantined) == (5, 1)
    [score] = reader.show(here / "published", survey_type="relationship")
    assert (score.promoters, score.passives, score.detractors, score.responses) == (3, 1, 1, 5)


def test_whoever_watches_is_told(first: RefreshReport, here: Path) -> None:
    home = environment.home()
    load = health.load_of(home, "files")
    assert (load.received, load.landed, load.quarantined, load.failed) == (6, 5, 1, 0)
    assert load.newest == datetime(2026, 1, 9, 10, tzinfo=UTC).timestamp()
    runs = {each.job: each for each in health.runs(home)}
    assert runs.keys() == {"load", "build_and_publish"}
    assert all(each.is_success for each in runs.values())
    assert sum(each.passed for each in runs.values()) == first.checks_passed
    assert "load_files" in runs["load"].steps
    assert str(first.version) in exposition.text(home).decode()


def test_dagster_shows_what_came_of_every_model_and_check(first: RefreshReport, here: Path) -> None:
    """Read through Dagster's own classes, as its web page does."""
    table = dg.AssetKey(["marts", "fct_survey_responses"])
    with dg.DagsterInstance.from_config(str(here / "dagster")) as instance:
        run = instance.get_run_by_id(first.run_id)
        assert run is not None
        assert run.is_success
        built = instance.get_latest_materialization_event(table)
        assert built is not None
        assert built.asset_materialization is not None
        assert built.asset_materialization.metadata["dagster/row_count"].value == 5
        events = instance.get_records_for_run(first.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
        check = dg.AssetCheckKey(table, "unique_fct_survey_responses_answer_key")
        verdicts = [
            event.event_log_entry.dagster_event.asset_check_evaluation_data  # type: ignore[union-attr]
            for event in events.records
        ]
    assert len(verdicts) == first.checks_passed
    assert check in {verdict.asset_check_key for verdict in verdicts if verdict.passed}


def test_nothing_new_changes_nothing_and_says_so(first: RefreshReport, here: Path) -> None:
    again = refresh()
    assert again.error is None
    assert again.succeeded
    assert not again.changed
    assert again.version == first.version
    assert [load.rows for load in again.loads] == [0]
    assert again.standing_since is not None
    assert (again.models, again.checks_passed) == (0, 0)
    assert again.shortfall == first.shortfall
    assert [line for line in again.shortfall if "eleven" in line], "what is in quarantine is said again"
    with dg.DagsterInstance.from_config(str(here / "dagster")) as instance:
        told = instance.get_latest_materialization_event(events.PUBLISHED_COPY)
    assert told is not None
    assert told.asset_materialization is not None
    assert told.asset_materialization.metadata[events.VERSION].value == first.version


@pytest.mark.long
def test_what_a_release_broke_comes_back_from_the_backup(
    first: RefreshReport, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """docs/how-to/upgrade.md: the release before, the folder of before, and the same publication."""
    backup.write(here, tmp_path / "before.tar")
    backup.restore(tmp_path / "before.tar", tmp_path / "restored")
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "restored"))
    again = refresh()
    assert again.error is None
    assert (again.version, again.changed) == (first.version, False)
    assert ledger.verify(tmp_path / "restored" / "ledger") == ledger.verify(here / "ledger")


def test_a_failing_check_stops_publication_and_is_told(
    first: RefreshReport, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told.json"
    script = tmp_path / "tell.py"
    script.write_text("import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())\n")
    monkeypatch.setenv("NPS_FAILURE_COMMAND", f"{sys.executable} {script} {told}")
    with duckdb.connect(str(here / "warehouse.duckdb")) as connection:
        connection.execute("update raw_files.surveys_responses set payload = '{}' where response_id = 'a1'")
    stopped = refresh()
    assert not stopped.succeeded
    assert stopped.failed_step == "guard_raw"
    assert stopped.failed_checks[0].asset == "raw_files/surveys_responses"
    assert "ExpectRowsToHoldWhatWasSent" in str(stopped.error)
    assert stopped.models == 0, "the models were built on a raw table that did not pass"
    assert stopped.version == first.version
    assert not stopped.changed
    [run] = [each for each in health.runs(environment.home()) if each.job == "build_and_publish"]
    assert not run.is_success
    assert ("raw_files/surveys_responses", stopped.failed_checks[0].check) in run.failed_checks
    assert run.succeeded_at is not None
    notice = json.loads(told.read_text())
    assert notice["run_id"] == stopped.run_id
    assert notice["failed_step"] == "guard_raw"
    assert notice["error"] == stopped.error
