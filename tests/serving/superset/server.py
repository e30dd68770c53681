"""A real Superset of its own environment, spoken to over HTTP.

Belongs here: starting it, importing a bundle, asking for chart data. Does not belong here: any expectation.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.companies import ROOT

PYTHON = ROOT / ".venv-bi" / "bin" / "python"
USER = PASSWORD = "admin"
_STARTS_WITHIN = 600
# Superset's own commands. To import it takes as long as any of them, so several share a process; but after
# others it would serve pages without its API.
_COMMANDS = """
import json, sys
from superset.cli.main import superset
for command in json.loads(sys.argv[1]):
    superset.main(command, standalone_mode=False)
"""
# What tests do without: cookies over HTTPS, tokens against forged forms, limits of requests.
_CONFIG = """
SECRET_KEY = "only for tests, and at least forty-two bytes"
SQLALCHEMY_DATABASE_URI = "sqlite:///{home}/superset.db"
WTF_CSRF_ENABLED = False
TALISMAN_ENABLED = False
RATELIMIT_ENABLED = False
"""


@dataclass(frozen=True)
class Superset:
    """`address` is its pages'."""

    address: str
    client: httpx.Client

    def import_dashboard(self, bundle: Path) -> None:
        """As the page `Dashboards` does."""
        self._done(self.client.post("/api/v1/dashboard/import/", files={"formData": _file(bundle)}))

    def replace_assets(self, bundle: Path) -> None:
        """As a deployment does: what was imported before is replaced."""
        self._done(self.client.post("/api/v1/assets/import/", files={"bundle": _file(bundle)}))

    def rows(
        self,
        dataset: str,
        columns: Sequence[str],
        metrics: Sequence[str] = (),
        filters: Sequence[dict[str, Any]] = (),
    ) -> list[tuple[Any, ...]]:
        """What the chart data API gives, as rows of `columns` and `metrics`."""
        query = {
            "columns": list(columns),
            # None reads rows as they are; a list, even an empty one, groups them.
            "metrics": list(metrics) or None,
            "filters": list(filters),
            "orderby": [],
            "row_limit": 100_000,
        }
        answer = self._done(
            self.client.post(
                "/api/v1/chart/data",
                json={
                    "datasource": {"id": self._id(dataset), "type": "table"},
                    "queries": [query],
                    "result_format": "json",
                    "result_type": "full",
                },
            )
        )
        [result] = answer["result"]
        return [tuple(row[name] for name in (*columns, *metrics)) for row in result["data"]]

    def _id(self, dataset: str) -> int:
        found = self._done(self.client.get("/api/v1/dataset/"))["result"]
        [number] = [each["id"] for each in found if each["table_name"] == dataset]
        return int(number)

    def _done(self, response: httpx.Response) -> dict[str, Any]:
        assert response.status_code == 200, f"{response.request.url}: {response.text[:2000]}"
        answer: dict[str, Any] = response.json()
        return answer


def _file(bundle: Path) -> tuple[str, bytes, str]:
    return bundle.name, bundle.read_bytes(), "application/zip"


@contextmanager
def superset(home: Path) -> Iterator[Superset]:
    """A Superset with nothing in it but an administrator."""
    config = home / "superset_config.py"
    config.write_text(_CONFIG.format(home=home))
    port = _free_port()
    named = ["--username", USER, "--firstname", "A", "--lastname", "B", "--email", "a@acme.example"]
    before = [["db", "upgrade"], ["init"], ["fab", "create-admin", *named, "--password", PASSWORD]]
    serve = [["run", "--port", str(port), "--with-threads"]]
    environment = os.environ | {
        "FLASK_APP": "superset.app:create_app()",
        "SUPERSET_CONFIG_PATH": str(config),
        "SUPERSET_HOME": str(home),
    }
    with (home / "superset.log").open("w") as log:

        def start(commands: list[list[str]]) -> subprocess.Popen[bytes]:
            call = [str(PYTHON), "-c", _COMMANDS, json.dumps(commands)]
            return subprocess.Popen(call, env=environment, stdout=log, stderr=log)

        assert start(before).wait(_STARTS_WITHIN) == 0, (home / "superset.log").read_text()[-2000:]
        served = start(serve)
    try:
        address = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=address, timeout=120) as client:
            _wait(client, served, home / "superset.log")
            login = {"username": USER, "password": PASSWORD, "provider": "db"}
            token = client.post("/api/v1/security/login", json=login).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield Superset(address, client)
    finally:
        served.terminate()
        served.wait(30)


def _wait(client: httpx.Client, served: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while time.monotonic() < until and served.poll() is None:
        try:
            if client.get("/health").text == "OK":
                return
        except httpx.TransportError:
            time.sleep(0.5)
    raise AssertionError(f"Superset does not answer (exit code {served.poll()}): {log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def asked_by(url: str) -> int | None:
    """The number of the chart on whose behalf a page asked for data; a filter has none."""
    form = httpx.URL(url).params.get("form_data", "{}")
    number: int | None = json.loads(form).get("slice_id")
    return number
