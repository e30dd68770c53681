"""Cases on their way to the targets that the company's config names.

A target's outbox is brought up to the mart: a case that is open there and came after `since` is wanted, one
that says something else now is wanted so, and one that is closed, invalid or forgotten with its answer is
wanted closed, where a task of it may be there. Of a customer only the ids go along that the CRM itself gave.

Belongs here: which tasks are wanted, and sending them. Does not belong here: what a case is, or what is
written where (`outbox`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from company import writing_back
from company.writing_back import Target
from orchestration import cases
from orchestration.environment import Home
from outbox import delivering, kinds, standing
from outbox.delivering import Delivered
from outbox.log import BusyError
from outbox.task import INVALID, Task

REFRESH: Final = "refresh"
FAST: Final = "fast"
#: What a task says, of rows `found` with what a case says and the keys of account and contact.
COLUMNS: Final = """
    found.case_key, found.case_type, {state} as state, found.owner_id,
    coalesce(branches.branch_name, found.branch) as branch, accounts.account_id, contacts.contact_id,
    found.opened_at, found.due_at, found.escalate_at, coalesce(zones.time_zone, 'UTC') as time_zone
"""
#: Of `found`, with the names and ids behind its keys.
JOINED: Final = """
    left join {dimensions}.dim_branches as branches on found.branch = branches.branch_id
    left join {dimensions}.dim_accounts as accounts on found.account_key = accounts.account_key
    left join {dimensions}.dim_contacts as contacts on found.contact_key = contacts.contact_key
    left join (select branch, min(time_zone) as time_zone from {definition}.branch_calendars group by branch)
        as zones on found.calendar_branch = zones.branch
"""
_STANDING: Final = f"""
    with told as (
        select case_key, max_by(state, state_at) as state from {{told}} as events group by case_key
    ),
    answers as (
        select md5(answer_key) as case_key, account_key, contact_key from marts.fct_survey_responses
        where disposition <> 'erased'
    ),
    found as (
        select cases.*, answers.account_key, answers.contact_key, told.state as told_state
        from {cases.CASES} as cases
        inner join answers on cases.case_key = answers.case_key
        left join told on cases.case_key = told.case_key
        where cases.is_current
    )
    select {COLUMNS.format(state="if(found.state = 'invalid', 'invalid', coalesce(told_state, found.state))")}
    from found {JOINED.format(dimensions="marts", definition="definition")}
    order by found.opened_at, found.case_key
"""


def targets(company: Path) -> list[Target]:
    """The company's targets, by name."""
    return writing_back.targets(company)


def folder(home: Home, target: Target) -> Path:
    """Where the outbox of a target is."""
    return home.outbox / target.name


def bring_up(home: Home, targets: Iterable[Target]) -> dict[str, int]:
    """Want what the mart of the last refresh says; for each target, how many tasks are new or other."""
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        found = _found(home, connection)
    return {
        target.name: delivering.want(folder(home, target), _wanted(home, target, found), REFRESH)
        for target in targets
    }


def open_at_once(home: Home, targets: Iterable[Target], found: Iterable[Task]) -> int:
    """Want what the fast lane found and nobody wants yet; how many. The next refresh has the last word."""
    tasks, new = list(found), 0
    for target in targets:
        known = standing.standing(folder(home, target)).tasks
        opened = [
            each for each in tasks if each.case_key not in known and each.opened_at.date() >= target.since
        ]
        new += delivering.want(folder(home, target), opened, FAST)
    return new


def compare(home: Home, targets: Iterable[Target]) -> dict[str, list[str]]:
    """What the fast lane told otherwise than this refresh does, by case; each is compared once.

    Where the refresh does not know the answer yet, the case waits for one that does.
    """
    differing: dict[str, list[str]] = {}
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        found = {task.case_key: task for task in _found(home, connection)}
        for target in targets:
            known = standing.standing(folder(home, target)).tasks
            fast = {key: each.task for key, each in known.items() if each.way == FAST}
            answered = connection.execute(
                "select md5(answer_key) as case_key from marts.fct_survey_responses"
                " where list_contains($keys, md5(answer_key))",
                {"keys": list(fast)},
            ).fetchall()
            compared = {key: _differences(fast[key], found.get(key)) for (key,) in answered}
            delivering.compared(folder(home, target), compared)
            differing |= {key: names for key, names in compared.items() if names}
    return differing


def _differences(fast: Task, slow: Task | None) -> list[str]:
    if slow is None or slow.state == INVALID:
        return ["no case"]
    told = (field.name for field in fields(Task) if field.name != "state")  # somebody may have told another
    return [name for name in told if getattr(fast, name) != getattr(slow, name)]


def _found(home: Home, connection: duckdb.DuckDBPyConnection) -> list[Task]:
    return tasks(connection.execute(_STANDING.format(told=cases.logged(home.cases, cases.EVENTS))))


def tasks(query: duckdb.DuckDBPyConnection) -> list[Task]:
    """The tasks in the rows of a query that selects `COLUMNS`."""
    names = [column[0] for column in query.description or ()]
    return [Task(**_seconds(dict(zip(names, row, strict=True)))) for row in query.fetchall()]


def send(home: Home, target: Target, patience: float = 0.0) -> Delivered:
    """Send what waits. Raises as `delivering.deliver`."""
    return delivering.deliver(
        folder(home, target), kinds.known()[target.name].make(target.settings), patience
    )


def send_all(home: Home, targets: Iterable[Target], patience: float = 0.0) -> Iterator[tuple[str, Delivered]]:
    """Send to each target that is switched on, unless another process is at it."""
    for target in targets:
        if target.is_on:
            try:
                yield target.name, send(home, target, patience)
            except BusyError:
                continue


def _wanted(home: Home, target: Target, found: list[Task]) -> Iterator[Task]:
    known = standing.standing(folder(home, target)).tasks
    there = {task.case_key for task in found}
    for task in found:
        if task.case_key in known or (not task.is_closed and task.opened_at.date() >= target.since):
            yield task
    # A case that the last refresh had and this one has not belongs to an answer that was erased.
    for key, each in known.items():
        if key not in there and each.way == REFRESH:
            yield replace(each.task, state=INVALID)


def _seconds(row: dict[str, Any]) -> dict[str, Any]:
    """Moments to the second: targets know no fractions."""
    return {
        key: value.replace(microsecond=0) if isinstance(value, datetime) else value
        for key, value in row.items()
    }
