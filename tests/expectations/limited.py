"""What the limits look at besides raw and the facts, added to a small working file.

Belongs here: deliveries, revenue documents and `audit_limits` of the made-up company. Does not belong here:
its answers (`warehouse`).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from expectations import limits
from tests.expectations.raw_records import VENDORS

AS_OF = date(2026, 5, 1)
EARLIER = {"branch": ["B0", "B1"], "plan": ["P1"]}
_STATEMENTS = (
    "alter table raw_qualtrics._dlt_loads add column inserted_at timestamptz default '2026-04-29 05:00:00Z'",
    "update raw_files._dlt_loads set inserted_at = '2026-04-29 05:00:00Z'",
    "create schema intermediate",
    "create table intermediate.int_revenue__recognised as"
    " select 'stripe' as source, 'in_' || n as document_id, 'a' || n as account_key"
    " from range(40) as numbers(n)",
    """
    create or replace table raw_files.intake as
    select table_name, file_name, '100.1' as _dlt_load_id, received
    from (values ('surveys_responses', 'inbox/a.csv', 180), ('crm_accounts', 'accounts.csv', 50))
        as files (table_name, file_name, received)
    """,
)


def add(warehouse: Path) -> Path:
    """The same working file with everything that limits need; all of them are kept."""
    with duckdb.connect(warehouse) as connection:
        for statement in _STATEMENTS:
            connection.execute(statement)
    build_audit_limits(warehouse)
    return warehouse


def build_audit_limits(warehouse: Path) -> None:
    """`marts.audit_limits` says what the guard finds."""
    rows = [
        (
            *(each.limit.name, each.limit.applies_to, each.subject, each.observed, each.limit.maximum),
            *(each.limit.unit, each.affected, each.limit.minimum_count, each.is_exceeded),
        )
        for each in limits.apply(warehouse, AS_OF, VENDORS, {})
    ]
    with duckdb.connect(warehouse) as connection:
        connection.execute(
            "create or replace table marts.audit_limits (limit_name varchar, applies_to varchar,"
            " subject varchar, observed double, maximum double, unit varchar, affected bigint,"
            " minimum_count bigint, is_exceeded boolean)"
        )
        connection.executemany("insert into marts.audit_limits values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
