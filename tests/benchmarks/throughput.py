"""`python -m tests.benchmarks.throughput`: each vendor's records to raw, beside dlt's `rest_api`.

Both read the same list of the same server, with pages of the same size, into a DuckDB file, each in a process
of its own; dlt's has its defaults. Ours keeps each record's text and hash, types its columns and proves its
counts; dlt's keeps the values, with tables of their own for lists. Each process reads the list once before
it is measured: then everything is imported, and a recording answers instead of the vendor (`recorded.py`).
Prints figures, never a verdict. Seconds and CPU seconds are the loading process's, the latter over all cores,
without the server's.

Not beside it, because `rest_api` cannot express it: Qualtrics' answers (an export is ordered, waited for and
unpacked), Salesforce's Bulk API (an order, and CSV), Stripe's lines beyond an invoice's first.

Belongs here: APIs. Does not belong here: databases (`billing_database.py`) and files (`make bench`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

from orchestration import environment
from tests.benchmarks.canned import canned
from tests.benchmarks.lists import VENDORS
from tests.benchmarks.recorded import recorded

ANSWERS: Final = 30_000
LOADERS: Final = ("ours", "dlt")


class Load(NamedTuple):
    """Of one load: its rows, seconds and CPU seconds."""

    rows: int
    seconds: float
    cpu_seconds: float


def main() -> None:
    """Prints a line for each vendor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=ANSWERS, help="of the simulated company")
    parser.add_argument("--vendors", nargs="+", choices=VENDORS, default=list(VENDORS))
    parser.add_argument("--loader", choices=LOADERS)
    asked = parser.parse_args()
    if asked.loader:
        [vendor] = asked.vendors
        print(json.dumps(_ours(vendor) if asked.loader == "ours" else _dlts(vendor)))
        return
    titles = ("s", "CPU s", "dlt: s", "CPU s", "rows/CPU s", "ratio of CPU s", "of s")
    print(f"{'list':26} {'rows':>9}", *(f"{title:>14}" for title in titles))
    with ExitStack() as opened:
        settings = _serving(opened, asked.answers, asked.vendors)
        for vendor in asked.vendors:
            own, plain = (_run(vendor, loader, settings[vendor]) for loader in ("ours", "dlt"))
            figures = (own.seconds, own.cpu_seconds, plain.seconds, plain.cpu_seconds)
            shown = [f"{own.rows / own.cpu_seconds:,.0f}"]
            shown += [f"{theirs / ours:.1f}" for ours, theirs in ((own[2], plain[2]), (own[1], plain[1]))]
            line = f"{f'{vendor} {VENDORS[vendor].table}':26} {own.rows:9,}"
            print(
                line, *(f"{each:14.1f}" for each in figures), *(f"{each:>14}" for each in shown), flush=True
            )
            if own.rows != plain.rows:
                print(f"{'':26} {plain.rows:9,} rows by dlt", flush=True)
    print(f"load of the machine: {os.getloadavg()[0]:.0f}")


def _serving(opened: ExitStack, answers: int, wanted: list[str]) -> dict[str, dict[str, str]]:
    """The settings of each vendor's loader; the vendors of the demo are in a process of their own."""
    from demo.company import Size, simulate
    from demo.server import environment as known
    from demo.vendors import chargebee, hubspot, medallia, surveymonkey, typeform, zendesk
    from tests.benchmarks.__main__ import vendors

    own = opened.enter_context(canned(1, answers))
    address = opened.enter_context(recorded(own["SOURCES__QUALTRICS__BASE_URL"]))
    settings = {"qualtrics": own | {"SOURCES__QUALTRICS__BASE_URL": address}}
    if others := [each for each in wanted if each != "qualtrics"]:
        world = Path(opened.enter_context(tempfile.TemporaryDirectory())) / "world"
        simulate(Size.scaled(answers)).save(world)
        for table, key in (("tickets", "ticket_id"), ("invoices", "invoice_id")):
            _cut(world / f"{table}.parquet", key, answers)
        vendor, _ = opened.enter_context(vendors(world, None))
        address = opened.enter_context(recorded(vendor))
        demo = known(address)
        for each in (chargebee, hubspot, medallia, surveymonkey, typeform, zendesk):
            demo |= each.settings(address)
        for key in (
            "SOURCES__SURVEYMONKEY__SURVEYS",
            "SOURCES__TYPEFORM__FORMS",
            "SOURCES__MEDALLIA__SURVEYS",
        ):
            survey, questions = next(iter(json.loads(demo[key]).items()))
            demo[key] = json.dumps({survey: questions})
        settings |= dict.fromkeys(others, demo)
    return settings


