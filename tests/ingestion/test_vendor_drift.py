"""Vendors that change what they send: fields of other types, new ones, missing ones, spoilt lines."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from demo.server import VendorServers
from demo.vendors import scripts
from demo.vendors.faults import Script

from .conftest import Extracted, texts

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


def test_a_missing_required_field_goes_to_quarantine(vendors: VendorServers, extract: Extract) -> None:
    expected = extract("stripe", "credit_notes").rows.num_rows
    vendors.faults.script(scripts.missing_field(r"/v1/credit_notes", "currency"))
    rows, rejects = extract("stripe", "credit_notes")
    assert rejects.num_rows > 0
    assert rows.num_rows + rejects.num_rows == expected
    assert set(rejects["reason"].to_pylist()) == {"missing_required"}
    assert "credit_notes.currency" in rejects["detail"][0].as_py()


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
