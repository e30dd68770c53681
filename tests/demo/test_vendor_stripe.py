"""Stripe's API over real HTTP: authentication, cursors, filters, hidden objects, events."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo.server import VendorServers, serve
from tests.demo.vendor_world import customer, day, invoice, line, world

PRICE = {"plan": "Team", "currency": "EUR", "customer_id": "cus_0001", "started_at": day(0)}
COMPANY = world(
    {
        "customers": [
            *(customer(number, 0) for number in range(1, 251)),
            customer(7, 2, is_deleted=True),
            customer(8, 2, email="new@example.org"),
        ],
        "subscriptions": [
            {"subscription_id": "sub_1", "status": "active", "mrr_minor": 500, **PRICE, "visible_at": day(0)},
            {"subscription_id": "sub_2", "status": "active", "mrr_minor": 700, **PRICE, "visible_at": day(0)},
            {
                "subscription_id": "sub_2",
                "status": "canceled",
                "mrr_minor": 700,
                **PRICE,
                "cancelled_at": day(4),
                "visible_at": day(4),
            },
        ],
        "invoices": [
            invoice(1, 1),
            invoice(2, 2, status="draft"),
            invoice(2, 3, status="open", issued_at=day(2)),
            invoice(3, 45),
        ],
        "invoice_lines": [line(1, 1, 1, 30), *(line(2, number, 2 + number, number) for number in range(12))],
        "credit_notes": [
            {
                "credit_note_id": "cn_1",
                "invoice_id": "in_0001",
                "customer_id": "cus_0001",
                "status": "issued",
                "currency": "EUR",
                "subtotal_minor": 1_000,
                "total_minor": 1_190,
                "refund_id": "re_1",
                "created_at": day(2),
                "visible_at": day(2),
            }
        ],
        "refunds": [
            {
                "refund_id": "re_1",
                "charge_id": "ch_0001",
                "customer_id": "cus_0001",
                "invoice_id": "in_0001",
                "status": "succeeded",
                "currency": "EUR",
                "amount_minor": 1_190,
                "created_at": day(2),
                "visible_at": day(2),
            }
        ],
    }
)


@pytest.fixture(scope="module")
def shared() -> Iterator[VendorServers]:
    with serve(COMPANY, day(5)) as servers:
        yield servers


@pytest.fixture
def servers(shared: VendorServers) -> VendorServers:
    shared.clock.move_to(day(5))
    return shared


@pytest.fixture
def client(servers: VendorServers) -> Iterator[httpx.Client]:
    settings = servers.environment()
    with httpx.Client(
        base_url=settings["SOURCES__STRIPE__BASE_URL"],
        headers={"Authorization": f"Bearer {settings['SOURCES__STRIPE__API_KEY']}"},
    ) as client:
        yield client


def listed(client: httpx.Client, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """Every object of a list, page after page."""
    found: list[dict[str, Any]] = []
    while True:
        page = client.get(f"/v1/{name}", params=parameters).raise_for_status().json()
        assert page["object"] == "list"
        assert page["url"] == f"/v1/{name}"
        found += page["data"]
        if not page["has_more"]:
            return found
        parameters["starting_after"] = page["data"][-1]["id"]
        assert len(found) < 1_000


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk_wrong"}, {"Authorization": "Basic !"}])
def test_a_wrong_or_missing_key_is_refused(servers: VendorServers, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{servers.base_url}/stripe/v1/customers", headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_the_key_may_be_the_basic_user(servers: VendorServers) -> None:
    key = servers.environment()["SOURCES__STRIPE__API_KEY"]
    assert httpx.get(f"{servers.base_url}/stripe/v1/customers", auth=(key, "")).status_code == 200


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_a_list_pages_to_the_end_newest_first(client: httpx.Client, limit: int) -> None:
    expected = [f"cus_{number:04d}" for number in range(250, 0, -1) if number != 7]
    if limit == 1:
        page = client.get("/v1/customers", params={"limit": 1}).json()
        assert [one["id"] for one in page["data"]] == expected[:1]
        assert page["has_more"] is True
    else:
        assert [one["id"] for one in listed(client, "customers", limit=limit)] == expected
    assert len(client.get("/v1/customers").json()["data"]) == 10


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": 101},
        {"limit": 0},
        {"limit": "many"},
        {"starting_after": "cus_unknown"},
        {"created[gte]": "yesterday"},
        {"updated[gte]": 1},
        {"expand[]": "data.everything"},
    ],
)
def test_a_parameter_that_is_wrong_is_refused(client: httpx.Client, parameters: dict[str, Any]) -> None:
    answer = client.get("/v1/customers", params=parameters)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_created_filters_bound_the_list(client: httpx.Client) -> None:
    second = int(day(1).timestamp())
    ids = {
        operator: {one["id"] for one in listed(client, "customers", **{operator: second, "limit": 100})}
        for operator in ("created[gte]", "created[gt]", "created[lte]", "created[lt]", "created")
    }
    assert ids["created"] == {"cus_0100"}
    assert ids["created[gte]"] == ids["created[gt]"] | {"cus_0100"}
    assert ids["created[lte]"] == ids["created[lt]"] | {"cus_0100"}
    assert len(ids["created[gte]"]) + len(ids["created[lt]"]) == 249


def test_a_deleted_customer_leaves_the_list_and_an_event(
    servers: VendorServers, client: httpx.Client
) -> None:
    servers.clock.move_to(day(1.9))
    assert "cus_0007" in {one["id"] for one in listed(client, "customers", limit=100)}
    servers.clock.move_to(day(2))
    assert "cus_0007" not in {one["id"] for one in listed(client, "customers", limit=100)}
    (event,) = listed(client, "events", type="customer.deleted")
    assert event["data"]["object"]["id"] == "cus_0007"
    assert event["data"]["object"]["deleted"] is True
    assert event["data"]["object"]["metadata"]["account_id"] == f"001{7:015d}"


def test_cancelled_subscriptions_are_hidden_without_status_all(client: httpx.Client) -> None:
    assert [one["id"] for one in listed(client, "subscriptions")] == ["sub_1"]
    assert [one["id"] for one in listed(client, "subscriptions", status="canceled")] == ["sub_2"]
    every = {one["id"]: one for one in listed(client, "subscriptions", status="all")}
    assert set(every) == {"sub_1", "sub_2"}
    assert every["sub_2"]["canceled_at"] == int(day(4).timestamp())
    months = {"month": 1, "year": 12}
    for subscription, mrr in (("sub_1", 500), ("sub_2", 700)):
        (item,) = every[subscription]["items"]["data"]
        price = item["price"]
        assert price["unit_amount"] * item["quantity"] / months[price["recurring"]["interval"]] == mrr
        assert (price["nickname"], price["currency"]) == ("Team", "eur")


def test_invoices_are_in_minor_units_with_the_service_period_on_the_line(
    servers: VendorServers, client: httpx.Client
) -> None:
    servers.clock.move_to(day(2.5))
    draft, paid = listed(client, "invoices")
    assert (draft["status"], draft["status_transitions"]["finalized_at"]) == ("draft", None)
    assert (paid["subtotal_excluding_tax"], paid["tax"], paid["total"]) == (10_000, 1_900, 11_900)
    assert paid["lines"]["data"][0]["period"] == {
        "start": int(day(1).timestamp()),
        "end": int(day(31).timestamp()),
    }
    servers.clock.move_to(day(3))
    assert [one["status"] for one in listed(client, "invoices")] == ["open", "paid"]


def test_an_invoice_shows_its_first_ten_lines_and_the_others_in_a_list_of_their_own(
    servers: VendorServers, client: httpx.Client
) -> None:
    servers.clock.move_to(day(20))
    long, short = listed(client, "invoices")
    assert [one["lines"]["has_more"] for one in (long, short)] == [True, False]
    shown = [each["id"] for each in long["lines"]["data"]]
    others = listed(client, "invoices/in_0002/lines", starting_after=shown[-1])
    assert [*shown, *(each["id"] for each in others)] == [f"il_0002_{number:02d}" for number in range(12)]


def test_a_refund_names_its_charge_or_shows_it(client: httpx.Client) -> None:
    (plain,) = listed(client, "refunds")
    assert plain["charge"] == "ch_0001"
    (expanded,) = listed(client, "refunds", **{"expand[]": "data.charge"})
    assert (expanded["charge"]["customer"], expanded["charge"]["invoice"]) == ("cus_0001", "in_0001")
    (note,) = listed(client, "credit_notes")
    assert (note["refund"], note["subtotal_excluding_tax"], note["total"]) == ("re_1", 1_000, 1_190)


def test_events_are_snapshots_of_the_last_thirty_days(servers: VendorServers, client: httpx.Client) -> None:
    events = listed(client, "events", limit=100)
    assert len(events) == len({event["id"] for event in events}) == 250 + 2 + 3 + 3 + 1 + 1
    moments = [event["created"] for event in events]
    assert moments == sorted(moments, reverse=True)
    invoices = [event for event in events if event["type"].startswith("invoice.")]
    assert [(event["type"], event["data"]["object"]["status"]) for event in invoices] == [
        ("invoice.finalized", "open"),
        ("invoice.created", "draft"),
        ("invoice.created", "paid"),
    ]
    # Objects of events are written in the account's own version.
    assert {event["api_version"] for event in events} == {"2025-03-31.basil"}
    paid = invoices[-1]["data"]["object"]
    assert paid["parent"]["subscription_details"]["subscription"] == "sub_0001"
    assert not {"subscription", "charge", "tax"} & set(paid)
    note = next(event for event in events if event["type"] == "credit_note.created")["data"]["object"]
    assert (note["refunds"], "refund" in note) == ([{"refund": "re_1"}], False)
    refund = next(event for event in events if event["type"] == "refund.created")
    assert refund["data"]["object"]["charge"] == "ch_0001"
    servers.clock.move_to(day(33))
    assert {event["type"] for event in listed(client, "events", limit=100)} == {
        "customer.subscription.deleted"
    }
    servers.clock.move_to(day(46))
    (late,) = listed(client, "events", **{"types[]": ["invoice.created", "invoice.paid"]})
    assert late["data"]["object"]["id"] == "in_0003"


def test_an_unknown_list_is_not_found(client: httpx.Client) -> None:
    assert client.get("/v1/payouts").status_code == 404
