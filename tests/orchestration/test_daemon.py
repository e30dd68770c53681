"""`nps daemon`: what its schedule is, that it loads when the time has come, and that nothing of it stays."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import psutil
import pytest
from dagster import DagsterInstance
from typer.testing import CliRunner

from orchestration import environment
from orchestration.cli import app
from orchestration.defs import schedule

NPS = Path(sys.executable).with_name("nps")


def test_it_is_off_until_the_company_says_when(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert schedule.daily().default_status is dg.DefaultScheduleStatus.STOPPED
    monkeypatch.setenv("NPS_SCHEDULE", "30 4 * * 1-5")
    daily = schedule.daily()
    assert (daily.cron_schedule, daily.execution_timezone) == ("30 4 * * 1-5", "UTC")
    assert daily.default_status is dg.DefaultScheduleStatus.RUNNING
    assert daily.job_name == schedule.LOAD


@pytest.mark.parametrize("when", ["at five", "61 5 * * *", "0 5 * *"])
def test_a_time_that_cron_does_not_know_is_said(
    state: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    monkeypatch.setenv("NPS_SCHEDULE", when)
    result = CliRunner().invoke(app, ["daemon"])
    assert result.exit_code == 2
    assert f"NPS_SCHEDULE is '{when}'" in result.stderr


@pytest.mark.long
def test_it_loads_each_minute_and_ends_when_it_is_told(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = environment.prepare()
    monkeypatch.setenv("NPS_SCHEDULE", "* * * * *")
    output = tmp_path / "output"
    with output.open("wb") as said:
        daemon = subprocess.Popen([NPS, "daemon"], cwd=tmp_path, stdout=said, stderr=said)
    try:
        with DagsterInstance.from_config(str(home.dagster)) as instance:
            until = time.monotonic() + 240
            while not (runs := instance.get_runs()) and time.monotonic() < until:
                assert daemon.poll() is None, output.read_text("utf-8")
                time.sleep(1)
        assert [run.job_name for run in runs[-1:]] == [schedule.LOAD], output.read_text("utf-8")
        assert runs[-1].tags[schedule.THEN] == schedule.BUILD
        started = psutil.Process(daemon.pid).children(recursive=True)
    finally:
        os.kill(daemon.pid, signal.SIGTERM)
        daemon.wait(60)
    assert started
    _, left = psutil.wait_procs(started, timeout=30)
    assert left == []
