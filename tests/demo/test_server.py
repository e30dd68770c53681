"""The vendor server as a whole: its clock, its settings, starting and stopping, in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest

from demo.clock import Clock, parse_moment
from demo.server import environment, serve
from demo.vendors.limits import Limits
from tests.demo.vendor_world import customer, day, world

COMPANY = world({"customers": [customer(1, 1), customer(2, 2)]})


def test_a_clock_stands_still_moves_and_speaks_utc() -> None:
    clock = Clock(datetime(2026, 1, 1))
    assert clock.now == datetime(2026, 1, 1, tzinfo=UTC)
    assert clock.advance(days=1) == datetime(2026, 1, 2, tzinfo=UTC)
    assert clock.move_to(datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))) == day(0)
    assert parse_moment("2026-01-01T02:00:00+02:00") == parse_moment("2026-01-01T00:00:00Z") == day(0)
    with pytest.raises(ValueError, match="yesterday"):
        parse_moment("yesterday")


def test_the_clock_moves_over_http_and_the_vendors_follow() -> None:
    with serve(COMPANY, day(1)) as servers:
        url = f"{servers.base_url}/_demo/clock"

        def seen() -> int:
            answer = httpx.get(f"{servers.base_url}/stripe/v1/customers", auth=("sk_test_demo", ""))
            return len(answer.json()["data"])

        assert httpx.get(url).json() == {"now": "2026-01-02T00:00:00.000Z"}
        assert seen() == 1
        assert httpx.post(url, json={"days": 1}).json() == {"now": "2026-01-03T00:00:00.000Z"}
        assert seen() == 2
        assert httpx.post(url, json={"now": "2026-01-01T00:00:00Z"}).json()["now"].startswith("2026-01-01")
        assert seen() == 0
        assert servers.clock.now == day(0)


@pytest.mark.parametrize("body", [b"{}", b"no json", b'{"now": "soon"}', b'{"now": 3}', b'{"days": "x"}'])
def test_a_wrong_clock_setting_is_refused(body: bytes) -> None:
    with serve(COMPANY, day(1)) as servers:
        assert httpx.post(f"{servers.base_url}/_demo/clock", content=body).status_code == 400
        assert servers.clock.now == day(1)


def test_the_environment_names_every_key_a_loader_needs() -> None:
    assert environment("http://127.0.0.1:1") == {
        "SOURCES__QUALTRICS__BASE_URL": "http://127.0.0.1:1/qualtrics",
        "SOURCES__QUALTRICS__API_TOKEN": "demo-qualtrics-token",
        "SOURCES__SALESFORCE__BASE_URL": "http://127.0.0.1:1/salesforce",
        "SOURCES__SALESFORCE__CLIENT_ID": "demo-client-id",
        "SOURCES__SALESFORCE__CLIENT_SECRET": "demo-client-secret",
        "SOURCES__STRIPE__BASE_URL": "http://127.0.0.1:1/stripe",
        "SOURCES__STRIPE__API_KEY": "sk_test_demo",
    }


def test_the_server_stops_with_its_block() -> None:
    with serve(COMPANY, day(1)) as servers:
        url = f"{servers.base_url}/_demo/clock"
        assert httpx.get(url).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_larger_pages_can_be_allowed() -> None:
    with serve(COMPANY, day(1), limits=Limits().with_maximum_page(5_000)) as servers:
        url = f"{servers.base_url}/stripe/v1/customers"
        assert httpx.get(url, params={"limit": 5_000}, auth=("sk_test_demo", "")).status_code == 200


@contextmanager
def own_process(folder: Path, *before: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The server in a process of its own (started by `before`, if given), and where it listens."""
    for name, table in COMPANY.items():
        pq.write_table(table, folder / f"{name}.parquet")
    (folder / "tmp").mkdir()
    command = [*before, sys.executable, "-m", "demo.server", "--world", str(folder), "--now", "2026-01-03"]
    environment = os.environ | {"TMPDIR": str(folder / "tmp")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_it_runs_in_a_process_of_its_own_and_leaves_nothing(tmp_path: Path, told: signal.Signals) -> None:
    with own_process(tmp_path) as (process, base_url):
        answer = httpx.get(f"{base_url}/stripe/v1/customers", auth=("sk_test_demo", ""))
        assert [one["id"] for one in answer.json()["data"]] == ["cus_0002", "cus_0001"]
        assert list((tmp_path / "tmp").iterdir()) != []
        process.send_signal(told)
        assert process.wait(timeout=10) == 0
    assert list((tmp_path / "tmp").iterdir()) == []


def test_it_ends_when_who_started_it_was_killed(tmp_path: Path) -> None:
    starter = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    with own_process(tmp_path, sys.executable, "-c", starter) as (starting, base_url):
        assert httpx.get(f"{base_url}/_demo/clock").status_code == 200
        starting.kill()
        deadline = time.monotonic() + 10
        while list((tmp_path / "tmp").iterdir()) and time.monotonic() < deadline:
            time.sleep(0.1)
    assert list((tmp_path / "tmp").iterdir()) == []
