"""What people changed of tasks in the CRM, told to the log of cases as `nps cases mark` tells it.

The loaders bring each task as a record of `tasks` of their vendor. The log of cases is written first: a
process that is killed after it finds the same status again, and notes for the outbox what is missing there.

Belongs here: which rows of raw say what a task is now, and keeping what they say. Does not belong here: whose
a status is (`outbox.reading_back`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

import duckdb

from company.writing_back import Target
from orchestration import cases, outgoing
from orchestration.environment import Home
from outbox import kinds, reading_back, standing
from outbox.reading_back import Found, Seen, Told

_VERSIONS: Final = """
    select task_id, case_key, status, changed_by, changed_at at time zone 'UTC' as changed_at
    from raw_{vendor}.tasks
    where _dlt_load_id in (select load_id from raw_{vendor}._dlt_loads where status = 0)
    order by task_id, version_at, changed_at, _dlt_load_id, position
"""


def keep(home: Home, targets: Iterable[Target]) -> dict[str, int]:
    """Add to both logs what people changed since; by target, how many changes and tasks of nobody."""
    counts = {}
    for target, found in _found(home, targets):
        for seen, told in found.new:
            by = f"{target.name} {seen.by or ''}".rstrip()
            cases.tell(home.cases, seen.case_key, told.state, by, told.at)
        states = {key: reading_back.state_of(told) for key, told in _told(home).items()}
        reading_back.keep(outgoing.folder(home, target), found.there, states)
        counts[f"{target.name}: read back"] = len(found.new)
        counts[f"{target.name}: tasks that are not ours"] = found.strangers
    return counts


def unknown(home: Home, targets: Iterable[Target]) -> list[str]:
    """What is to be said of statuses that stand for no state."""
    return [
        f'{target.name}: {count} tasks have the status "{status}", which stands for no state of a case; '
        f"name it under [outbox.{target.name}.states] in config.toml"
        for target, found in _found(home, targets)
        for status, count in sorted(found.unknown.items())
    ]


def _found(home: Home, targets: Iterable[Target]) -> Iterator[tuple[Target, Found]]:
    for target in targets:
        kind = kinds.known()[target.name]
        if not target.is_on or kind.status is None:
            continue
        there = standing.standing(outgoing.folder(home, target))
        yield target, reading_back.judge(there, kind, target.states, _seen(home, target.name), _told(home))


def _seen(home: Home, vendor: str) -> list[Seen]:
    """Each task with its last status, since the first of the versions in a row that have it."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        is_loaded = connection.execute(
            "select 1 from duckdb_tables() where schema_name = ? and table_name = 'tasks'", [f"raw_{vendor}"]
        ).fetchone()
        rows = connection.execute(_VERSIONS.format(vendor=vendor)).fetchall() if is_loaded else []
    found = []
    for task, versions in groupby(rows, key=lambda row: row[0]):
        *_, (status, same) = ((status, [*same]) for status, same in groupby(versions, key=lambda row: row[2]))
        first: tuple[Any, ...] = same[0]
        found.append(Seen(task, same[-1][1], status, first[4], first[3]))
    return found


def _told(home: Home) -> dict[str, list[Told]]:
    """What was told of each case until now."""
    found = defaultdict(list)
    log = cases.logged(home.cases, cases.EVENTS)
    with duckdb.connect() as connection:
        for key, state, at in connection.execute(f"select case_key, state, state_at from {log}").fetchall():
            found[key].append(Told(state, at))
    return found
