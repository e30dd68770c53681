"""Vendors' records read again from their payloads: any column that is not what the vendor sent is named."""

import json
from typing import Any

import duckdb
import pytest

from expectations import payloads as of_payloads
from expectations.declaring import Field, Kind
from expectations.payloads import Payloads
from expectations.rereading import payloads
from expectations.vendors import vendor_fields
from ingestion.arrow import convert_batch
from ingestion.billing.chargebee_tables import TABLES as CHARGEBEE
from ingestion.billing.stripe_tables import TABLES as STRIPE
from ingestion.crm.hubspot_stages import STAGES
from ingestion.crm.hubspot_tables import OWNERS, crm_objects
from ingestion.crm.salesforce_tables import sobjects
from ingestion.http import parsed
from ingestion.records import Batch
from ingestion.support import zendesk_tables as zendesk
from ingestion.surveys import medallia_tables as medallia
from ingestion.surveys import qualtrics_tables as qualtrics
from ingestion.surveys import surveymonkey_tables as surveymonkey
from ingestion.surveys import typeform
from ingestion.surveys.configured import CARRIED
from ingestion.tables import TableSpec

MOMENT = "2024-03-01T10:00:00.250Z"
ANSWERS = qualtrics.responses_table(qualtrics.Question("QID1", "QID1"), [], qualtrics.EMBEDDED_DATA)
#: The fields of a case's key, as nobody has named them otherwise.
KEYS = ("NPS_Case_Key__c", "nps_case_key")
SPECS: dict[tuple[str, str], TableSpec] = {
    ("qualtrics", "surveys"): qualtrics.SURVEYS,
    ("qualtrics", "questions"): qualtrics.QUESTIONS,
    ("qualtrics", "responses"): ANSWERS,
    ("qualtrics", "invitations"): qualtrics.INVITATIONS,
    **{("salesforce", each.table.name): each.table for each in sobjects({}, {}, (), KEYS[0])},
    **{("hubspot", each.table.name): each.table for each in crm_objects({}, {}, (), KEYS[1])},
    ("hubspot", "users"): OWNERS,
    ("hubspot", "stages"): STAGES,
    **{("stripe", name): spec for name, spec in STRIPE.items()},
    **{("chargebee", name): spec for name, spec in CHARGEBEE.items()},
    ("medallia", "questions"): medallia.QUESTIONS,
    ("medallia", "responses"): medallia.responses_table(medallia.Question("q"), medallia.FIELDS),
    ("surveymonkey", "questions"): surveymonkey.QUESTIONS,
    ("surveymonkey", "responses"): surveymonkey.responses_table(surveymonkey.Question("1", {}), CARRIED),
    ("surveymonkey", "partial_responses"): surveymonkey.PARTIAL,
    ("typeform", "questions"): typeform.QUESTIONS,
    ("typeform", "responses"): typeform.responses_table("nps", CARRIED),
    ("typeform", "partial_responses"): typeform.PARTIAL,
    ("zendesk", "tickets"): zendesk.TICKETS,
    ("zendesk", "ticket_events"): zendesk.TICKET_EVENTS,
    ("zendesk", "requesters"): zendesk.REQUESTERS,
    ("zendesk", "organizations"): zendesk.ORGANIZATIONS,
}
CONSTANTS = {"survey_id": "SV_1", "question_id": "QID1"}
FIELDS = vendor_fields()
#: A database's texts are read as those of files: tests/ingestion/test_billing_database.py.
TABLES = [
    (vendor, table) for vendor, tables in FIELDS.items() for table in tables if vendor != "billing_database"
]


def value(column: str, path: str) -> Any:
    """Something that the vendor may write there."""
    if column == "acquired_by_referral" and path.startswith("properties."):
        return "true"
    if column.startswith("is_") or column == "acquired_by_referral":
        return True
    if column.endswith("_on"):
        return "2024-03-01"
    if column in ("status", "progress", "duration_seconds") and path.startswith("values."):
        return 16
    if column.endswith(("_minor", "_minutes", "_count")):
        return 1250
    return MOMENT if column.endswith(("_at", "At", "Date")) else f"a {column} ✓"


def record(vendor: str, table: str) -> dict[str, Any]:
    """A record that has all fields, each at the first of its paths."""
    made: dict[str, Any] = {}
    for column, field in FIELDS[vendor][table].items():
        *outer, key = field.paths[0].split(".")
        if len(field.paths) > 1 and field.paths[0] == f"{field.paths[1]}.id":
            outer, key = [], field.paths[1]  # a reference that is not expanded
        if "items" in outer:
            made["items"] = {"data": [{"price": {key: "Gold"}}]}
            continue
        place = made
        for name in outer:
            place = place.setdefault(name, {}) if isinstance(place.get(name, {}), dict) else {}
        seconds = vendor in ("stripe", "chargebee") and column.endswith("_at")
        place[key] = 1_709_287_200 if seconds else value(column, field.paths[0])
    return made


EXTRA: dict[tuple[str, str], dict[str, Any]] = {
    ("qualtrics", "questions"): {
        "Selector": "NPS",
        "Choices": {"0": {"Display": "0"}, "1": {"Display": "1"}},
    },
    ("surveymonkey", "questions"): {
        "headings": [{"heading": "How likely?"}],
        "answers": {"choices": [{"id": "1", "text": "0"}]},
    },
    ("medallia", "responses"): {
        "e_responsedate": {"values": [MOMENT]},
        "e_lastupdated": {"values": [MOMENT]},
    },
    ("zendesk", "ticket_events"): {"child_events": []},
    ("stripe", "invoices"): {"subtotal": 1250, "tax": 0, "created": 1_709_287_200},
    ("stripe", "credit_notes"): {"subtotal": 1250},
    ("stripe", "refunds"): {"charge": {"id": "ch_1", "customer": "cus_1", "invoice": "in_1"}},
}


