"""The failure sensor: a run that failed under Dagster reaches the configured command."""

import json
import sys
from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.alerts import failure_alert
from orchestration.instance import COMMAND_LINE, STARTED_BY


@dg.op
def load_stripe() -> None:
    raise ConnectionError("stripe: the key\nwas refused")


@dg.job
def refresh() -> None:
    load_stripe()


def failed_run(told: Path, monkeypatch: pytest.MonkeyPatch, tags: dict[str, str]) -> str:
    """Run a job that fails, hand it to the sensor, and return the run's id."""
    script = told.with_suffix(".py")
    script.write_text("import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.stdin.read())\n")
    monkeypatch.setenv("NPS_FAILURE_COMMAND", f"{sys.executable} {script} {told}")
    with dg.DagsterInstance.ephemeral() as instance:
        result = refresh.execute_in_process(instance=instance, raise_on_error=False, tags=tags)
        context = dg.build_run_status_sensor_context(
            sensor_name="failure_alert",
            dagster_instance=instance,
            dagster_run=result.dagster_run,
            dagster_event=result.get_run_failure_event(),
        ).for_run_failure()
        failure_alert(context)
    return result.run_id


def test_run_step_and_error_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    run_id = failed_run(told, monkeypatch, tags={})
    assert json.loads(told.read_text()) == {
        "run_id": run_id,
        "job": "refresh",
        "failed_step": "load_stripe",
        "error": "stripe: the key was refused",
    }


def test_a_run_of_the_command_line_is_not_told_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "told"
    failed_run(told, monkeypatch, tags={STARTED_BY: COMMAND_LINE})
    assert not told.exists()
