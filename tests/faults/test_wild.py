"""Generated records of every vendor: each is in raw or in quarantine with its own text, none lost or changed.

A few of one vendor's, which the date names, in `make test`; `make test-long` sends ten thousand of each.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Final

import duckdb
import pytest

from demo.vendors.faults import Script
from expectations import rereading, runner
from ingestion import warehouse
from ingestion.load import load_source
from tests.faults.lab import Lab
from tests.faults.vendors import VENDORS, Vendor
from tests.faults.wild import page_of

pytestmark = pytest.mark.xdist_group("faults")
MANY: Final = int(os.environ.get("WILD_RECORDS", "10000"))
TODAY: Final = datetime.now(UTC).date().toordinal()


def check(lab: Lab, home: Path, patch: pytest.MonkeyPatch, vendor: Vendor, count: int, seed: int) -> None:
    servers = lab.pointed(vendor, home, patch)
    drawn, sent = Random(seed), list[str]()

    def change(page: bytes) -> bytes:
        return page if sent else page_of(page, count, drawn, sent)

    path, table = vendor.wild or (vendor.listed, vendor.table)
    servers.faults.script(Script(path, times=None, change=change))
    report = load_source(vendor.name)
    payloads = f"select payload from raw_{vendor.name}.{table}"
    with duckdb.connect(str(warehouse.working_file()), read_only=True) as raw:
        landed = [text for (text,) in raw.execute(payloads).fetchall()]
        refused = [
            text
            for (text,) in raw.execute(
                f"select original_text from raw_{vendor.name}.quarantine where table_name = ?", [table]
            ).fetchall()
        ]
    assert len(sent) > count
    assert set(sent) <= {*landed, *refused}, f"seed {seed}: records are lost or changed"
    assert not set(landed) & set(refused), f"seed {seed}: a record is counted twice"
    assert landed
    assert refused
    again = rereading.reread(warehouse.working_file(), home / "inbox", {})
    assert [str(each) for of_table in again.differences.values() for each in of_table] == [], f"seed {seed}"
    judged = runner.run("raw", warehouse.working_file(), (vendor.name,))
    failed = [f"{each.table} {each.name}: {each.observed}" for each in judged.failed]
    assert [each for each in failed if f"raw_{vendor.name}" in each] == [], f"seed {seed}"
    assert report.received[table] == len(landed) + len(refused)


def test_a_few_of_the_vendor_of_the_day(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(lab, tmp_path, monkeypatch, VENDORS[TODAY % len(VENDORS)], 300, TODAY)


@pytest.mark.long
@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.name)
def test_none_of_ten_thousand_is_lost_or_changed(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendor: Vendor
) -> None:
    check(lab, tmp_path, monkeypatch, vendor, MANY, TODAY)
