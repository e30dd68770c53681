"""Generated records of every vendor: each is in raw or in quarantine with its own text, none lost or changed.

A few of one vendor's, which the date names, in `make test`; `make test-long` sends ten thousand of each.
"""

import json
import os
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import duckdb
import pytest

from demo.vendors.faults import Script
from expectations import rereading, runner
from ingestion import warehouse
from ingestion.load import load_source
from tests.faults.lab import Lab
from tests.faults.vendors import VENDORS, Vendor
from tests.faults.wild import page_of
from vault import keys
from vault.store import REST, Vault

pytestmark = pytest.mark.xdist_group("faults")
MANY: Final = int(os.environ.get("WILD_RECORDS", "10000"))
TODAY: Final = datetime.now(UTC).date().toordinal()


def opened(home: Path) -> Mapping[str, Mapping[str, str]]:
    """Record → token → what it stands for; under no record, of all of them."""
    private = keys.reading(home)
    assert private is not None
    meant: dict[str, dict[str, str]] = defaultdict(dict)
    for found in Vault(home / "vault").entries(private):
        texts = json.loads(found.text) if found.token == REST else {found.token: found.text}
        meant[found.record] |= texts
        meant[""] |= texts
    return meant


def parsed(text: str, meant: Mapping[str, str] | None = None) -> str:
    """A record as JSON says it: each pair, digit and repeated key, with texts in the place of tokens.

    An object is a tuple: `{}` is not `[]`, and a vendor that takes one refuses the other.
    """
    given = meant or {}

    def pairs(found: list[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
        return tuple((key, restored(value)) for key, value in found)

    def restored(value: Any) -> Any:
        if isinstance(value, list):
            return [restored(each) for each in value]
        return given.get(value, value) if isinstance(value, str) else value

    numbers: Any = {"parse_float": Decimal, "parse_int": Decimal}
    return repr(restored(json.loads(text, object_pairs_hook=pairs, **numbers)))


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def check(lab: Lab, home: Path, patch: pytest.MonkeyPatch, vendor: Vendor, count: int, seed: int) -> None:
    servers = lab.pointed(vendor, home, patch)
    drawn, sent = Random(seed), list[str]()

    def change(page: bytes) -> bytes:
        return page if sent else page_of(page, count, drawn, sent)

    path, table = vendor.wild or (vendor.listed, vendor.table)
    servers.faults.script(Script(path, times=None, change=change))
    report = load_source(vendor.name)
    payloads = f"select record_id, payload from raw_{vendor.name}.{table}"
    meant = opened(home)
    with duckdb.connect(str(warehouse.working_file()), read_only=True) as raw:
        landed = [parsed(text, meant[record]) for record, text in raw.execute(payloads).fetchall()]
        refused = [
            meant[""].get(text, text)
            for (text,) in raw.execute(
                f"select original_text from raw_{vendor.name}.quarantine where table_name = ?", [table]
            ).fetchall()
        ]
    assert len(sent) > count
    known = {*landed}
    lost = [text for text in {*sent} - {*refused} if parsed(text) not in known]
    assert lost == [], f"seed {seed}: records are lost or changed"
    twice = [text for text in refused if is_json(text) and parsed(text) in known]
    assert twice == [], f"seed {seed}: a record is counted twice"
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
