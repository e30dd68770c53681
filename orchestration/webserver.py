"""Dagster's web page and daemon for this project. It has no login: loopback only, and behind a doorkeeper."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from orchestration import doorkeeper, environment, simulation
from orchestration.defs import schedule

HOST = doorkeeper.HOST
PORT = 3000
MODULES = ("-m", "orchestration.definitions", "-m", "orchestration.received")


def address(port: int = PORT) -> str:
    """Where a browser finds the web page while it is served."""
    return f"http://{HOST}:{port}"


def serve(port: int) -> int:
    """Run `dagster dev` until it is interrupted; a simulated company's vendors run meanwhile.

    Raises:
        ConfigurationError: another process listens on the port.
    """
    home = environment.prepare()
    with socket.socket() as probe:
        if probe.connect_ex((HOST, port)) == 0:
            raise environment.ConfigurationError(f"port {port} is in use; choose another with --port")
    host, inner = server = doorkeeper.somewhere()
    command = ["dagster", "dev", *MODULES, "--host", host, "--port", str(inner)]
    print(f"Dagster's web page is on {address(port)} as soon as it has started", file=sys.stderr)
    with simulation.vendors(home), doorkeeper.standing_before(server, port):
        return _until_interrupted(command, home.path)


def run_daemon() -> int:
    """Run Dagster's daemon without a web page until it is interrupted.

    Raises:
        ConfigurationError: `NPS_SCHEDULE` is not a time as cron says it.
    """
    home = environment.prepare()
    schedule.daily()  # Dagster's own process would say what is wrong with it, and go on without a schedule
    with simulation.vendors(home):
        return _until_interrupted(["dagster-daemon", "run", *MODULES], home.path)


def _until_interrupted(command: Sequence[str], folder: Path) -> int:
    """Run a program of Dagster's; its exit code, or 0 once it has been told to end."""
    program = Path(sys.executable).with_name(command[0])
    # In its own session: it gets one interrupt, and then ends the processes that it has started.
    process = subprocess.Popen([str(program), *command[1:]], cwd=folder, start_new_session=True)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        process.wait()
        return 0
