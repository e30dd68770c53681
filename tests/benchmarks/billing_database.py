"""How fast invoices come out of PostgreSQL into raw, beside dlt's `sql_database` with its defaults.

`python -m tests.benchmarks.billing_database [--rows 1000000] [--times 3]`. Both read the same tables of a
server into a DuckDB file, by turns, each in a process of its own. Ours keeps a text, a hash and the types of
every row, and looks for wild values; dlt's keeps the values. CPU seconds are without the server's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.serving.postgresql import Server, server

ROWS: Final = 1_000_000
TIMES: Final = 3
_TABLES: Final = {"customers": {"table": "customers"}, "invoices": {"table": "invoices"}}
_MADE: Final = """
    create table customers as
    select 'c' || i as customer_id, 'a' || i as account_id from generate_series(1, 1000) as i;
    create table invoices as
    select
        'in_' || i as invoice_id, 'c' || i % 1000 as customer_id, 'paid' as status, 'EUR' as currency,
        i * 1000 as net_minor_amount, i * 1200 as total_minor_amount,
        timestamptz '2020-01-01' + i * interval '1 second' as issued_at,
        timestamptz '2020-01-01' + i * interval '1 second' as updated_at
    from generate_series(1, {rows}) as i;
    alter table customers add primary key (customer_id);
    alter table invoices add primary key (invoice_id);
    analyze
"""


def main() -> None:
    """Prints seconds and rows a second of each, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--loader", choices=("ours", "dlt"))
    asked = parser.parse_args()
    if asked.loader:
        print(json.dumps(_ours() if asked.loader == "ours" else _dlts()))
        return
    with server() as postgresql:
        url = _made(postgresql, asked.rows)
        runs = [{loader: _run(loader, url) for loader in ("ours", "dlt")} for _ in range(asked.times)]
    best = {loader: min(run[loader] for run in runs) for loader in ("ours", "dlt")}
    for loader, (seconds, cpu) in best.items():
        print(f"{loader:5} {seconds:7.1f} s  {cpu:7.1f} CPU s  {asked.rows / seconds:10,.0f} rows/s")
    ratio, busy = best["dlt"][0] / best["ours"][0], os.getloadavg()[0]
    print(f"ours is {ratio:.1f} times as fast; load of the machine {busy:.1f}")


def _made(postgresql: Server, rows: int) -> str:
    name = postgresql.database("benchmark")
    with postgresql.connect(name) as connection:
        connection.execute(_MADE.format(rows=rows))
        return f"postgresql://postgres@/{name}?host={connection.info.get_parameters()['host']}"


def _run(loader: str, url: str) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "NPS_HOME": home,
            "SOURCES__BILLING_DATABASE__URL": url,
            "SOURCES__BILLING_DATABASE__TABLES": json.dumps(_TABLES),
        }
        command = [sys.executable, "-m", "tests.benchmarks.billing_database", "--loader", loader]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    seconds, cpu = json.loads(done.stdout.splitlines()[-1])
    return seconds, cpu


def _ours() -> tuple[float, float]:
    from ingestion.load import load_source

    started, cpu = time.perf_counter(), time.process_time()
    load_source("billing_database")
    return time.perf_counter() - started, time.process_time() - cpu


def _dlts() -> tuple[float, float]:
    import dlt
    from dlt.sources.sql_database import sql_database

    home, url = Path(os.environ["NPS_HOME"]), os.environ["SOURCES__BILLING_DATABASE__URL"]
    pipeline = dlt.pipeline(
        "plain",
        pipelines_dir=str(home / "dlt"),
        destination=dlt.destinations.duckdb(str(home / "values.duckdb")),
        dataset_name="plain",
    )
    started, cpu = time.perf_counter(), time.process_time()
    pipeline.run(
        sql_database(url.replace("postgresql:", "postgresql+psycopg:"), table_names=["customers", "invoices"])
    )
    return time.perf_counter() - started, time.process_time() - cpu


if __name__ == "__main__":
    main()
