"""What a refresh leaves for whoever watches it, and how Prometheus is told."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from prometheus_client.parser import text_string_to_metric_families

from orchestration import environment, exposition, health
from orchestration.environment import Home
from outbox import log
from tests.orchestration.small_publication import published

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def told(home: Home) -> Samples:
    """What Prometheus reads, by name and labels."""
    families = text_string_to_metric_families(exposition.text(home).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def sample(home: Home, name: str, **labels: str) -> float | None:
    return told(home).get((f"nps_{name}", tuple(sorted(labels.items()))))


@pytest.fixture
def home() -> Home:
    return environment.prepare()


def loaded(home: Home) -> None:
    health.load_succeeded(home, "qualtrics", 2.5, received=10, landed=7, quarantined=1)


def test_loads_add_up_and_a_failed_one_changes_only_that(home: Home) -> None:
    loaded(home)
    loaded(home)
    before = sample(home, "load_last_success_timestamp_seconds", source="qualtrics")
    health.load_failed(home, "qualtrics")
    for what, count in (("received", 20), ("landed", 14), ("quarantined", 2)):
        assert sample(home, f"load_records_{what}_total", source="qualtrics") == count
    assert sample(home, "loads_total", source="qualtrics", outcome="success") == 2
    assert sample(home, "loads_total", source="qualtrics", outcome="failure") == 1
    assert sample(home, "load_duration_seconds", source="qualtrics") == 2.5
    assert sample(home, "load_last_success_timestamp_seconds", source="qualtrics") == before
    failed = sample(home, "load_last_failure_timestamp_seconds", source="qualtrics")
    assert failed is not None
    assert time.time() - failed < 60
    assert sample(home, "load_last_success_timestamp_seconds", source="stripe") is None


def test_the_newest_record_is_the_latest_moment_of_any_table(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as connection:
        connection.execute("set timezone = 'UTC'; create schema raw_qualtrics")
        connection.execute(
            "create table raw_qualtrics.responses as select timestamptz '2026-01-05 10:00:00Z' as version_at"
        )
        connection.execute(
            "create table raw_qualtrics.surveys as select timestamptz '2026-01-04 10:00:00Z' as responded_at"
        )
        connection.execute("create table raw_qualtrics.questions as select '2027' as version_at")
    loaded(home)
    moment = sample(home, "source_newest_record_timestamp_seconds", source="qualtrics")
    assert moment == datetime(2026, 1, 5, 10, tzinfo=UTC).timestamp()


def test_telling_needs_no_working_file_and_survives_half_a_file(home: Home) -> None:
    loaded(home)
    (home.health / "load-stripe.json").write_text("{")
    (home.health / "load-zendesk.json").write_text('{"of": "another release"}')
    with duckdb.connect(str(home.warehouse)):  # as a refresh does
        assert sample(home, "load_records_landed_total", source="qualtrics") == 7
    assert not [labels for _, labels in told(home) if ("source", "stripe") in labels]


def test_a_run_tells_its_steps_and_proofs_whether_or_not_it_succeeded(home: Home) -> None:
    broken: list[str] = []

    @dg.asset
    def figures() -> None:
        if "step" in broken:
            raise ValueError("of Ann Lee <ann@customer.example>")

    @dg.asset_check(asset=figures)
    def adds_up() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed="check" not in broken)

    @dg.asset_check(asset=figures)
    def is_large() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False, severity=dg.AssetCheckSeverity.WARN)

    job = dg.define_asset_job("refresh").resolve(
        asset_graph=dg.Definitions([figures], asset_checks=[adds_up, is_large]).resolve_asset_graph()
    )

    with dg.DagsterInstance.ephemeral() as dagster:

        def run() -> None:
            result = job.execute_in_process(instance=dagster, raise_on_error=False)
            health.run_ended(home, dagster, result.run_id)

        run()
        assert sample(home, "run_success", dagster_job="refresh") == 1
        for outcome, number in (("passed", 1), ("warned", 1), ("failed", 0)):
            assert sample(home, "checks", dagster_job="refresh", outcome=outcome) == number
        seconds = sample(home, "step_duration_seconds", dagster_job="refresh", step="figures")
        assert seconds is not None
        last = sample(home, "run_last_success_timestamp_seconds", dagster_job="refresh")
        broken.append("check")
        run()
        assert sample(home, "check_failed", dagster_job="refresh", asset="figures", check="adds_up") == 1
        broken.append("step")
        run()
        assert sample(home, "run_success", dagster_job="refresh") == 0
        assert sample(home, "check_failed", dagster_job="refresh", asset="figures", check="adds_up") is None
        later = sample(home, "run_last_success_timestamp_seconds", dagster_job="refresh")
        assert last is not None
        assert later is not None
        assert later >= last
    assert b"customer.example" not in exposition.text(home)


def test_the_publication_and_the_outbox_are_told(tmp_path: Path) -> None:
    assert sample(Home(tmp_path), "publication_timestamp_seconds") is None
    home = Home(tmp_path / "with")
    published(home.path)
    assert sample(home, "publication_sequence") == 1
    assert sample(home, "publication_stale_sources") == 0
    moment = sample(home, "publication_timestamp_seconds")
    assert moment is not None
    assert 0 <= time.time() - moment < 600
    assert [labels for name, labels in told(home) if name == "nps_publication_info"]
    home.outbox.joinpath("hubspot").mkdir(parents=True)
    log.append(home.outbox / "hubspot", [{"event": "rehearsed", "tasks": 0}])
    assert sample(home, "outbox_tasks", target="hubspot", state="waiting") == 0
