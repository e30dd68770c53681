"""Vendors that change what they send: fields of other types, new ones, missing ones, spoilt lines."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from dlt.extract.exceptions import ResourceExtractionError

from demo.server import VendorServers
from demo.vendors import scripts
from demo.vendors.faults import Script
from ingestion import drift
from ingestion.arrow import convert_batch
from ingestion.errors import RefusedError
from ingestion.http import parsed
from ingestion.load import load_source, root_cause
from ingestion.records import Batch
from ingestion.tables import Column, TableSpec

from .conftest import Extracted, texts

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Extract = Callable[[str, str], Extracted]


def test_another_type_goes_to_quarantine_with_its_text(vendors: VendorServers, extract: Extract) -> None:
    before = extract("qualtrics", "responses").rows
    vendors.faults.script(scripts.changed_type(r"/file$", "values.QID1", "9"))
    rows, rejects = extract("qualtrics", "responses")
    question = pa.scalar("QID1")
    answered = before.filter(pc.and_(pc.is_valid(before["score"]), pc.equal(before["question_id"], question)))
    reasons = dict(zip(rejects["record_id"].to_pylist(), rejects["reason"].to_pylist(), strict=True))
    assert set(answered["record_id"].to_pylist()) <= set(reasons)
    assert set(reasons.values()) == {"wrong_type"}
    assert all('"QID1":"9"' in text for text in texts(rejects, "original_text"))
    kept = rows.filter(pc.equal(rows["question_id"], question))
    assert kept["score"].null_count == kept.num_rows, "a score that came as text was loaded"


def test_a_new_field_stays_in_the_payload(vendors: VendorServers, extract: Extract) -> None:
    before = extract("salesforce", "accounts")
    vendors.faults.script(scripts.new_field(r"/services/data", "Colour__c", "red"))
    rows, rejects = extract("salesforce", "accounts")
    assert rows.schema == before.rows.schema
    assert rows.num_rows == before.rows.num_rows
    assert rejects.num_rows == 0
    assert all('"Colour__c":"red"' in payload for payload in texts(rows, "payload"))


def some_lose(path: str, field: str) -> Script:
    """One of three records loses a field."""
    seen = count()

    def lose(record: dict[str, Any]) -> None:
        if next(seen) % 3 == 0:
            record.pop(field, None)

    return scripts.changed_records(path, lose)


def test_a_record_without_a_required_field_goes_to_quarantine(
    vendors: VendorServers, extract: Extract
) -> None:
    expected = extract("stripe", "invoices").rows.num_rows
    vendors.faults.script(some_lose(r"/v1/invoices$", "currency"))
    rows, rejects = extract("stripe", "invoices")
    assert rejects.num_rows > drift.ENOUGH
    assert rows.num_rows + rejects.num_rows == expected
    assert set(rejects["reason"].to_pylist()) == {"missing_required"}
    assert "invoices.currency" in rejects["detail"][0].as_py()


def test_a_record_that_says_nothing_of_a_field_goes_to_quarantine(
    vendors: VendorServers, extract: Extract
) -> None:
    """An empty one says something: nobody's e-mail address is known."""
    expected = extract("salesforce", "contacts").rows.num_rows
    vendors.faults.script(some_lose(r"/services/data", "MasterRecordId"))
    rows, rejects = extract("salesforce", "contacts")
    assert rejects.num_rows > drift.ENOUGH
    assert rows.num_rows + rejects.num_rows == expected
    assert set(rejects["detail"].to_pylist()) == {"contacts.merged_into_id is required and missing"}


@pytest.mark.parametrize(
    ("vendor", "table", "path", "field", "named"),
    [
        ("stripe", "invoices", r"/v1/invoices$", "currency", "invoices came without `currency`"),
        (
            *("salesforce", "contacts", r"/services/data", "Email"),
            "contacts came without `email` (its field `Email`)",
        ),
        (
            *("zendesk", "tickets", r"/incremental/tickets/cursor$", "status"),
            "tickets came without `status`",
        ),
    ],
)
def test_a_field_that_is_gone_stops_the_load_of_its_vendor(
    vendors: VendorServers, extract: Extract, vendor: str, table: str, path: str, field: str, named: str
) -> None:
    vendors.faults.script(scripts.missing_field(path, field))
    with pytest.raises(ResourceExtractionError) as stopped:
        extract(vendor, table)
    cause = root_cause(stopped.value)
    assert isinstance(cause, RefusedError), "a retry would fail again"
    said = str(cause)
    assert said.startswith(f"{vendor}: {named}")
    assert "nothing of this load is kept" in said


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [("status", 7, "wrong_type"), ("created_at", "yesterday", "bad_timestamp")],
)
def test_a_ticket_that_changes_its_types_goes_to_quarantine(
    vendors: VendorServers, extract: Extract, field: str, value: object, reason: str
) -> None:
    expected = extract("zendesk", "tickets").rows.num_rows
    vendors.faults.script(scripts.changed_type(r"/incremental/tickets/cursor$", field, value))
    rows, rejects = extract("zendesk", "tickets")
    assert (rows.num_rows, rejects.num_rows) == (0, expected)
    assert {*texts(rejects, "reason")} == {reason}
    shown = json.dumps(value)
    assert all(f'"{field}":{shown}' in text.replace(": ", ":") for text in texts(rejects, "original_text"))


