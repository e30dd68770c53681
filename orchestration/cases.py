"""The log of cases in the state folder: what each refresh first said of a case, and what people told of it.

It only grows. What a refresh has to add is one file, and so is each thing told: written aside and renamed, so
that a process that is killed leaves a whole log. It names no customer, account, answer or comment.

Belongs here: writing the log, and laying it out for the models. Does not belong here: what a case is
(`dbt_project/models/publication/cases`), or what is shown of cases (`cli/cases_view.py`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import duckdb

from outbox.task import TOLD

VERSIONS, EVENTS = "case_versions", "case_events"
#: The tables that models read → columns with their types, as lines of the log have them.
TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    VERSIONS: {
        **{"case_key": "varchar", "version_number": "bigint", "version_as_of": "date"},
        **{"case_type": "varchar", "rule_name": "varchar", "owner_id": "varchar", "owner_from": "varchar"},
        **{"is_owner_missing": "boolean", "branch": "varchar", "calendar_branch": "varchar"},
        **{"is_calendar_missing": "boolean", "opened_at": "timestamp", "due_at": "timestamp"},
        **{"escalate_at": "timestamp", "state": "varchar", "state_at": "timestamp"},
        "content_hash": "varchar",
    },
    EVENTS: {"case_key": "varchar", "state": "varchar", "state_at": "timestamp", "told_by": "varchar"},
}
#: What a person may tell; a case becomes invalid by its answer alone.
STATES: Final = TOLD
CASES: Final = "marts.fct_follow_up_cases"


@dataclass(frozen=True)
class Kept:
    """Cases of the mart, versions that were new, cases that are open, and of these how many lack an owner of
    their own; branches without a calendar."""

    cases: int
    new_versions: int
    open: int
    owner_missing: int
    without_calendar: tuple[str, ...]


def lay_out(warehouse: Path, log: Path) -> None:
    """Write what the log has into the working file, in place of what was there."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema if not exists follow_up")
        for table in TABLES:
            connection.execute(
                f"create or replace table follow_up.{table} as select * from {logged(log, table)}"
            )


def logged(log: Path, table: str) -> str:
    """A relation of SQL with the lines of one of `TABLES`."""
    files = [str(path) for path in _files(log, table)]
    columns = TABLES[table]
    if not files:
        nothing = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items())
        return f"(select {nothing} where false)"
    typed = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    listed = ", ".join("'{}'".format(file.replace("'", "''")) for file in files)
    return f"read_json([{listed}], format = 'newline_delimited', columns = {{{typed}}})"


def keep(warehouse: Path, log: Path) -> Kept:
    """Add the versions that the mart has and the log has not."""
    names = ", ".join(TABLES[VERSIONS])
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        new = connection.sql(
            f"select {names} from {CASES} as cases anti join {logged(log, VERSIONS)} as logged"
            " using (case_key, version_number) order by case_key, version_number"
        ).fetchall()
        [(cases, is_open, missing, without)] = connection.execute(f"""
            select
                count(*), count(*) filter (state = 'open'),
                count(*) filter (state = 'open' and is_owner_missing),
                coalesce(list_sort(list(distinct branch) filter (is_calendar_missing)), [])
            from {CASES} where is_current
        """).fetchall()
    if new:
        number = len(_files(log, VERSIONS)) + 1
        _write(
            log / VERSIONS / f"{number:08}.jsonl",
            (dict(zip(TABLES[VERSIONS], row, strict=True)) for row in new),
        )
    return Kept(cases, len(new), is_open, missing, tuple(without))


def tell(log: Path, case_key: str, state: str, by: str, at: datetime) -> None:
    """Add that somebody told the state of a case; `at` is a moment in UTC. Raises ValueError for no state."""
    if state not in STATES:
        raise ValueError(f'a case cannot be told to be "{state}": write one of {", ".join(STATES)}')
    moment = at.replace(tzinfo=None)
    line = dict(zip(TABLES[EVENTS], (case_key, state, moment, by), strict=True))
    _write(log / EVENTS / f"{moment:%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}.jsonl", [line])


def told(log: Path) -> list[str]:
    """The names of all that was told: different once there is more."""
    return [path.name for path in _files(log, EVENTS)]


def _files(log: Path, table: str) -> list[Path]:
    return sorted((log / table).glob("*.jsonl"))


def _write(file: Path, lines: Iterable[Mapping[str, object]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_suffix(".tmp")
    with half.open("w", encoding="utf-8") as written:
        for line in lines:
            written.write(json.dumps(line, default=str, ensure_ascii=False) + "\n")
        written.flush()
        os.fsync(written.fileno())
    half.replace(file)
