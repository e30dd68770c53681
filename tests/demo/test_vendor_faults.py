"""Faults over real HTTP: random ones that a retry overcomes, scripted ones that tests can rely on."""

import io
import json
import time
import zipfile
from collections import Counter
from typing import Any

import httpx
import pytest

from demo.server import VendorServers, serve
from demo.vendors import scripts
from demo.vendors.faults import Faults
from demo.vendors.limits import Limits
from tests.demo.vendor_world import account, customer, day, response, world

COMPANY = world(
    {
        "customers": [customer(number, 0) for number in range(1, 31)],
        "accounts": [account(number, 0) for number in range(1, 31)],
        "responses": [response(number, 1) for number in range(1, 6)],
    }
)
# One client for all tests: making one costs more than a request.
CLIENT = httpx.Client(auth=("sk_test_demo", ""))


def customers(servers: VendorServers, **parameters: str | int) -> httpx.Response:
    return CLIENT.get(f"{servers.base_url}/stripe/v1/customers", params=parameters)


def export_zip(servers: VendorServers) -> httpx.Response:
    """An export's file, started and polled without regard for what the poll says."""
    url = f"{servers.base_url}/qualtrics/API/v3/surveys/SV_Relationship001/export-responses"
    with httpx.Client(headers={"X-API-TOKEN": "demo-qualtrics-token"}) as client:
        progress = client.post(url, json={"format": "ndjson"}).json()["result"]["progressId"]
        while (result := client.get(f"{url}/{progress}").json()["result"])["status"] != "complete":
            time.sleep(0.005)
        return client.get(f"{url}/{result['fileId']}/file")


def unzipped(answer: httpx.Response) -> bytes:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return archive.read(archive.namelist()[0])


def outcome(servers: VendorServers, **parameters: str | int) -> str:
    """What a client sees of one request."""
    try:
        answer = customers(servers, **parameters)
    except httpx.RemoteProtocolError:
        return "cut off"
    if answer.status_code == 429:
        assert float(answer.headers["Retry-After"]) <= 1
        assert answer.json()["error"]["type"] == "rate_limit_error"
    if answer.status_code == 500:
        assert answer.json()["error"]["type"] == "api_error"
    return str(answer.status_code)


@pytest.mark.parametrize(
    ("rates", "seen"),
    [({"rate_429": 1.0}, "429"), ({"rate_500": 1.0}, "500"), ({"rate_truncated": 1.0}, "cut off")],
)
def test_a_fault_hits_and_the_same_request_again_succeeds(rates: dict[str, Any], seen: str) -> None:
    with serve(COMPANY, day(2), Faults(**rates)) as servers:
        assert [outcome(servers) for _ in range(4)] == [seen, "200", seen, "200"]


def test_the_same_seed_gives_the_same_faults() -> None:
    def outcomes(seed: int) -> list[str]:
        injected = Faults(seed, rate_429=0.2, rate_500=0.1, rate_truncated=0.1)
        with serve(COMPANY, day(2), injected) as servers:
            found = [outcome(servers, limit=limit) for limit in range(1, 41)]
            assert sum(injected.injected.values()) == 40 - found.count("200")
            return found

    first = outcomes(1)
    assert set(first) == {"200", "429", "500", "cut off"}
    assert outcomes(1) == first
    assert outcomes(2) != first


def test_the_demo_fails_about_one_request_in_a_hundred() -> None:
    injected = Faults.demo(seed=3)
    drawn = Counter(injected.draw(f"GET /{number}") for number in range(20_000))
    assert 0.006 < 1 - drawn[None] / 20_000 < 0.014
    assert set(drawn) == {None, "throttled", "failed", "cut_off"}


def test_a_cut_off_file_is_a_broken_archive_that_http_does_not_notice() -> None:
    with serve(COMPANY, day(2), Faults(), limits=Limits(qualtrics_polls=0)) as servers:
        url = f"{servers.base_url}/qualtrics/API/v3/surveys/SV_Relationship001/export-responses"
        with httpx.Client(headers={"X-API-TOKEN": "demo-qualtrics-token"}) as client:
            progress = client.post(url, json={"format": "ndjson"}).json()["result"]["progressId"]
            while "fileId" not in (result := client.get(f"{url}/{progress}").json()["result"]):
                time.sleep(0.005)
            servers.faults.rate_truncated = 1.0
            file = f"{url}/{result['fileId']}/file"
            broken = client.get(file)
            assert broken.status_code == 200
            with pytest.raises(zipfile.BadZipFile):
                zipfile.ZipFile(io.BytesIO(broken.content))
            assert len(unzipped(client.get(file)).splitlines()) == 5