def landed(vendor: str, table: str, records: list[dict[str, Any]]) -> duckdb.DuckDBPyConnection:
    """A working file in memory with what the loader makes of these records."""
    lines = [json.dumps(each, ensure_ascii=False).encode() for each in records]
    given = {**CONSTANTS, **({"version_at": None} if SPECS[vendor, table].version_at else {})}
    rows, rejects = convert_batch(
        SPECS[vendor, table], Batch(lines, range(1, len(lines) + 1), ["here"] * len(lines), parsed), given
    )
    assert rejects.to_pylist() == []
    raw = duckdb.connect()
    raw.execute(f"set TimeZone = 'UTC'; create schema raw_{vendor}")
    raw.register("converted", rows)
    raw.execute(f"create table raw_{vendor}.{table} as select *, '1' as _dlt_load_id from converted")
    raw.execute(f"create table raw_{vendor}._dlt_loads as select '1' as load_id, 0 as status")
    return raw


def reread(raw: duckdb.DuckDBPyConnection, vendor: str, table: str, since: str = "") -> list[str]:
    _, found = payloads.differences(raw, vendor, table, FIELDS[vendor][table], since, 1)
    return [str(difference) for difference in found]


@pytest.mark.parametrize(("vendor", "table"), TABLES)
def test_each_column_that_was_changed_is_named(vendor: str, table: str) -> None:
    sent = {**record(vendor, table), **EXTRA.get((vendor, table), {})}
    with landed(vendor, table, [sent]) as raw:
        assert reread(raw, vendor, table) == []
        for column in FIELDS[vendor][table]:
            [[was]] = raw.execute(f"select {column} from raw_{vendor}.{table}").fetchall()
            assert was is not None, f"the record has no {column}"
            raw.execute(f"begin; update raw_{vendor}.{table} set {column} = null")
            [told] = reread(raw, vendor, table)
            assert f", column {column}: loaded None, read again " in told
            raw.execute("rollback")


def test_values_that_changed_places_and_times_that_moved() -> None:
    first = record("salesforce", "contacts")
    with landed("salesforce", "contacts", [first, {**first, "Id": "other", "Email": "b@x.example"}]) as raw:
        raw.execute(
            "update raw_salesforce.contacts set created_at = created_at + interval 1 microsecond,"
            " email = case when contact_id = 'other' then 'a email ✓' else 'b@x.example' end"
        )
        told = reread(raw, "salesforce", "contacts")
    assert [sentence.split(":")[0] for sentence in told] == [
        "record a contact_id ✓, column email",
        "record other, column email",
        "record a contact_id ✓, column created_at",
        "record other, column created_at",
    ]


def test_a_load_that_was_read_again_is_not_read_once_more() -> None:
    with landed("salesforce", "contacts", [record("salesforce", "contacts")]) as raw:
        raw.execute("update raw_salesforce.contacts set email = 'x'")
        assert reread(raw, "salesforce", "contacts", since="1") == []
        assert payloads.count(raw, "salesforce", "contacts", "1") == 0
        assert payloads.count(raw, "salesforce", "contacts", "") == 1


def test_embedded_data_is_read_under_the_configured_key() -> None:
    answers = vendor_fields({"qualtrics": {"embedded_data": {"branch_id": "Store"}}})["qualtrics"][
        "responses"
    ]
    assert answers["branch_id"].paths == ("values.Store",)
    assert answers["account_id"].paths == ("values.AccountId",)


def test_what_a_payload_says_is_read_at_its_paths() -> None:
    sent = [
        {"values": {"A.b": 1, "at": "2026-01-01T00:00:00", "no": "soon", "status": 9}, "list": [{"x": "y"}]},
        {"values": {"at": "2026-01-01T01:00:00+01:00", "status": None}, "list": []},
    ]
    found = Payloads(map(json.dumps, sent))
    midnight = 1_767_225_600_000_000
    flat = Field(Kind.AS_IT_IS, ("values.A.b", "list"), dots=1)  # of flat values a full stop divides nothing
    for kind, path, values in (
        (Kind.AS_IT_IS, "list.0.x", ["y", None]),
        (Kind.AS_IT_IS, ".", sent),
        (Kind.MOMENT, "values.at", [midnight, midnight]),  # without a zone it is UTC
        (Kind.MOMENT, "values.no", ["soon", None]),
        (Kind.ANY_BIT, "values.status", [True, False]),
    ):
        assert found.values(Field(kind, (path,), bits=9)) == values
    assert found.values(flat) == [1, []]


def test_a_companys_own_names_of_salesforces_fields_are_followed() -> None:
    names = {"salesforce": {"fields": {"accounts": {"plan": "Tier__c", "region": ""}}}}
    accounts = vendor_fields(names)["salesforce"]["accounts"]
    assert accounts["plan"].paths == ("Tier__c",)
    assert accounts["branch_id"].paths == ("Branch__c",)
    assert "region" not in accounts


def test_a_payload_that_only_a_lenient_reader_takes_is_read() -> None:
    """Half a surrogate pair in a customer's comment concerns that value: it must not end a refresh."""
    assert of_payloads.parsed('{"comment": "\\ud800", "score": 9}') == {"comment": "\ud800", "score": 9}
    with pytest.raises(json.JSONDecodeError):
        of_payloads.parsed('{"comment": ')
