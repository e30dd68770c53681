"""A field that a loader forgets to ask for is seen, because no payload has it."""

from pathlib import Path

import duckdb
import pytest

from expectations import raw_landings as raw
from expectations.raw_tables import RAW_TABLES
from expectations.runner import judge
from expectations.suites import Suite
from expectations.vendors import vendor_fields
from expectations.vendors.salesforce import ASKED_FOR

WHOLE = '{"Id": "003A", "AccountId": null, "Email": "a@b.example", "MasterRecordId": null}'


RENAMED = WHOLE.replace('"Email"', '"Mail__c"')


@pytest.mark.parametrize(
    ("payload", "names", "holds"),
    [
        (WHOLE, {}, True),
        (WHOLE.replace(', "MasterRecordId": null', ""), {}, False),
        (RENAMED, {}, False),
        # a company's own name for a field, and a field that it does not have
        (RENAMED, {"contacts": {"email": "Mail__c"}}, True),
        (WHOLE, {"contacts": {"email": "Mail__c"}}, False),
        (RENAMED, {"contacts": {"email": ""}}, True),
    ],
)
def test_a_contact_without_a_field_is_named(
    tmp_path: Path, payload: str, names: dict[str, dict[str, str]], holds: bool
) -> None:
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "create schema raw_salesforce;"
            " create table raw_salesforce.contacts (record_id text, version_id text, payload text)"
        )
        connection.execute("insert into raw_salesforce.contacts values ('003A', 'v', ?)", [payload])
    fields = vendor_fields({"salesforce": {"fields": names}})["salesforce"]["contacts"]
    sentence = raw.ExpectRecordsToCarryTheirFields.of(fields, ASKED_FOR["contacts"])
    verdict = judge("raw", [Suite("raw_salesforce", "contacts", (sentence,))], file)
    assert verdict.success is holds


def test_every_table_of_the_vendor_is_asked_for_its_fields() -> None:
    assert set(ASKED_FOR) == set(RAW_TABLES["salesforce"])
