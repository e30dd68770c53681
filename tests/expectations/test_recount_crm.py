"""What was in force when, from the CRM's own records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from expectations.recount import crm

BEFORE, AT, AFTER = 1_735_689_599_999_999, 1_735_689_600_000_000, 1_735_689_600_000_001
MOMENT = "2025-01-01T00:00:00.000+0000"


def known(path: Path, history: list[tuple[str, str | None, str | None]], field: str = "Branch__c") -> crm.Crm:
    """A CRM with two branches and one account, whose field changed at `MOMENT`: record, before, after."""
    records: dict[str, list[dict[str, Any]]] = {
        "branches": [{"Id": name, "Name": f"{name} Street"} for name in ("B1", "B2")],
        "accounts": [{"Id": "A", "Branch__c": "B2", "Plan__c": "now"}],
        "account_history": [
            {"Id": i, "AccountId": "A", "Field": field, "OldValue": o, "NewValue": n, "CreatedDate": MOMENT}
            for i, o, n in history
        ],
    }
    with duckdb.connect(path) as connection:
        connection.execute("create schema raw_salesforce")
        connection.execute("create table raw_salesforce._dlt_loads as select '1' as load_id, 0 as status")
        for table, sent in records.items():
            connection.execute(
                f"create table raw_salesforce.{table} (record_id varchar, _dlt_load_id varchar, "
                "version_at timestamptz, position bigint, payload varchar)"
            )
            connection.executemany(
                f"insert into raw_salesforce.{table} values (?, '1', null, 1, ?)",
                [[each["Id"], orjson.dumps(each).decode()] for each in sent],
            )
        return crm.read(connection)


@pytest.mark.parametrize(
    ("history", "before", "after"),
    [
        ([("1", "B1", "B2"), ("2", "B1 Street", "B2 Street")], "B1", "B2"),
        ([("2", "B1", "B2"), ("1", "B1 Street", "B2 Street")], "B1", "B2"),
        ([("1", None, " b1 "), ("2", None, "B1 Street")], None, "b1"),
        ([("1", "B1", None), ("2", "B1 Street", None)], "B1", None),
        ([("1", "Closed One", "Closed Two")], "Closed One", "Closed Two"),
    ],
)
def test_a_branch_recorded_by_id_and_by_name_has_changed_once_exactly_at_its_moment(
    tmp_path: Path, history: list[tuple[str, str | None, str | None]], before: str, after: str
) -> None:
    found = known(tmp_path / "w.duckdb", history)
    values = [found.attribute("a", "branch", when) for when in (BEFORE, AT, AFTER)]
    assert values == [before, after, after]


def test_of_two_changes_of_a_plan_at_one_moment_the_later_record_holds(tmp_path: Path) -> None:
    found = known(tmp_path / "w.duckdb", [("1", "p1", "p2"), ("2", "p2", "p3")], "Plan__c")
    assert [found.attribute("a", "plan", when) for when in (BEFORE, AT)] == ["p1", "p3"]
