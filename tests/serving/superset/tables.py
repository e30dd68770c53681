"""The tables that the dashboard reads, with every column of their contracts.

Belongs here: tables made from dbt's contracts, and small ones filled by hand. Does not belong here: any
expectation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import yaml

from tests.companies import ROOT
from tests.publication import warehouse
from tests.serving.conftest import AS_OF, answers

TABLES = ("nps_scores", "nps_responses", "branch_scorecards", "metric_definitions")
_TYPES = {"string": "varchar"}


def contract(table: str) -> dict[str, str]:
    """The columns of a published table and their types, as its dbt model promises them."""
    [model] = yaml.safe_load(
        (ROOT / "dbt_project" / "models" / "publication" / f"{table}.yml").read_text("utf-8")
    )["models"]
    return {
        column["name"]: _TYPES.get(column["data_type"], column["data_type"]) for column in model["columns"]
    }


def promised(connection: duckdb.DuckDBPyConnection, tables: Iterable[str] = TABLES) -> None:
    """Make the tables, empty, as their contracts say."""
    for table in tables:
        columns = ", ".join(f"{name} {kind}" for name, kind in contract(table).items())
        connection.execute(f"create table {table} ({columns})")


def filled(file: Path) -> Path:
    """A working file with two surveys, and with two versions of the definition in one period.

    Columns that only a refresh calculates have any values: they are read, not judged.
    """
    given = answers()
    newer = [
        replace(answer, key=f"{answer.key}:new", day=date(2026, 3, 20), definition_version="2024.1")
        for answer in given[:60]
    ]
    moments = [replace(answer, key=f"{answer.key}:t", survey_type="transactional") for answer in given[:150]]
    warehouse.fill(file, [*given, *newer, *moments], AS_OF)
    with duckdb.connect(file) as connection:
        connection.execute("use publication")
        connection.execute(_FLOORS)
        connection.execute(_SCORECARDS)
        for table in TABLES:
            _complete(connection, table)
    return file


def _complete(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    has = {name for name, *_ in connection.execute(f"describe {table}").fetchall()}
    columns = contract(table)
    assert not has - columns.keys(), f"{table} has columns that its contract does not: {has - columns.keys()}"
    for number, (name, kind) in enumerate(columns.items()):
        if name not in has:
            value: Any = {"varchar": "'any'", "date": "date '2026-01-01'"}.get(
                kind, f"(hash(rowid) + {number}) % 1000 / 7.0"
            )
            connection.execute(f"alter table {table} add column {name} {kind}")
            connection.execute(f"update {table} set {name} = {value} where rowid % 5 > 0")


_FLOORS = """
    insert into metric_definitions by name
    select
        definition_version, 'reportability' as element, item, value_text, date '2023-01-01' as valid_from,
        'Least number of counted answers' as description
    from (
        values ('suppressed', '0 responses'), ('interval_only', '5 responses'), ('indicative', '30 responses')
    ) as floors (item, value_text)
    cross join (values ('2023.1'), ('2024.1')) as versions (definition_version)
"""
_SCORECARDS = """
    create table branch_scorecards as
    select
        branch, branch_name, 'North' as region, survey_type, period_start, period_end, definition_version,
        promoters, passives, detractors, responses, nps, nps_low, nps_high, reportability
    from nps_scores
    where segment = 'branch' and measure = 'in_period' and period_grain = 'trailing_365d'
        and period_end = (select max(period_end) from nps_scores where period_grain = 'trailing_365d')
"""