def test_salesforce_throttles_with_its_own_status() -> None:
    with serve(COMPANY, day(2), Faults(rate_429=1.0)) as servers:
        answer = httpx.post(f"{servers.base_url}/salesforce/services/oauth2/token")
        assert answer.status_code == 503
        assert answer.json()[0]["errorCode"] == "SERVER_UNAVAILABLE"


def test_a_script_refuses_after_so_many_calls_and_so_often() -> None:
    with serve(COMPANY, day(2)) as servers:
        servers.faults.script(scripts.refused("/stripe/", 429, after=1, times=2, retry_after="1"))
        answers = [customers(servers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 429, 429, 200]
        assert answers[1].headers["Retry-After"] == "1"


def test_a_credential_expires_for_good() -> None:
    with serve(COMPANY, day(2)) as servers:
        servers.faults.script(scripts.expired_token("/stripe/", after=1))
        assert [customers(servers).status_code for _ in range(4)] == [200, 401, 401, 401]


def test_a_stripe_cursor_loops() -> None:
    with serve(COMPANY, day(2)) as servers:
        servers.faults.script(scripts.looping_cursor("/v1/customers"))
        first = customers(servers, limit=20).json()
        second = customers(servers, limit=20, starting_after=first["data"][-1]["id"]).json()
        assert first["has_more"] is second["has_more"] is True
        assert first["data"] == second["data"]


def test_a_salesforce_cursor_loops() -> None:
    with serve(COMPANY, day(2), limits=Limits(salesforce_page=10)) as servers:
        servers.faults.script(scripts.looping_cursor("/query"))
        form = {
            "grant_type": "client_credentials",
            "client_id": "demo-client-id",
            "client_secret": "demo-client-secret",
        }
        token = httpx.post(f"{servers.base_url}/salesforce/services/oauth2/token", data=form).json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        first = httpx.get(
            f"{servers.base_url}/salesforce/services/data/v62.0/query?q=SELECT Id FROM Account",
            headers=headers,
        ).json()
        second = httpx.get(token["instance_url"] + first["nextRecordsUrl"], headers=headers).json()
        third = httpx.get(token["instance_url"] + second["nextRecordsUrl"], headers=headers).json()
        assert second == third
        assert third["done"] is False


def test_a_qualtrics_cursor_loops() -> None:
    with serve(COMPANY, day(2)) as servers, httpx.Client() as client:
        client.headers["X-API-TOKEN"] = "demo-qualtrics-token"
        servers.faults.script(scripts.looping_cursor("/v3/surveys$"))
        first = client.get(f"{servers.base_url}/qualtrics/API/v3/surveys?pageSize=5").json()["result"]
        second = client.get(first["nextPage"]).json()["result"]
        assert first == second


def test_a_line_of_an_export_is_malformed() -> None:
    with serve(COMPANY, day(2)) as servers:
        servers.faults.script(scripts.malformed("/file$", line=2))
        lines = unzipped(export_zip(servers)).splitlines()
        assert len(lines) == 5
        with pytest.raises(json.JSONDecodeError):
            json.loads(lines[2])
        assert all(json.loads(line) for line in (lines[0], lines[1], lines[3], lines[4]))


def test_a_page_is_malformed_once() -> None:
    with serve(COMPANY, day(2)) as servers:
        servers.faults.script(scripts.malformed("/v1/customers"))
        with pytest.raises(json.JSONDecodeError):
            customers(servers).json()
        assert len(customers(servers).json()["data"]) == 10


def test_fields_change_type_appear_and_go_missing() -> None:
    with serve(COMPANY, day(2)) as servers:
        servers.faults.script(scripts.changed_type("/file$", "values.QID1", "nine"))
        values = [json.loads(line)["values"] for line in unzipped(export_zip(servers)).splitlines()]
        assert [one["QID1"] for one in values] == ["nine"] * 5
        servers.faults.scripts.clear()
        servers.faults.script(scripts.new_field("/v1/customers", "tier", "gold"))
        assert {one["tier"] for one in customers(servers).json()["data"]} == {"gold"}
        servers.faults.scripts.clear()
        servers.faults.script(scripts.missing_field("/v1/customers", "metadata.account_id"))
        assert all(one["metadata"] == {} for one in customers(servers).json()["data"])


def test_an_export_is_empty() -> None:
    with serve(COMPANY, day(2)) as servers:
        servers.faults.script(scripts.empty_export("/file$"))
        assert unzipped(export_zip(servers)) == b""
