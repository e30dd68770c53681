"""One stage of the benchmark, run in a process of its own so that its peak memory is its own.

`python -m tests.benchmarks.stages STAGE WORLD AS_OF` works on `NPS_HOME` and prints one JSON object: seconds
and CPU seconds (without process start and imports) and the rows the stage handled. What is measured
together, and against what, is in `__main__`.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from orchestration import environment

BASELINE = [
    Path(__file__).with_name(f"baseline_{part}.sql")
    for part in ("identities", "answers", "members", "counts", "undivided", "hidden", "scores")
]
MONEY = Path(__file__).with_name("baseline_money.sql")
MONEY_TABLES = ("+fct_account_months", "+audit_revenue_reconciliation")
# What the stage handled is counted by the caller: here the engine may still hold the working file.
ANSWERS_IN_MART = -1


# What dlt imports in the middle of a run; imports are not measured.
LATE_IMPORTS = ("dlt.common.libs.sql_alchemy", "dlt.destinations.impl.duckdb.duck")


def generate(world: Path, answers: int) -> Callable[[], int]:
    """Simulate the company."""
    from demo.company import Size, simulate

    def run() -> int:
        simulate(Size.scaled(answers)).save(world)
        return answers

    return run


def load(source: str) -> Callable[[], int]:
    """Load one source over HTTP; rows are the record versions received."""
    from ingestion.load import load_source
    from ingestion.registry import source_spec

    source_spec(source).builder()
    for module in LATE_IMPORTS:
        import_module(module)
    return lambda: sum(load_source(source).received.values())


def load_answers() -> Callable[[], int]:
    """Load Qualtrics' answers alone, from exports to raw, into a home of their own; rows are answers."""
    from dataclasses import replace

    from ingestion import load as loader
    from ingestion import registry

    home = environment.home().path / "answers-alone"
    os.environ["NPS_HOME"] = str(home)
    spec = registry.source_spec("qualtrics")

    def answers() -> Any:
        return spec.builder().with_resources("responses")

    answers()
    for module in LATE_IMPORTS:
        import_module(module)
    registry.SOURCES = (replace(spec, builder=answers),)
    return lambda: loader.load_source("qualtrics").received["responses"]


def load_csv(answers: int) -> Callable[[], int]:
    """Load one CSV of so many answers, of the three columns each needs, from an inbox of its own."""
    import duckdb

    os.environ["NPS_HOME"] = str(environment.home().path / f"csv-{answers}")
    inbox = environment.home().path / "inbox" / "surveys" / "responses"
    inbox.mkdir(parents=True)
    duckdb.execute(
        "copy (select 'R' || n as response_id, n % 11 as score, timestamp '2024-01-01' + to_minutes(n) as "
        f"responded_at from range({answers}) as numbers (n)) to '{inbox / 'answers.csv'}'"
    )
    os.utime(inbox / "answers.csv", (0, 0))  # a file of this very second is waited for
    return load("files")


def read_again() -> Callable[[], int]:
    """The second reading of all that was loaded, as in the first refresh; rows are those read to values."""
    from expectations.rereading import reread

    def run() -> int:
        home = environment.home()
        found = reread(home.warehouse, home.inbox, {})
        if any(found.differences.values()):
            raise SystemExit(f"the second reading differs: {dict(found.differences)}")
        return found.rows

    return run


def read_csv_again(answers: int) -> Callable[[], int]:
    """The same of the CSV that `load CSV` has loaded."""
    os.environ["NPS_HOME"] = str(environment.home().path / f"csv-{answers}")
    return read_again()


def build(selection: list[str], rows: int = ANSWERS_IN_MART) -> Callable[[], int]:
    """dbt build with its data tests, from a parsed manifest, as in a refresh."""
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest

    project = str(environment.home().project)
    options = ["--project-dir", project, "--profiles-dir", project, "--quiet"]
    parsed = dbtRunner().invoke(["parse", *options])
    if not parsed.success:
        raise SystemExit(f"dbt parse failed: {parsed.exception}")
    manifest = parsed.result
    assert isinstance(manifest, Manifest)

    def run() -> int:
        build = ["build", "--exclude-resource-type", "unit_test", *selection, *options]
        result = dbtRunner(manifest=manifest).invoke(build)
        if not result.success:
            raise SystemExit(f"dbt build failed: {result.exception or 'see the log'}")
        return rows

    return run


