"""`python -m tests.benchmarks.throughput`: each vendor's records to raw, beside dlt's `rest_api`.

Both read the same list of the same server, with pages of the same size, into a DuckDB file, each in a process
of its own; dlt's has its defaults. Ours keeps each record's text and hash, types its columns and proves its
counts; dlt's keeps the values, with tables of their own for lists. Prints figures, never a verdict. CPU
seconds are the loading process's, over all cores, without the server's and without imports; the ratio is that
of rows per CPU second.

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
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from orchestration import environment
from tests.benchmarks.canned import canned

RECORDS: Final = 60_000
LOADERS: Final = ("ours", "dlt")


@dataclass(frozen=True)
class Read:
    """A list of a vendor as both loaders read it: our table, and for dlt where its records are, what it asks
    and how it comes to the next page."""

    table: str
    path: str
    records: str
    paginator: Mapping[str, Any]
    params: Mapping[str, Any] = field(default_factory=dict)
    token: str = "ACCESS_TOKEN"


def _cursor(path: str, param: str, **more: Any) -> dict[str, Any]:
    return {"type": "cursor", "cursor_path": path, "cursor_param": param, **more}


def _link(path: str) -> dict[str, Any]:
    return {"type": "json_link", "next_url_path": path}


VENDORS: Final = {
    "qualtrics": Read(
        "invitations",
        "API/v3/distributions/EMD_1/history",
        "result.elements",
        _link("result.nextPage"),
        token="API_TOKEN",
    ),
    "surveymonkey": Read(
        "responses",
        "v3/surveys/{survey}/responses/bulk",
        "data",
        _link("links.next"),
        {"per_page": 100},
    ),
    "typeform": Read(
        "responses",
        "forms/{survey}/responses",
        "items",
        _cursor("items[-1].token", "before", stop_after_empty_page=True),
        {"page_size": 1_000, "response_type": "completed"},
    ),
    "stripe": Read(
        "invoices",
        "v1/invoices",
        "data",
        _cursor("data[-1].id", "starting_after", has_more_path="has_more"),
        {"limit": 100},
        token="API_KEY",
    ),
}


def main() -> None:
    """Prints a line for each vendor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--vendors", nargs="+", choices=VENDORS, default=list(VENDORS))
    parser.add_argument("--loader", choices=LOADERS)
    asked = parser.parse_args()
    if asked.loader:
        [vendor] = asked.vendors
        print(json.dumps(_ours(vendor) if asked.loader == "ours" else _dlts(vendor)))
        return
    print(f"{'list':26} {'rows':>9} {'ours, CPU s':>12} {'dlt, CPU s':>11} {'rows/CPU s':>11} {'ratio':>6}")
    with ExitStack() as opened:
        settings = _serving(opened, asked.records, asked.vendors)
        for vendor in asked.vendors:
            (rows, own), (theirs, plain) = (_run(vendor, loader, settings[vendor]) for loader in LOADERS)
            name, ratio = f"{vendor} {VENDORS[vendor].table}", (rows / own) / (theirs / plain)
            line = f"{name:26} {rows:9,} {own:12.1f} {plain:11.1f} {rows / own:11,.0f} {ratio:6.1f}"
            print(line if rows == theirs else f"{line}  dlt's rows: {theirs:,}", flush=True)
    print(f"load of the machine: {os.getloadavg()[0]:.0f}")


def _serving(opened: ExitStack, records: int, wanted: list[str]) -> dict[str, dict[str, str]]:
    """The settings of each vendor's loader; the vendors of the demo are in a process of their own."""
    from demo.company import Size, simulate
    from demo.server import environment as known
    from demo.vendors import surveymonkey, typeform
    from tests.benchmarks.__main__ import vendors

    settings = dict.fromkeys(wanted, opened.enter_context(canned(1, records)))
    if others := [each for each in wanted if each != "qualtrics"]:
        world = Path(opened.enter_context(tempfile.TemporaryDirectory())) / "world"
        simulate(Size.scaled(records)).save(world)
        address, _ = opened.enter_context(vendors(world))
        demo = known(address)
        for each in (surveymonkey, typeform):
            demo |= each.settings(address)
        for key in ("SOURCES__SURVEYMONKEY__SURVEYS", "SOURCES__TYPEFORM__FORMS"):
            survey, questions = next(iter(json.loads(demo[key]).items()))
            demo[key] = json.dumps({survey: questions})
        settings |= dict.fromkeys(others, demo)
    return settings


def _run(vendor: str, loader: str, settings: Mapping[str, str]) -> tuple[int, float]:
    with tempfile.TemporaryDirectory() as home:
        command = [
            sys.executable,
            "-m",
            "tests.benchmarks.throughput",
            "--vendors",
            vendor,
            "--loader",
            loader,
        ]
        own = {**os.environ, **settings, "NPS_HOME": home}
        done = subprocess.run(
            command, env=own, stdout=subprocess.PIPE, text=True, check=True, cwd=environment.CHECKOUT
        )
    rows, cpu = json.loads(done.stdout.splitlines()[-1])
    return rows, cpu


def _ours(vendor: str) -> tuple[int, float]:
    from dataclasses import replace

    from ingestion import load, registry

    spec, table = registry.source_spec(vendor), VENDORS[vendor].table
    registry.SOURCES = (replace(spec, builder=lambda: spec.builder().with_resources(table)),)
    started = time.process_time()
    return load.load_source(vendor).received[table], time.process_time() - started


def _dlts(vendor: str) -> tuple[int, float]:
    import dlt
    from dlt.sources.rest_api import rest_api_source

    read, setting = VENDORS[vendor], f"SOURCES__{vendor.upper()}__"
    asks_for = os.environ.get(f"{setting}SURVEYS") or os.environ.get(f"{setting}FORMS") or '{"": []}'
    [survey] = json.loads(asks_for)
    token, home = os.environ[setting + read.token], Path(os.environ["NPS_HOME"])
    endpoint = {
        "path": read.path.format(survey=survey),
        "params": dict(read.params),
        "data_selector": read.records,
        "paginator": dict(read.paginator),
    }
    asked: Any = {
        "client": {
            "base_url": os.environ[f"{setting}BASE_URL"],
            "auth": {"type": "bearer", "token": token},
            "headers": {"X-API-TOKEN": token},
        },
        "resources": [{"name": "plain", "endpoint": endpoint}],
    }
    source = rest_api_source(asked)
    pipeline = dlt.pipeline(
        "plain",
        pipelines_dir=str(home / "dlt"),
        destination=dlt.destinations.duckdb(str(home / "values.duckdb")),
        dataset_name="plain",
    )
    started = time.process_time()
    pipeline.run(source)
    taken = time.process_time() - started
    with pipeline.sql_client() as client:
        [[rows]] = client.execute_sql("select count(*) from plain") or [[0]]
    return int(rows), taken


if __name__ == "__main__":
    main()
