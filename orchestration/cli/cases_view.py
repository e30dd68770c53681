"""What `nps cases` shows: cases with their owner and their time, and whom the tables behind them lack.

Belongs here: which cases are shown, and how. Does not belong here: the log (`cases.py`), or what a case is
(`dbt_project/models/publication/cases`).
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration import cases
from orchestration.cli.console import markdown
from orchestration.environment import ConfigurationError, Home

SHOWN_OF_A_KEY: Final = 10
#: What somebody told since the last refresh counts at once.
_STANDING: Final = """
    create temporary view standing as
    with told as (
        select case_key, max_by(state, state_at) as state from {told} as events group by case_key
    )
    select
        cases.case_key, cases.case_type, cases.rule_name, cases.owner_id, cases.is_owner_missing,
        coalesce(branches.branch_name, cases.branch) as branch_name, cases.branch,
        cases.is_calendar_missing, cases.opened_at, cases.due_at, cases.escalate_at,
        case when cases.state = 'invalid' then cases.state else coalesce(told.state, cases.state) end as state
    from marts.fct_follow_up_cases as cases
    left join marts.dim_branches as branches on cases.branch = branches.branch_id
    left join told on cases.case_key = told.case_key
    where cases.is_current
"""


@dataclass(frozen=True)
class Asked:
    """Which cases: None and "all" are no condition; of them the `last` due first, 0 means all."""

    branch: str | None
    owner: str | None
    state: str
    overdue: bool
    last: int


@contextmanager
def opened(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """The working file, read-only, with the cases as they stand now.

    Raises:
        ConfigurationError: there is none yet, or none of this release.
    """
    if not home.warehouse.exists():
        raise ConfigurationError(f"there is no working file {home.warehouse}: `nps refresh` makes it")
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        try:
            connection.execute(_STANDING.format(told=cases.logged(home.cases, cases.EVENTS)))
        except duckdb.CatalogException as error:
            raise ConfigurationError("cases have not been made yet: `nps refresh` does it") from error
        yield connection


def named(connection: duckdb.DuckDBPyConnection, start: str) -> str:
    """The case whose key begins like this. Raises LookupError for none or several."""
    found = connection.execute(
        "select case_key from standing where starts_with(case_key, lower(?)) limit 2", [start]
    ).fetchall()
    if len(found) != 1:
        raise LookupError(f"{'no case begins' if not found else 'several cases begin'} with {start}")
    return str(found[0][0])


def write(
    connection: duckdb.DuckDBPyConnection,
    asked: Asked,
    form: str,
    console: Console,
    now: datetime | None = None,
) -> None:
    """Show the cases and how many there are. Raises ValueError for a state that there is not."""
    known = (*cases.STATES, "invalid", "all")
    if asked.state not in known:
        raise ValueError(f'there is no state "{asked.state}": write one of {", ".join(known)}')
    moment = (now or datetime.now(UTC)).replace(tzinfo=None)
    found = connection.execute(
        """
        select
            case_key, case_type, branch_name, owner_id, is_owner_missing, is_calendar_missing, state,
            opened_at, due_at, escalate_at,
            state = 'open' and due_at < $now as is_overdue,
            state = 'open' and escalate_at < $now as is_escalated
        from standing
        where
            ($branch is null or lower($branch) in (lower(branch), lower(branch_name)))
            and ($owner is null or lower($owner) = lower(owner_id))
            and ($state = 'all' or state = $state)
            and (not $overdue or due_at < $now)
        order by due_at, case_key
        """,
        {
            **{"branch": asked.branch, "owner": asked.owner, "state": asked.state},
            **{"overdue": asked.overdue, "now": moment},
        },
    )
    columns = [column[0] for column in found.description or ()]
    rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
    shown = rows[: asked.last] if asked.last else rows
    if form == "json":
        print(json.dumps(shown, default=str, ensure_ascii=False, indent=1))
    elif form == "csv":
        lines = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        lines.writeheader()
        lines.writerows(shown)
    elif form == "md":
        sys.stdout.write(f"{markdown(_table(shown))}\n")
    else:
        console.print(_table(shown))
        for note in _notes(rows, len(shown), connection):
            console.print(note, style="dim", soft_wrap=True)


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table(header_style="bold", box=None, pad_edge=False)
    for heading in ("case", "what", "branch", "owner", "state", "answered", "due", "escalation"):
        table.add_column(heading, no_wrap=True)
    for row in rows:
        late = "overdue" if row["is_overdue"] else row["state"]
        table.add_row(
            row["case_key"][:SHOWN_OF_A_KEY],
            row["case_type"],
            row["branch_name"] + (" (default hours)" if row["is_calendar_missing"] else ""),
            row["owner_id"] + (" (owner missing)" if row["is_owner_missing"] else ""),
            "escalated" if row["is_escalated"] else late,
            *(f"{row[name]:%Y-%m-%d %H:%M}" for name in ("opened_at", "due_at", "escalate_at")),
        )
    return table


def _notes(
    rows: Sequence[dict[str, Any]], shown: int, connection: duckdb.DuckDBPyConnection
) -> Iterator[str]:
    overdue = sum(row["is_overdue"] for row in rows)
    yield f"{len(rows):,} cases, {overdue:,} of them overdue; {shown:,} shown. Times are UTC."
    missing = sum(row["is_owner_missing"] for row in rows)
    if missing:
        yield f"Owner missing: {missing:,}; branch or company has them meanwhile (branch_owners.csv)."
    without = connection.execute(
        "select branch_name, count(*) from standing where is_calendar_missing and state = 'open'"
        " group by all order by 2 desc, 1"
    ).fetchall()
    if without:
        named = ", ".join(f"{branch} {count:,}" for branch, count in without)
        yield f"Without a calendar, so by the company's hours: {named} (branch_calendars.csv)."
