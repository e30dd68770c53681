"""`nps dev`: when Dagster's web page is started, and that nothing of it is left behind."""

import os
import signal
import socket
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from orchestration import environment, instance, webserver
from orchestration.cli import app


def test_the_web_page_does_not_start_on_a_port_that_is_taken(state: Path) -> None:
    with socket.create_server((webserver.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["dev", "--port", str(port)])
    assert result.exit_code == 2
    assert f"port {port} is in use" in result.stderr


def test_the_web_page_asks_for_no_address(state: Path) -> None:
    """Neither the dialogue that asks for one, nor telemetry."""
    with instance.opened(environment.prepare()) as dagster:
        assert not dagster.nux_enabled
        assert not dagster.telemetry_enabled


def test_the_web_page_is_told_to_end_and_waited_for(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, ended = tmp_path / "started", tmp_path / "ended"
    dagster = tmp_path / "dagster"
    dagster.write_text(
        f"#!/bin/sh\ntrap 'sleep 0.3; touch {ended}; exit 0' INT\ntouch {started}\n"
        "while true; do sleep 0.1; done\n"
    )
    dagster.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with socket.create_server((webserver.HOST, 0)) as free:
        port = free.getsockname()[1]

    def terminate() -> None:
        while not started.exists():
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=terminate, daemon=True).start()
    assert CliRunner().invoke(app, ["dev", "--port", str(port)]).exit_code == 0
    assert ended.exists()
