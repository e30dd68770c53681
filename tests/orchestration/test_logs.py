"""`--log json`: one object a line, with every field, and no secret."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest
from typer.testing import CliRunner

from ingestion import masking
from orchestration import logs, progress
from orchestration.cli import app

FIELDS = {"time", "level", "phase", "source", "run", "message"}


@pytest.fixture(autouse=True)
def no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process has one run; a test process has one for each test."""
    monkeypatch.setattr(logs, "_run", None)


def test_a_phase_is_told_once_and_each_source() -> None:
    stream = io.StringIO()
    logs.begin("refresh-1")
    with progress.listening(logs.Reporter(stream).on_report):
        progress.report("load", "qualtrics")
        progress.report("load", "stripe")
        for model in ("a", "b", "c"):
            progress.report("build", model)
        progress.report("guard", "raw tables")
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(each["phase"], each["source"]) for each in said] == [
        ("load", "qualtrics"),
        ("load", "stripe"),
        ("build", None),
        ("guard", None),
    ]
    assert all(each.keys() == FIELDS and each["run"] == "refresh-1" for each in said)


def test_a_line_shows_no_secret_and_is_one_line() -> None:
    masking.remember("api_key", "sk_live_4711")
    said = json.loads(logs.line("error", "401 for sk_live_4711\nnext", "load", "stripe"))
    assert said["message"] == "401 for ***\nnext"
    assert "\n" not in logs.line("error", "two\nlines")


def test_an_error_of_a_command_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPS_AS_OF", "yesterday")
    result = CliRunner().invoke(app, ["--log", "json", "refresh"])
    assert result.exit_code == 2
    started, said = [json.loads(line) for line in result.stderr.splitlines()]
    assert (started["level"], started["phase"]) == ("info", "start")
    assert said["level"] == "error"
    assert said["run"].startswith("refresh-")
    assert "NPS_AS_OF is 'yesterday'" in said["message"]


def test_servers_log_in_the_same_form(monkeypatch: pytest.MonkeyPatch) -> None:
    assert logs.configuration() is None
    monkeypatch.setenv("NPS_LOG", "json")
    configured = logs.configuration()
    assert configured is not None
    try:
        raise ValueError("why")
    except ValueError:
        record = logging.LogRecord("uvicorn.error", logging.WARNING, "", 1, "port %s", (1,), sys.exc_info())
    said = json.loads(configured["formatters"]["json"]["()"]().format(record))
    assert (said["level"], said["phase"]) == ("warning", "uvicorn.error")
    assert said["message"].startswith("port 1\nTraceback")
