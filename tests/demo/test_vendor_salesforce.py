"""Salesforce's API over real HTTP: tokens, SOQL, cursors, deleted records, limits."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo.server import VendorServers, serve
from demo.vendors.limits import Limits
from demo.vendors.salesforce_objects import OBJECTS
from tests.demo.vendor_world import account, branch, day, world

COMPANY = world(
    {
        "accounts": [
            *(account(number, number / 100) for number in range(1, 46)),
            account(2, 5, plan="Enterprise"),
            account(3, 6, is_deleted=True, merged_into_id=f"001{2:015d}"),
            account(4, 7, is_deleted=True),
        ],
        "account_history": [
            {
                "history_id": "017A",
                "account_id": f"001{2:015d}",
                "field": "Plan__c",
                "old_value": "Team",
                "new_value": "Enterprise",
                "visible_at": day(5),
            },
            {
                "history_id": "017B",
                "account_id": f"001{2:015d}",
                "field": "Branch__c",
                "new_value": branch(1, 0)["branch_id"],
                "visible_at": day(4),
            },
        ],
        "branches": [branch(1, 0)],
        "employees": [
            {"user_id": "005A", "name": "Ann", "email": "a@x.org", "is_active": True, "visible_at": day(0)}
        ],
        "contacts": [
            {
                "contact_id": "003A",
                "account_id": f"001{1:015d}",
                "email": "p@example.org",
                "created_at": day(0),
                "is_deleted": False,
                "visible_at": day(0),
            }
        ],
    }
)


@pytest.fixture(scope="module")
def shared() -> Iterator[VendorServers]:
    with serve(COMPANY, day(8), limits=Limits(salesforce_page=10)) as servers:
        yield servers


@pytest.fixture
def servers(shared: VendorServers) -> VendorServers:
    shared.clock.move_to(day(8))
    return shared


class Org:
    """A client with an access token."""

    def __init__(self, servers: VendorServers) -> None:
        granted = log_in(servers).raise_for_status().json()
        assert granted["token_type"] == "Bearer"
        self.instance = granted["instance_url"]
        self.client = httpx.Client(headers={"Authorization": f"Bearer {granted['access_token']}"})

    def page(self, verb: str, soql: str) -> httpx.Response:
        return self.client.get(f"{self.instance}/services/data/v62.0/{verb}", params={"q": soql})

    def all(self, soql: str, verb: str = "query") -> list[dict[str, Any]]:
        page = self.page(verb, soql).raise_for_status().json()
        found: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = self.client.get(self.instance + page["nextRecordsUrl"]).raise_for_status().json()
            found += page["records"]
        assert len(found) == page["totalSize"]
        assert "nextRecordsUrl" not in page
        return found


def log_in(servers: VendorServers, **form: str) -> httpx.Response:
    settings = servers.environment()
    credentials = {
        "grant_type": "client_credentials",
        "client_id": settings["SOURCES__SALESFORCE__CLIENT_ID"],
        "client_secret": settings["SOURCES__SALESFORCE__CLIENT_SECRET"],
    }
    url = settings["SOURCES__SALESFORCE__BASE_URL"] + "/services/oauth2/token"
    return httpx.post(url, data={**credentials, **form})


@pytest.fixture
def org(servers: VendorServers) -> Org:
    return Org(servers)


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "wrong"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_wrong_credentials_give_no_token(servers: VendorServers, form: dict[str, str], error: str) -> None:
    answer = log_in(servers, **form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_query_without_a_valid_token_is_refused(servers: VendorServers) -> None:
    for headers in ({}, {"Authorization": "Bearer nothing"}):
        answer = httpx.get(
            f"{servers.base_url}/services/data/v62.0/query?q=SELECT Id FROM User", headers=headers
        )
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")


def test_pages_reach_the_end_without_loss_or_repeat(org: Org) -> None:
    records = org.all("SELECT Id, SystemModstamp FROM Account ORDER BY SystemModstamp, Id", "queryAll")
    assert len(records) == len({record["Id"] for record in records}) == 45
    stamps = [record["SystemModstamp"] for record in records]
    assert stamps == sorted(stamps)
    assert records[0]["attributes"]["type"] == "Account"
    assert records[0]["attributes"]["url"].endswith(records[0]["Id"])


def test_a_change_of_a_lookup_is_two_rows_one_with_ids_and_one_with_names(org: Org) -> None:
    fields, until = "Id, OldValue, NewValue, CreatedDate", "2026-01-06T00:00:00Z"
    soql = f"SELECT {fields} FROM AccountHistory WHERE CreatedDate < {until}"
    by_id, by_name = org.all(f"{soql} ORDER BY CreatedDate, Id")
    assert (by_id["NewValue"], by_name["NewValue"]) == (branch(1, 0)["branch_id"], branch(1, 0)["name"])
    assert (by_id["OldValue"], by_id["CreatedDate"]) == (by_name["OldValue"], by_name["CreatedDate"])


def test_query_hides_deleted_records_and_query_all_shows_them(org: Org) -> None:
    soql = "SELECT Id, IsDeleted, MasterRecordId FROM Account"
    shown = {record["Id"] for record in org.all(soql)}
    every = {record["Id"]: record for record in org.all(soql, "queryAll")}
    gone = {f"001{3:015d}", f"001{4:015d}"}
    assert set(every) - shown == gone
    assert every[f"001{3:015d}"]["MasterRecordId"] == f"001{2:015d}"
    assert all(every[record_id]["IsDeleted"] is (record_id in gone) for record_id in every)


def test_a_record_shows_its_version_at_the_clock(servers: VendorServers, org: Org) -> None:
    soql = "select Id, Plan__c, SystemModstamp from Account order by Id"
    assert org.all(soql)[1]["Plan__c"] == "Enterprise"
    servers.clock.move_to(day(4))
    account = org.all(soql)[1]
    assert (account["Plan__c"], account["SystemModstamp"]) == ("Team", "2026-01-01T00:28:48.000+0000")
    assert len(org.all(soql)) == 45


def test_modification_bounds_are_half_open(org: Org) -> None:
    soql = "SELECT Id FROM Account WHERE SystemModstamp >= {} AND SystemModstamp < {}"
    between = org.all(soql.format("2026-01-06T00:00:00.000Z", "2026-01-08T00:00:00.000+0000"), "queryAll")
    assert [record["Id"] for record in between] == [f"001{2:015d}", f"001{3:015d}"]


@pytest.mark.parametrize("name", list(OBJECTS))
def test_every_object_shows_every_field_of_the_contract(org: Org, name: str) -> None:
    fields = list(OBJECTS[name].fields)
    record = org.all(f"SELECT {', '.join(fields)} FROM {name}")[0]
    assert list(record) == ["attributes", *fields]


def test_a_branch_has_plain_dates(org: Org) -> None:
    (only,) = org.all("SELECT Opened_On__c, Closed_On__c FROM Branch__c")
    assert (only["Opened_On__c"], only["Closed_On__c"]) == ("2020-01-01", None)


def test_history_is_bounded_by_its_creation(org: Org) -> None:
    soql = "SELECT Id, OldValue, NewValue FROM AccountHistory WHERE CreatedDate >= 2026-01-06T00:00:00Z"
    assert [(r["OldValue"], r["NewValue"]) for r in org.all(soql)] == [("Team", "Enterprise")]


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id, Nothing__c FROM Account", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Nothing__c > 2026-01-01T00:00:00Z", "INVALID_FIELD"),
        ("SELECT Id FROM AccountHistory WHERE SystemModstamp > 2026-01-01T00:00:00Z", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE SystemModstamp > yesterday", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE SystemModstamp", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account ORDER BY Id sideways", "MALFORMED_QUERY"),
        ("SELECT Id FROM Opportunity", "INVALID_TYPE"),
        ("DELETE FROM Account", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
    ],
)
def test_a_query_that_is_wrong_is_refused(org: Org, soql: str, code: str) -> None:
    answer = org.page("query", soql)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


def test_an_unknown_cursor_is_refused(org: Org) -> None:
    answer = org.client.get(f"{org.instance}/services/data/v62.0/query/01gNOTHING-2000")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_token_expires_and_a_new_one_works() -> None:
    with serve(COMPANY, day(8), limits=Limits(salesforce_token_calls=1)) as servers:
        org = Org(servers)
        assert org.page("query", "SELECT Id FROM User").status_code == 200
        expired = org.page("query", "SELECT Id FROM User")
        assert (expired.status_code, expired.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
        assert Org(servers).page("query", "SELECT Id FROM User").status_code == 200


def test_the_daily_limit_refuses_until_the_next_day() -> None:
    with serve(COMPANY, day(8), limits=Limits(salesforce_daily_calls=1)) as servers:
        org = Org(servers)
        statuses = [org.page("query", "SELECT Id FROM User").status_code for _ in range(2)]
        assert statuses == [200, 403]
        assert org.page("query", "SELECT Id FROM User").json()[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"
        servers.clock.advance(days=1)
        assert org.page("query", "SELECT Id FROM User").status_code == 200