def guard(vendors: list[str]) -> Callable[[], int]:
    """All three stages of the guard."""
    from expectations import runner

    def run() -> int:
        home = environment.home()
        for stage in ("raw", "marts", "publication"):
            verdict = runner.run(stage, home.warehouse, vendors, home.reports)
            if not verdict.success:
                raise SystemExit(f"the guard refused: {[c for c in verdict.results if not c.success]}")
        return ANSWERS_IN_MART

    return run


def recount(as_of: date) -> Callable[[], int]:
    """The second implementation from raw, compared with what is to be published."""
    from expectations import recount as second

    def run() -> int:
        home = environment.home()
        differences = second.compare(second.recount(home.warehouse, as_of), home.warehouse)
        if differences:
            raise SystemExit(f"the recount differs: {differences[:3]}")
        return ANSWERS_IN_MART

    return run


def agreement() -> Callable[[], int]:
    """MetricFlow's answers against published figures; rows are the cells compared."""
    from semantics import agreement as semantic

    def run() -> int:
        compared = semantic.compare(environment.home().warehouse, Path(os.environ["DBT_TARGET_PATH"]))
        if compared.differing:
            raise SystemExit(f"the semantic layer differs: {compared.differences[:3]}")
        return compared.cells

    return run


def publish(as_of: date) -> Callable[[], int]:
    """Copy to a new version and swap it in; rows are published rows."""
    from publication.publish import publish as publish_copy

    home = environment.home()
    return lambda: sum(publish_copy(home.warehouse, home.published, as_of).tables.values())


def baseline(world: Path, as_of: date) -> Callable[[], int]:
    """The hand-written script; its nps_scores stay beside the working file for the comparison."""
    import duckdb

    def run() -> int:
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"set variable world = '{world}'; set variable as_of = '{as_of}'")
        # The engine has no normal distribution.
        connection.create_function("erfc", math.erfc, ["DOUBLE"], "DOUBLE")
        for part in BASELINE:
            for statement in duckdb.extract_statements(part.read_text("utf-8")):
                connection.execute(statement)
        target = environment.home().path / "baseline.parquet"
        connection.execute(f"copy nps_scores to '{target}' (format parquet)")
        return int(connection.execute("select count(*) from answers").fetchall()[0][0])

    return run


def build_money(invoices: int) -> Callable[[], int]:
    """Account months and their reconciliation, of so many invoices."""
    return build(["--indirect-selection", "cautious", "--select", *MONEY_TABLES], invoices)


def baseline_money(world: Path, as_of: date, invoices: int) -> Callable[[], int]:
    """The hand-written script of account months, which stay beside the working file for the comparison."""
    import duckdb

    def run() -> int:
        connection = duckdb.connect()
        connection.execute("set timezone = 'UTC'")
        rates = Path(os.environ["NPS_COMPANY"]) / "definition" / "exchange_rates.csv"
        connection.execute(f"set variable world = '{world}'; set variable rates = '{rates}'")
        connection.execute(f"set variable as_of = timestamp '{as_of}'")
        for statement in duckdb.extract_statements(MONEY.read_text("utf-8")):
            connection.execute(statement)
        target = environment.home().path / "baseline_money.parquet"
        connection.execute(f"copy account_months to '{target}' (format parquet)")
        return invoices

    return run


def main(stage: str, world: str, as_of: str, argument: str = "") -> None:
    """Prepare the stage, then time it alone."""
    folder, day = Path(world), date.fromisoformat(as_of)
    vendors = os.environ["NPS_VENDORS"].split(",")
    prepared: Callable[[], Callable[[], int]] = {
        "generate": lambda: generate(folder, int(argument)),
        "load": lambda: load(argument),
        "load answers": lambda: load_answers(),
        "load CSV": lambda: load_csv(int(argument)),
        "read again": lambda: read_again(),
        "read CSV again": lambda: read_csv_again(int(argument)),
        "build": lambda: build(["--exclude", "path:models/publication"]),
        "build publication": lambda: build(["--select", "path:models/publication"]),
        "guard": lambda: guard(vendors),
        "recount": lambda: recount(day),
        "agreement": lambda: agreement(),
        "publish": lambda: publish(day),
        "baseline": lambda: baseline(folder, day),
        "build money": lambda: build_money(int(argument)),
        "baseline money": lambda: baseline_money(folder, day, int(argument)),
    }[stage]
    with contextlib.redirect_stdout(sys.stderr):
        run = prepared()
        started, cpu_started = time.perf_counter(), time.process_time()
        rows = run()
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "rows": rows}))


if __name__ == "__main__":
    environment.prepare()
    main(*sys.argv[1:])
