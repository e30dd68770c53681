"""The emulated Chargebee is what Chargebee's own description says, as far as API v1 and v2 agree.

`chargebee_v1.json` is reduced from chargebee/openapi (MIT): three lists, and the errors. Version 2, which the
loader reads, calls an invoice's `start_date` `date`, and its lines have no `type`.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from jsonschema import Draft202012Validator

from demo.server import serve
from demo.vendors import chargebee
from demo.vendors.limits import Limits
from tests.demo.vendor_world import customer, day, invoice, line, world

DESCRIPTION: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "chargebee_v1.json").read_text("utf-8")
)
INVOICE: Final = DESCRIPTION["components"]["schemas"]["Invoice"]
INVOICE["required"].remove("start_date")
INVOICE["properties"]["line_items"]["items"]["required"].remove("type")
COMPANY = world(
    {
        "customers": [
            *(customer(number, number % 3) for number in range(1, 26)),
            customer(7, 5, is_deleted=True, account_id=None),
        ],
        "subscriptions": [
            {
                **{
                    "subscription_id": "sub_1",
                    "customer_id": "cus_0001",
                    "status": "canceled",
                    "plan": "Team",
                },
                **{"mrr_minor": 500, "currency": "EUR", "started_at": day(0), "cancelled_at": day(4)},
                "visible_at": day(4),
            }
        ],
        "invoices": [
            invoice(number, number, status=status, subscription_id="sub_1")
            for number, status in enumerate(("draft", "open", "paid", "void", "uncollectible"), 1)
        ],
        "invoice_lines": [line(1, 1, 1, 30), line(1, 2, 1, 30)],
    }
)
Answer = dict[str, Any]


@pytest.fixture(scope="module")
def api() -> Iterator[httpx.Client]:
    with serve(COMPANY, day(10)) as servers, client(servers.base_url) as opened:
        yield opened


def client(base_url: str, key: str = chargebee.API_KEY) -> httpx.Client:
    return httpx.Client(base_url=f"{base_url}/chargebee/api/v2", auth=(key, ""))


def fits(answer: Answer, schema: dict[str, Any]) -> None:
    described = {**schema, "components": DESCRIPTION["components"]}
    assert [error.message for error in Draft202012Validator(described).iter_errors(answer)] == []


def every(api: httpx.Client, name: str, **params: Any) -> list[Answer]:
    """The entries of all pages, the last of which alone has no `next_offset`."""
    found: list[Answer] = []
    while True:
        answer = api.get(f"/{name}", params=params).raise_for_status().json()
        found += answer["list"]
        if "next_offset" not in answer:
            return found
        assert len(answer["list"]) == params["limit"]
        params["offset"] = answer["next_offset"]


@pytest.mark.parametrize("name", DESCRIPTION["lists"])
def test_lists_are_as_described(api: httpx.Client, name: str) -> None:
    described = DESCRIPTION["lists"][name]
    answer = api.get(f"/{name}", params={"limit": 3}).json()
    assert answer["list"]
    fits(answer, described["response"])
    assert len(api.get(f"/{name}").json()["list"]) <= described["parameters"]["limit"]["default"]
    assert api.get(f"/{name}", params={"limit": described["parameters"]["limit"]["maximum"]}).is_success


@pytest.mark.parametrize(
    ("status", "path", "params"),
    [
        (400, "/invoices", {"limit": DESCRIPTION["lists"]["invoices"]["parameters"]["limit"]["maximum"] + 1}),
        (400, "/invoices", {"limit": 0}),
        (400, "/invoices", {"offset": "unknown"}),
        (400, "/invoices", {"updated_at[after]": "yesterday"}),
        (400, "/invoices", {"created_at[after]": 1}),
        (404, "/orders_of_nobody", {}),
    ],
)
def test_what_is_refused_is_as_described(
    api: httpx.Client, status: int, path: str, params: dict[str, Any]
) -> None:
    answer = api.get(path, params=params)
    assert answer.status_code == status
    fits(answer.json(), DESCRIPTION["components"]["schemas"][str(status)])


def test_another_key_and_too_many_requests_are_refused_as_described() -> None:
    with serve(COMPANY, day(10), limits=Limits(chargebee_requests=1)) as servers:
        with client(servers.base_url, "another") as stranger:
            refused = stranger.get("/customers")
        with client(servers.base_url) as known:
            first, second = known.get("/customers"), known.get("/customers")
    assert [refused.status_code, first.status_code, second.status_code] == [401, 200, 429]
    assert 0 < int(second.headers["Retry-After"]) <= 60
    for answer in (refused, second):
        fits(answer.json(), DESCRIPTION["components"]["schemas"][str(answer.status_code)])


@pytest.mark.parametrize("status", [429, 500, 503])
def test_injected_faults_have_the_described_body(status: int) -> None:
    fits(chargebee.error(status), DESCRIPTION["components"]["schemas"][str(status)])


def test_pages_have_each_record_once_newest_first_and_the_deleted_only_when_asked(api: httpx.Client) -> None:
    shown = [entry["customer"] for entry in every(api, "customers", limit=4)]
    whole = [entry["customer"] for entry in every(api, "customers", limit=4, include_deleted="true")]
    assert len({each["id"] for each in whole}) == len(whole) == 25
    assert [each["created_at"] for each in whole] == sorted(
        (each["created_at"] for each in whole), reverse=True
    )
    assert [each["id"] for each in whole if each["deleted"]] == ["cus_0007"]
    assert len(shown) == 24


@pytest.mark.parametrize(
    ("parameter", "value", "expected"),
    [
        ("updated_at[after]", day(3), [5, 4]),
        ("date[before]", day(3), [2, 1]),
        ("date[on]", day(3), [3]),
        ("date[between]", (day(2), day(4)), [4, 3, 2]),
    ],
)
def test_filters_count_seconds(api: httpx.Client, parameter: str, value: Any, expected: list[int]) -> None:
    seconds = [int(each.timestamp()) for each in (value if isinstance(value, tuple) else (value,))]
    text = f"[{seconds[0]},{seconds[1]}]" if len(seconds) == 2 else str(seconds[0])
    found = every(api, "invoices", limit=10, **{parameter: text})
    dates = [int(day(number).timestamp()) for number in expected]
    assert [entry["invoice"]["date"] for entry in found] == dates


def test_states_are_chargebees_and_lines_name_their_subscription(api: httpx.Client) -> None:
    found = every(api, "invoices", limit=10)
    states = ["not_paid", "voided", "paid", "payment_due", "pending"]
    assert [entry["invoice"]["status"] for entry in found] == states
    lines = found[-1]["invoice"]["line_items"]
    assert {each["subscription_id"] for each in lines} == {"sub_1"}
    [entry] = every(api, "subscriptions", limit=10)
    assert entry["subscription"]["status"] == "cancelled"
    assert entry["customer"]["id"] == entry["subscription"]["customer_id"]
