"""What was in force when, from the CRM's own records, and which branches there are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from expectations.declared_fields import with_declared
from expectations.dimensions import BUILT_IN, Declared, Dimensions
from expectations.recount import crm
from expectations.recount.versions import RawRecords
from expectations.vendors import for_the_recount, vendor_fields

BEFORE, AT, AFTER = 1_735_689_599_999_999, 1_735_689_600_000_000, 1_735_689_600_000_001
MOMENT = "2025-01-01T00:00:00.000+0000"


def known(
    path: Path,
    history: list[tuple[str, str | None, str | None]],
    field: str = "Branch__c",
    branches: tuple[str, ...] = ("B1", "B2"),
    names: dict[str, dict[str, str]] | None = None,
    dimensions: Dimensions = BUILT_IN,
) -> crm.Crm:
    """A CRM with branches and one account, whose field changed at `MOMENT`: record, before, after."""
    records: dict[str, list[dict[str, Any]]] = {
        "branches": [{"Id": name, "Name": f"{name} Street"} for name in branches],
        "accounts": [
            {"Id": "A", "Branch__c": "B2", "Plan__c": "now", "Tier__r": {"Name": "gold"}, "Line__c": "Loans "}
        ],
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
            for each in sent:
                connection.execute(
                    f"insert into raw_salesforce.{table} values (?, '1', null, 1, ?)",
                    [each["Id"], orjson.dumps(each).decode()],
                )
        renamed = vendor_fields({"salesforce": {"fields": names or {}}})
        fields = with_declared(for_the_recount(renamed), dimensions)
        return crm.read(RawRecords(connection, fields, dimensions))


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
    values = [found.attribute("a", "branch_id", when) for when in (BEFORE, AT, AFTER)]
    assert values == [before, after, after]


def test_of_two_changes_of_a_plan_at_one_moment_the_later_record_holds(tmp_path: Path) -> None:
    found = known(tmp_path / "w.duckdb", [("1", "p1", "p2"), ("2", "p2", "p3")], "Plan__c")
    assert [found.attribute("a", "plan", when) for when in (BEFORE, AT)] == ["p1", "p3"]


@pytest.mark.parametrize(
    ("field", "before"), [("Line__c", "Cards"), ("line__C", "Cards"), ("Else__c", "Loans")]
)
def test_a_declared_dimension_has_the_history_of_its_field(tmp_path: Path, field: str, before: str) -> None:
    line = Declared("line", "account", ("line",), {"salesforce": "Line__c"}, "", {}, 100)
    found = known(tmp_path / "w.duckdb", [("1", " Cards", "Loans")], field, dimensions=Dimensions((line,)))
    assert [found.attribute("a", "line", when) for when in (BEFORE, AT)] == [before, "Loans"]


def test_where_nobody_sends_branches_the_ids_that_records_carry_are_the_branches(tmp_path: Path) -> None:
    found = known(tmp_path / "w.duckdb", [], branches=())
    assert found.branches == {"b2": crm.Branch("B2", None)}
    assert set(known(tmp_path / "v.duckdb", []).branches) == {"b1", "b2"}


def test_a_field_is_read_under_the_name_the_company_has_for_it(tmp_path: Path) -> None:
    names = {"accounts": {"plan": "Tier__r.Name", "region": "Branch__c"}}
    found = known(tmp_path / "w.duckdb", [("1", "B1", "B2")], names=names)
    assert [found.attribute("a", name, AT) for name in ("plan", "region")] == ["gold", "B2"]
    assert found.attribute("a", "region", BEFORE) == "B1"


def test_of_two_crms_an_id_names_the_account_of_the_one_that_knows_it() -> None:
    with duckdb.connect() as connection:
        records = RawRecords(connection)
        assert records.own_key("one")(" A ") == "a"  # the only one
        records.__dict__["crms"] = ("one", "two")
        assert [records.own_key(each)(" A ") for each in ("one", "two", "files")] == ["one:a", "two:a", "a"]
        assert records.own_key("one")(None) is None
        known = {"one:a": "one:a", "two:a": "two:a", "one:b": "one:a", "two:b2": "two:b2", "b2": "b2"}
        assert records.with_names(known) == {**known, "b": "one:a"}