def test_a_field_is_new_that_no_earlier_load_has_met() -> None:
    spec = TableSpec("answers", ("id",), (Column("id", source="id", required=True),))
    first = drift.Drift(spec, [])
    first.note(*convert_batch(spec, batch_of([{"id": "1"}])))
    assert (first.fields, first.new) == (["id"], [])
    second = drift.Drift(spec, ["gone", "id"])
    second.note(*convert_batch(spec, batch_of([{"id": "1", "colour": "red"}])))
    assert (second.fields, second.new) == (["colour", "gone", "id"], ["colour"])


@pytest.mark.long
def test_a_new_field_is_reported_once(vendors: VendorServers) -> None:
    assert load_source("typeform").remarks == [], "in the first load everything is new"
    vendors.faults.script(scripts.new_field(r"/responses", "colour", "red"))
    assert (
        "typeform responses has new fields, which stay in the payload and count nowhere: colour"
        in load_source("typeform").remarks
    )
    assert load_source("typeform").remarks == []


def test_a_field_is_gone_where_most_records_lack_it_and_not_a_few() -> None:
    spec = TableSpec("answers", ("id",), (Column("id", source="id", required=True),))
    bad, good = batch_of([{}] * (drift.ENOUGH - 1)), batch_of([{"id": "1"}] * drift.ENOUGH)
    seen = drift.Drift(spec, [])
    seen.note(*convert_batch(spec, bad))
    seen.refuse("x")
    seen.note(*convert_batch(spec, good))
    seen.note(*convert_batch(spec, batch_of([{}])))
    seen.refuse("x")
    seen.note(*convert_batch(spec, batch_of([{}])))
    with pytest.raises(RefusedError, match=r"x: answers came without `id`.*: 11 records, and 10 with"):
        seen.refuse("x")


def batch_of(records: list[dict[str, Any]]) -> Batch:
    lines = [json.dumps(record).encode() for record in records]
    return Batch(lines, range(1, len(lines) + 1), ["here"] * len(lines), parsed)


def test_a_missing_optional_field_is_null(vendors: VendorServers, extract: Extract) -> None:
    expected = extract("salesforce", "accounts").rows.num_rows
    vendors.faults.script(scripts.missing_field(r"/services/data", "Industry"))
    rows, rejects = extract("salesforce", "accounts")
    assert (rows.num_rows, rejects.num_rows) == (expected, 0)
    assert rows["industry"].null_count == expected


def test_a_malformed_line_of_an_export_costs_that_line_alone(
    vendors: VendorServers, extract: Extract
) -> None:
    expected = extract("qualtrics", "responses").rows
    vendors.faults.script(scripts.malformed(r"SV_Relationship001.*/file$"))
    rows, rejects = extract("qualtrics", "responses")
    malformed = rejects.filter(pc.equal(rejects["reason"], pa.scalar("malformed_json")))
    assert malformed.num_rows == 1
    assert malformed["origin"][0].as_py() == "/API/v3/surveys/SV_Relationship001/export-responses"
    assert rows.num_rows == expected.num_rows - 1


def test_an_empty_export_is_no_error(vendors: VendorServers, extract: Extract) -> None:
    vendors.faults.script(scripts.empty_export(r"/file$"))
    rows, rejects = extract("qualtrics", "responses")
    assert (rows.num_rows, rejects.num_rows) == (0, 0)


def test_a_moment_without_a_zone_goes_to_quarantine(vendors: VendorServers, extract: Extract) -> None:
    vendors.faults.script(scripts.changed_type(r"/services/data", "CreatedDate", "2025-06-01T12:00:00"))
    rows, rejects = extract("salesforce", "contacts")
    assert rows.num_rows == 0
    assert set(rejects["reason"].to_pylist()) == {"bad_timestamp"}


def test_the_payload_is_the_vendors_text(vendors: VendorServers, extract: Extract) -> None:
    vendors.faults.script(
        Script(
            r"/v1/customers",
            times=None,
            change=lambda body: body.replace(b'"balance":0,', b'"balance" : 0.00,'),
        )
    )
    rows = extract("stripe", "customers").rows
    listed = [payload for payload in texts(rows, "payload") if '"balance" : 0.00,' in payload]
    assert listed
