"""The loader printed in docs/how-to/add-a-survey-vendor.md loads, pages, types and keeps its cursor."""

import json
import sys
import textwrap
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ingestion import registry
from ingestion.load import load_source
from ingestion.registry import SourceSpec

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "add-a-survey-vendor.md"
PAGES: dict[str, dict[str, Any]] = {
    "/v1/responses?updated_since=": {"data": [("a", 9), ("b", "nine")], "next": "/v1/responses?page=2"},
    "/v1/responses?page=2": {"data": [("c", 3)], "next": None},
    "/v1/responses?updated_since=2026-01-01T00%3A00%3A00%2B00%3A00": {"data": [("c", 3)]},
}


def record(uuid: str, score: object) -> dict[str, Any]:
    moment = "2026-01-01T00:00:00Z"
    return {"uuid": uuid, "answer": {"value": score}, "answered_at": moment, "updated_at": moment}


@pytest.fixture
def survicate(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The vendor over HTTP, with an API key; the addresses it was asked for."""
    asked: list[str] = []

    class Vendor(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            page = PAGES[self.path] | {"data": [record(*each) for each in PAGES[self.path]["data"]]}
            body = json.dumps(page, separators=(",", ":")).encode()
            self.send_response(200 if self.headers["Authorization"] == "Bearer key" else 403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Vendor) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("SOURCES__SURVICATE__BASE_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("SOURCES__SURVICATE__API_KEY", "key")
        yield asked
        server.shutdown()


def test_the_printed_loader_loads(
    survicate: list[str],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    query: Callable[[str], list[tuple[Any, ...]]],
) -> None:
    printed = HOW_TO.read_text("utf-8").split("```python\n")[1].split("```")[0]
    (home / "survicate.py").write_text(textwrap.dedent(printed), "utf-8")
    monkeypatch.syspath_prepend(str(home))
    module = __import__("survicate")
    monkeypatch.delitem(sys.modules, "survicate")
    spec = SourceSpec("survicate", ("surveys",), module.survicate_source, ("responses",))
    monkeypatch.setattr(registry, "SOURCES", (spec,))

    first, second = load_source("survicate"), load_source("survicate")

    assert survicate == list(PAGES)
    assert (first.rows, first.quarantined) == ({"responses": 2}, {"responses": 1})
    assert (second.received, second.rows) == ({"responses": 1}, {"responses": 0})
    held = query("select record_id, score from raw_survicate.responses order by position")
    assert held == [("a:nps", 9.0), ("c:nps", 3.0)]
