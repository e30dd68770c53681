"""A CRM whose merges go in a circle is named with its ids; chains, ends and undone merges are fine."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from expectations.merges import ExpectMergesToEnd
from expectations.runner import judge
from expectations.suites import Suite, suites

SOUND = [("a", "b", 1), ("b", "c", 1), ("c", None, 1), ("s", "s", 1), ("u", "nobody", 1)]


@pytest.mark.parametrize(
    ("versions", "circles"),
    [
        (SOUND, {}),
        ([*SOUND, ("c", "a", 2), ("t", "a", 1)], dict.fromkeys("abc", "a, b, c")),
        ([*SOUND, ("c", "a", 0)], {}),
    ],
)
def test_a_circle_is_named_with_its_ids(
    tmp_path: Path, versions: list[tuple[str, str | None, int]], circles: dict[str, str]
) -> None:
    file = tmp_path / "w.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema raw_crm")
        connection.execute(
            "create table raw_crm.accounts (record_id text, merged_into_id text, version_at timestamptz,"
            " _dlt_load_id text, position bigint)"
        )
        for record, into, second in versions:
            connection.execute(
                "insert into raw_crm.accounts values (?, ?, to_timestamp(?), '1', 1)", [record, into, second]
            )
    verdict = judge("raw", [Suite("raw_crm", "accounts", (ExpectMergesToEnd(),))], file)
    found = [example for check in verdict.failed for example in check.examples]
    assert verdict.success is not bool(circles)
    assert all(f"{name}" in str(found) and circle in str(found) for name, circle in circles.items())


def test_it_is_stated_of_every_crm() -> None:
    stated = {
        suite.name
        for suite in suites("raw", ["hubspot", "salesforce"])
        if any(isinstance(each, ExpectMergesToEnd) for each in suite.expectations)
    }
    assert stated == {
        f"raw_{crm}.{table}" for crm in ("hubspot", "salesforce") for table in ("accounts", "contacts")
    }
