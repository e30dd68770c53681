"""What is asked of Salesforce: the fields a company has under names of its own, and no history of others."""

from collections.abc import Callable
from typing import Any

import pytest

from demo.server import VendorServers
from demo.vendors import salesforce_objects
from ingestion.crm.salesforce_tables import sobjects
from ingestion.errors import ConfigurationError
from ingestion.load import load_source

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Query = Callable[[str], list[tuple[Any, ...]]]


def test_a_company_names_its_own_fields_and_what_it_has_not_is_not_asked_for() -> None:
    accounts, history, _, _, branches, tasks = sobjects(
        {"accounts": {"branch_id": "Filiale__r.Code__c", "plan": "Tarif__c", "region": ""}}, {"branches": ""}
    )
    assert not branches.name
    assert not tasks.name
    assert {"Filiale__r.Code__c", "Tarif__c", "OwnerId"} <= set(accounts.fields)
    assert not {"Branch__c", "Plan__c", "Region__c", ""} & set(accounts.fields)
    # Field history knows no field of another object, and a standard reference without its Id.
    assert history.condition == "Field IN ('Owner', 'Tarif__c', 'Lifecycle_Stage__c', 'Status__c')"


def test_further_fields_of_accounts_are_asked_for_with_their_history() -> None:
    accounts, history, *_ = sobjects({}, {}, ["Product_Line__c", "Industry"])
    assert "Product_Line__c" in accounts.fields
    assert len(accounts.fields) == len({*accounts.fields})
    assert history.condition.endswith("'Status__c', 'Product_Line__c', 'Industry')")
    assert "Product_Line__c" not in history.fields
    with pytest.raises(ConfigurationError, match="further_fields` names 'Product line', which is no field"):
        sobjects({}, {}, ["Product line"])


def test_a_further_field_is_read_from_the_beginning_into_the_payload(
    vendors: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = salesforce_objects.OBJECTS["Account"].fields
    monkeypatch.setitem(fields, "Line__c", "'Cards'")
    records = load_source("salesforce").rows["accounts"]
    monkeypatch.setenv("SOURCES__SALESFORCE__FURTHER_FIELDS", "Line__c")
    assert load_source("salesforce").rows["accounts"] == records
    carried = "select count(*) from raw_salesforce.accounts where payload like '%\"Line__c\"%Cards%'"
    assert query(carried) == [(records,)]
    assert load_source("salesforce").rows.get("accounts", 0) == 0


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"acounts": {}}, r"fields` names acounts; it can name accounts"),
        ({"accounts": {"account_id": "Id"}}, r"fields\.accounts` names account_id; it can name name, parent"),
    ],
)
def test_what_cannot_be_named_is_refused(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        sobjects(fields, {})


def test_another_name_is_read_from_the_beginning_and_becomes_a_version(
    vendors: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = (
        "select count(*) filter (plan is not null), count(*) filter (industry = plan), count(*) from ("
        "select * from raw_salesforce.accounts qualify row_number() over"
        " (partition by record_id order by version_at desc, _dlt_load_id desc) = 1)"
    )
    records = load_source("salesforce").rows["accounts"]
    changes: dict[str, int] = dict(
        query("select field, count(*) from raw_salesforce.account_history group by 1")
    )
    assert query(current) == [(records, 0, records)]
    assert set(changes) <= {"Branch__c", "Region__c", "Owner", "Plan__c", "Lifecycle_Stage__c", "Status__c"}
    monkeypatch.setenv("SOURCES__SALESFORCE__FIELDS", '{"accounts": {"plan": "Industry"}}')
    assert load_source("salesforce").rows["accounts"] == records
    assert query(current) == [(records, records, records)]
    assert load_source("salesforce").rows.get("accounts", 0) == 0


def test_history_of_untracked_fields_is_not_asked_for(
    vendors: VendorServers, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their values are of any type; here each change is one of a number."""
    fields = salesforce_objects.OBJECTS["AccountHistory"].fields
    monkeypatch.setitem(fields, "Field", "'NumberOfEmployees'")
    monkeypatch.setitem(fields, "NewValue", "7")
    load_source("salesforce")
    for table in ("account_history", "quarantine"):
        assert query(f"select count(*) from raw_salesforce.{table}") == [(0,)]
