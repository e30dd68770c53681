"""Declared dimensions in the guard: how it reads them, and what it says of one that does not fit."""

from __future__ import annotations

from pathlib import Path

import duckdb
import orjson
import pytest

from expectations.declared_fields import with_declared
from expectations.dimensions import BUILT_IN, governed
from expectations.payloads import Payloads
from expectations.runner import judge
from expectations.suites import suites
from expectations.vendors import vendor_fields
from tests.expectations.warehouse import VENDORS

DECLARED = """
[product_line]
label = "Product line"
level = "account"
source = {salesforce = "Line__c", files = "Line: new"}
segments = ["product_line"]
most_members = 3

[device]
label = "Device"
level = "answer"
source = {qualtrics = "Device.Type"}
segments = ["device", "device*plan"]

[family]
label = "Family"
of = "product_line"
segments = ["family"]
members = {Money = ["cards", "Loans"]}
"""


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme" / "definition").mkdir(parents=True)
    (tmp_path / "acme" / "definition" / "dimensions.toml").write_text(DECLARED, "utf-8")
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path / "acme"))


def said(warehouse: Path) -> dict[str, str]:
    """Table → what the sentence about declared dimensions says of it where it fails."""
    wanted = [suite for suite in suites("raw", VENDORS) if suite.table in ("crm_accounts", "responses")]
    checks = judge("raw", wanted, warehouse).results
    return {
        check.table: check.observed
        for check in checks
        if check.name == "ExpectDeclaredDimensionsToFit" and not check.success
    }


def test_without_a_declaration_there_are_the_built_in_dimensions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPS_COMPANY", str(tmp_path))
    assert governed() == BUILT_IN
    assert len(BUILT_IN.segments) == 10


@pytest.mark.usefixtures("declared")
def test_a_declaration_adds_to_them() -> None:
    found = governed()
    assert found.names == (*BUILT_IN.names, "product_line", "device", "family")
    assert found.of_accounts == (*BUILT_IN.of_accounts, "product_line", "family")
    assert found.segments["device*plan"] == ("device", "plan")
    assert found.carried("answer") == ("device",)
    family = found.declared[2]
    assert [family.follows(member) for member in ("Cards", "LOANS", "Savings")] == [
        "Money",
        "Money",
        "Unassigned",
    ]


@pytest.mark.usefixtures("declared")
def test_nobody_delivers_it_or_it_has_too_many_members(warehouse: Path) -> None:
    assert said(warehouse) == {
        "raw_files.crm_accounts": "nobody delivers product_line:"
        " Line: new of raw_files.crm_accounts is empty; correct its source in definition/dimensions.toml",
        "raw_qualtrics.responses": "nobody delivers device: Device.Type of raw_qualtrics.responses is empty;"
        " correct its source in definition/dimensions.toml",
    }
    change = "update raw_{} set payload = json_merge_patch(payload, {})"
    with duckdb.connect(warehouse) as connection:
        connection.execute(change.format("files.crm_accounts", "json_object('Line: new', ' A ')"))
        device = """'{"values": {"Device.Type": "phone"}}'"""
        connection.execute(change.format("qualtrics.responses", device))
    assert said(warehouse) == {}
    with duckdb.connect(warehouse) as connection:
        connection.execute(change.format("files.crm_accounts", "json_object('Line: new', record_id)"))
    assert said(warehouse) == {
        "raw_files.crm_accounts": "product_line has 50 members, and at most 3 are declared; group them,"
        " or raise most_members in definition/dimensions.toml"
    }


@pytest.mark.usefixtures("declared")
@pytest.mark.parametrize(
    ("given", "read"), [("phone", "phone"), (7, "7"), (True, "true"), (None, None), ("", "")]
)
def test_a_member_is_read_as_the_engine_reads_it(given: object, read: str | None) -> None:
    field = with_declared(vendor_fields(), governed())["qualtrics"]["responses"]["device"]
    payload = orjson.dumps({"values": {"Device.Type": given}}).decode()
    assert Payloads([payload]).values(field) == [read]
    path = '$."values"."Device.Type"'
    assert duckdb.execute("select json_extract_string(?, ?)", [payload, path]).fetchall() == [(read,)]