def _cut(file: Path, key: str, most: int) -> None:
    """Leaves the versions of so many records of a table: no list is to be ten times as long as another."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    table = pq.read_table(file)
    wanted = table[key].unique().slice(0, most)
    pq.write_table(table.filter(pc.is_in(table[key], wanted)), file)


def _run(vendor: str, loader: str, settings: Mapping[str, str]) -> Load:
    command = [sys.executable, "-m", "tests.benchmarks.throughput", "--vendors", vendor, "--loader", loader]
    done = subprocess.run(
        command,
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=environment.CHECKOUT,
    )
    return Load(*json.loads(done.stdout.splitlines()[-1]))


def _ours(vendor: str) -> Load:
    from dataclasses import replace

    from ingestion import load, registry

    spec, table = registry.source_spec(vendor), VENDORS[vendor].table
    registry.SOURCES = (replace(spec, builder=lambda: spec.builder().with_resources(table)),)
    with tempfile.TemporaryDirectory() as os.environ["NPS_HOME"]:
        load.load_source(vendor)
    with tempfile.TemporaryDirectory() as os.environ["NPS_HOME"]:
        started, cpu = time.perf_counter(), time.process_time()
        rows = load.load_source(vendor).received[table]
        return Load(rows, time.perf_counter() - started, time.process_time() - cpu)


def _dlts(vendor: str) -> Load:
    with tempfile.TemporaryDirectory() as home:
        _loaded_by_dlt(_plain(vendor).add_limit(1), home)
    for _ in _plain(vendor):
        pass
    with tempfile.TemporaryDirectory() as home:
        return _loaded_by_dlt(_plain(vendor), home)


def _loaded_by_dlt(source: Any, home: str) -> Load:
    import dlt

    pipeline = dlt.pipeline(
        "plain",
        pipelines_dir=f"{home}/dlt",
        destination=dlt.destinations.duckdb(f"{home}/values.duckdb"),
        dataset_name="plain",
    )
    started, cpu = time.perf_counter(), time.process_time()
    pipeline.run(source)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
    with pipeline.sql_client() as client:
        [[rows]] = client.execute_sql("select count(*) from plain") or [[0]]
    return Load(int(rows), seconds, cpu_seconds)


def _plain(vendor: str) -> Any:
    """The list as dlt's source."""
    from dlt.sources.rest_api import rest_api_source

    read = VENDORS[vendor]
    client: Any = {"base_url": _setting(vendor, "BASE_URL"), **_credentials(vendor)}
    endpoint: Any = {
        "path": read.path.format(survey=_survey(vendor)),
        "params": dict(read.params),
        "data_selector": read.records,
        "paginator": dict(read.paginator),
    }
    if read.body is not None:
        query = read.body["query"].replace("{survey}", _survey(vendor))
        # To dlt, one brace begins a parameter.
        escaped = query.replace("{", "{{").replace("}", "}}")
        endpoint |= {"method": "POST", "json": {**read.body, "query": escaped}}
    return rest_api_source({"client": client, "resources": [{"name": "plain", "endpoint": endpoint}]})


def _setting(vendor: str, name: str) -> str:
    return os.environ[f"SOURCES__{vendor.upper()}__{name}"]


def _survey(vendor: str) -> str:
    for name in ("SURVEYS", "FORMS"):
        if given := os.environ.get(f"SOURCES__{vendor.upper()}__{name}"):
            [survey] = json.loads(given)
            return str(survey)
    return ""


def _credentials(vendor: str) -> dict[str, Any]:
    """How dlt's client proves who it is. Tokens are fetched here: Medallia's way of asking for one is not
    dlt's."""
    import httpx

    name = VENDORS[vendor].token
    if vendor == "chargebee":
        return {"auth": {"type": "http_basic", "username": _setting(vendor, name), "password": ""}}
    if vendor == "qualtrics":
        return {"headers": {"X-API-TOKEN": _setting(vendor, name)}}
    if name:
        return {"auth": {"type": "bearer", "token": _setting(vendor, name)}}
    client, secret = _setting(vendor, "CLIENT_ID"), _setting(vendor, "CLIENT_SECRET")
    form = {"grant_type": "client_credentials"}
    if vendor == "medallia":
        said = httpx.post(_setting(vendor, "TOKEN_URL"), data=form, auth=(client, secret))
    else:
        form |= {"client_id": client, "client_secret": secret}
        said = httpx.post(f"{_setting(vendor, 'BASE_URL')}/services/oauth2/token", data=form)
    return {"auth": {"type": "bearer", "token": said.json()["access_token"]}}


if __name__ == "__main__":
    main()
