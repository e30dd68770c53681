"""Names of stages in place of their ids: each in its time, and the last one for good."""

from __future__ import annotations

from pathlib import Path

import duckdb
import orjson

from expectations.recount import crm
from expectations.recount.stages import last_name, named
from expectations.recount.versions import RawRecords

JANUARY, MARCH, APRIL, MAY, JUNE = (f"2025-{month:02d}-01T00:00:00+00:00" for month in (1, 3, 4, 5, 6))
ALWAYS = crm.ALWAYS
NAMES = {("crm", "1"): [(ALWAYS, "Trial"), (30, "Pilot"), (50, "Start")], ("crm", "2"): [(ALWAYS, "Live")]}


def test_a_stage_is_called_what_it_was_called_at_the_time() -> None:
    since, called = named(NAMES, "crm", [ALWAYS, 20, 40, 60], ["x", "1", "2", "1"])
    assert list(zip(since, called, strict=True)) == [
        (ALWAYS, "x"),
        (20, "Trial"),
        (30, "Pilot"),
        (40, "Live"),
        (60, "Start"),
    ]
    assert named(NAMES, "other", [ALWAYS, 20], [None, "1"]) == ([ALWAYS, 20], [None, "1"])
    assert named(NAMES, "crm", [30], ["1"]) == ([30, 50], ["Pilot", "Start"])
    assert [last_name(NAMES, "crm", each) for each in ("1", "7", None)] == ["Start", "7", None]


def test_accounts_have_the_name_of_now_and_timelines_those_of_then(tmp_path: Path) -> None:
    records = {
        "accounts": [("a", JANUARY, {"id": "a", "properties": {"lifecyclestage": "1"}})],
        "account_history": [],
        "stages": [
            ("1", JANUARY, {"of": "deals.default", "stage": {"id": "1", "label": " Trial"}}),
            ("1", MARCH, {"of": "deals.default", "stage": {"id": "1", "label": "Pilot"}}),
        ],
    }
    with duckdb.connect(tmp_path / "w.duckdb") as connection:
        connection.execute("set TimeZone = 'UTC'; create schema raw_hubspot")
        connection.execute(
            "create table raw_hubspot._dlt_loads as"
            " select '1' as load_id, 0 as status, timestamptz '2025-01-01' as inserted_at"
        )
        for table, rows in records.items():
            connection.execute(
                f"create table raw_hubspot.{table} (record_id varchar, _dlt_load_id varchar, "
                "version_at timestamptz, position bigint, payload varchar)"
            )
            for record, moment, payload in rows:
                connection.execute(
                    f"insert into raw_hubspot.{table} values (?, '1', ?, 1, ?)",
                    [record, moment, orjson.dumps(payload).decode()],
                )
        known = crm.read(RawRecords(connection))
    timeline = known.timelines["a", "lifecycle_stage"]
    assert timeline.values == ["Trial", "Pilot"]
    assert timeline.since == [ALWAYS, 1_740_787_200_000_000]
    assert known.accounts["a"].values[known.attributes.index("lifecycle_stage")] == "Pilot"
