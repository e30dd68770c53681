"""The loader that docs/how-to/add-a-survey-vendor.md shows loads, pages, types and keeps its cursor."""

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from ingestion import registry
from ingestion.load import load_source
from ingestion.registry import SourceSpec

LOADER = Path(__file__).parents[1] / "vendors" / "askly" / "ingestion" / "surveys" / "askly.py"
PAGES: dict[str, dict[str, Any]] = {
    "/v1/responses": {"data": [("a", 9), ("b", "nine")], "next": "/v1/responses?page=2"},
    "/v1/responses?page=2": {"data": [("c", 3)], "next": None},
    "/v1/responses?updated_since=2026-01-01T00%3A00%3A00%2B00%3A00": {"data": [("c", 3)]},
    "/v1/invitations": {"data": []},
}


def record(uuid: str, score: object) -> dict[str, Any]:
    moment = "2026-01-01T00:00:00Z"
    answer = {"uuid": uuid, "survey": "s1", "answer": {"value": score}}
    return answer | {"answered_at": moment, "updated_at": moment}


@pytest.fixture
def askly(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
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
        monkeypatch.setenv("SOURCES__ASKLY__BASE_URL", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("SOURCES__ASKLY__API_KEY", "key")
        yield asked
        server.shutdown()


def test_the_loader_of_the_how_to_loads(
    askly: list[str],
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    query: Callable[[str], list[tuple[Any, ...]]],
) -> None:
    shutil.copy(LOADER, home / "askly.py")
    monkeypatch.syspath_prepend(str(home))
    module = __import__("askly")
    monkeypatch.delitem(sys.modules, "askly")
    spec = SourceSpec("askly", ("surveys",), module.askly_source, ("responses", "invitations"))
    monkeypatch.setattr(registry, "SOURCES", (spec,))

    first, second = load_source("askly"), load_source("askly")

    responses, page_2, since, invitations = PAGES
    assert Counter(askly) == {responses: 1, page_2: 1, since: 1, invitations: 2}
    assert (first.rows["responses"], first.quarantined["responses"]) == (2, 1)
    assert (second.received["responses"], second.rows["responses"]) == (1, 0)
    held = query("select record_id, score from raw_askly.responses order by position")
    assert held == [("a:nps", 9.0), ("c:nps", 3.0)]
