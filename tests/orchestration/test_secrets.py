"""Vendors that fail and repeat every secret that they were sent: it is nowhere afterwards; others go on."""

import base64
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration import definitions, environment, failures, instance, policy
from orchestration.defs.schedule import LOAD

CANARIES = {
    "SOURCES__QUALTRICS__API_TOKEN": "canary-qualtrics-7f3a",
    "SOURCES__SALESFORCE__CLIENT_SECRET": "canary-salesforce-91bc",
    "SOURCES__STRIPE__API_KEY": "canary-stripe-d04e",
}
AT_RUN_TIME = "canary-session-55aa"
SECRETS = (*CANARIES.values(), AT_RUN_TIME)
ESCAPES = "\x1b[2J\x1b]0;owned\x07"


class Echo(BaseHTTPRequestHandler):
    """Three vendors, each failing in its own way, whose answers repeat what they were sent."""

    seen: list[str] = []  # noqa: RUF012 - what was sent, and the process list meanwhile

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        type(self).seen.append(sent)
        if self.path.endswith("/token"):
            return self._say(200, json.dumps({"access_token": AT_RUN_TIME}))
        return self._say(400, sent)

    def do_GET(self) -> None:
        type(self).seen.append(str(self.headers))
        type(self).seen += [path.read_text(errors="replace") for path in _command_lines()]
        if self.path.startswith("/services"):
            return self._say(429, str(self.headers), "999999")
        return self._say(500 if self.path.startswith("/v1") else 401, str(self.headers))

    def _say(self, status: int, text: str, retry_after: str = "0") -> None:
        body = text if status == 200 else f"{ESCAPES}{text}"
        self.send_response(status)
        self.send_header("Retry-After", retry_after)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


def _command_lines() -> Iterator[Path]:
    return (path for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    Echo.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        base_url = f"http://127.0.0.1:{server.server_port}"
        for name, value in CANARIES.items():
            monkeypatch.setenv(name, value)
            monkeypatch.setenv(f"{name.rpartition('__')[0]}__BASE_URL", base_url)
        monkeypatch.setenv("SOURCES__SALESFORCE__CLIENT_ID", "the-app")
        monkeypatch.setenv("RUNTIME__REQUEST_MAX_ATTEMPTS", "2")
        monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0.01")
        monkeypatch.setattr(policy, "LOAD_RETRIES", dg.RetryPolicy(max_retries=0))
        yield Echo.seen
        server.shutdown()


def test_failing_vendors_leave_no_secret_behind_and_others_are_loaded(
    state: Path, echo: list[str], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    home = environment.prepare()
    answers = home.inbox / "surveys" / "responses" / "answers.csv"
    answers.parent.mkdir(parents=True)
    answers.write_text("response_id,score,responded_at\na1,10,2026-01-05T10:00:00Z\n")
    job = definitions.loads().resolve_job_def(LOAD)
    with instance.opened(home) as dagster:
        result = job.execute_in_process(instance=dagster, raise_on_error=False)

    failed = {event.step_key: failures.first_failure([event]) for event in result.get_step_failure_events()}
    told = {step: said[1] for step, said in failed.items() if said is not None}
    assert set(told) == {"load_qualtrics", "load_salesforce", "load_stripe"}
    assert "answered 401" in told["load_qualtrics"]
    assert "is rate-limited until 20" in told["load_salesforce"]
    assert "answered 500" in told["load_stripe"]
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        assert connection.sql("select count(*) from raw_files.surveys_responses").fetchall() == [(1,)]

    sent = "".join(echo)
    assert all(secret in sent for secret in SECRETS), "a secret was never sent, so this test shows nothing"
    said = [*told.values(), *capfd.readouterr(), caplog.text]
    files = [path for path in state.rglob("*") if path.is_file()]
    assert {"index.db", "trace.pickle", "warehouse.duckdb"} <= {path.name for path in files}
    held = [path.read_bytes() for path in files] + [text.encode() for text in said]
    for secret in SECRETS:
        for form in (secret.encode(), base64.b64encode(secret.encode()).rstrip(b"=")[:-1]):
            assert not [where for where, content in enumerate(held) if form in content]
    assert not [text for text in echo if "\0" in text and any(secret in text for secret in SECRETS)], (
        "a secret is on a command line, which everybody may list"
    )
    assert not [text for text in told.values() if "\x1b" in text or "\x07" in text]
