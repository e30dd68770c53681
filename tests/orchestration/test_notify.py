"""A failure reaches a real HTTP server and a real command, and a broken receiver hides nothing."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from orchestration.notify import Failure, notify

FAILURE = Failure("run-1", "refresh", "load_stripe", "stripe: the key was refused")


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    received: list[dict[str, Any]] = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(json.loads(body))
            self.send_response(500 if self.path == "/broken" else 204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Keep the test's output clean."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", received
    server.shutdown()
    thread.join()


def test_nothing_configured_tells_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NPS_FAILURE_WEBHOOK", raising=False)
    monkeypatch.delenv("NPS_FAILURE_COMMAND", raising=False)
    assert notify(FAILURE) == []


def test_the_webhook_gets_run_step_and_error(
    webhook: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, received = webhook
    monkeypatch.setenv("NPS_FAILURE_WEBHOOK", url)
    assert notify(FAILURE) == []
    assert received == [
        {
            "run_id": "run-1",
            "job": "refresh",
            "failed_step": "load_stripe",
            "error": "stripe: the key was refused",
        }
    ]


def test_the_command_gets_it_on_stdin_and_in_its_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "told file.json"
    script = tmp_path / "tell.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "pathlib.Path(sys.argv[1]).write_text(os.environ['NPS_FAILED_STEP'] + ' ' + sys.stdin.read())\n"
    )
    monkeypatch.setenv("NPS_FAILURE_COMMAND", f"{sys.executable} {script} '{told}'")
    assert notify(FAILURE) == []
    step, body = told.read_text().split(" ", 1)
    assert step == "load_stripe"
    assert json.loads(body)["error"] == "stripe: the key was refused"


@pytest.mark.parametrize("command", ["/does/not/exist", "false", "unbalanced 'quote"])
def test_a_broken_command_is_named_and_does_not_raise(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_FAILURE_COMMAND", command)
    [problem] = notify(FAILURE)
    assert problem.startswith("NPS_FAILURE_COMMAND failed")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "not a url"])
def test_an_unreachable_webhook_is_named_and_does_not_raise(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPS_FAILURE_WEBHOOK", url)
    [problem] = notify(FAILURE)
    assert problem.startswith("NPS_FAILURE_WEBHOOK could not be reached")


def test_a_webhook_that_answers_with_an_error_is_named(
    webhook: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPS_FAILURE_WEBHOOK", f"{webhook[0]}/broken")
    [problem] = notify(FAILURE)
    assert "500" in problem
