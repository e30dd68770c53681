"""Qualtrics' API over real HTTP: authentication, lists, exports, continuation, distributions."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo.server import VendorServers, serve
from demo.vendors.limits import Limits
from tests.demo.vendor_world import day, invitation, response, world

SURVEY = "SV_Relationship001"
COMPANY = world(
    {
        "responses": [
            response(1, 1, "10", comment='Très "bien"\nmerci', account_id="001A", event_at=day(0.5)),
            response(2, 2, '"ten"'),
            response(3, 2.5, None),
            response(1, 5, "3"),
            response(4, 6, "7", recorded_at=day(2)),
            response(5, 7, "8"),
            response(5, 7, "8"),
            response(6, 1, "9", survey_id="SV_Support0000001", other_score_text="4.5"),
        ],
        "invitations": [
            *(invitation(number, 1) for number in range(1, 8)),
            invitation(8, 40, "EMD_2", status="bounced"),
            invitation(3, 4, sent_at=day(1), opened_at=day(4), status="opened"),
            invitation(9, 3, "EMD_3", survey_id="SV_Support0000001", channel="sms"),
        ],
    }
)


@pytest.fixture(scope="module")
def shared() -> Iterator[VendorServers]:
    with serve(COMPANY, day(3), limits=Limits(qualtrics_maximum_page=5)) as servers:
        yield servers


@pytest.fixture
def servers(shared: VendorServers) -> VendorServers:
    shared.clock.move_to(day(3))
    return shared


@pytest.fixture
def client(servers: VendorServers) -> Iterator[httpx.Client]:
    with client_of(servers) as client:
        yield client


def client_of(servers: VendorServers) -> httpx.Client:
    settings = servers.environment()
    return httpx.Client(
        base_url=settings["SOURCES__QUALTRICS__BASE_URL"] + "/API/v3",
        headers={"X-API-TOKEN": settings["SOURCES__QUALTRICS__API_TOKEN"]},
    )


def export(client: httpx.Client, survey: str = SURVEY, **asked: Any) -> tuple[list[dict[str, Any]], Any]:
    """The responses of an export and the final progress result."""
    url = f"/surveys/{survey}/export-responses"
    started = client.post(url, json={"format": "ndjson", **asked}).raise_for_status().json()["result"]
    assert started["status"] == "inProgress"
    polls = 0
    while (progress := client.get(f"{url}/{started['progressId']}").json()["result"])["status"] != "complete":
        assert progress["status"] == "inProgress"
        polls += 1
        assert polls < 500
        time.sleep(0.005)
    assert polls >= 1
    body = client.get(f"{url}/{progress['fileId']}/file").raise_for_status().content
    if asked.get("compress", True):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            (name,) = archive.namelist()
            body = archive.read(name)
    if asked.get("format") == "json":
        return json.loads(body)["responses"], progress
    return [json.loads(line) for line in body.splitlines()], progress


def elements(client: httpx.Client, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    pages = 0
    following: str | None = url
    while following:
        result = client.get(following).raise_for_status().json()["result"]
        found += result["elements"]
        following = result["nextPage"]
        pages += 1
        assert pages < 50
    return found


@pytest.mark.parametrize("headers", [{}, {"X-API-TOKEN": "wrong"}, {"Authorization": "Bearer x"}])
def test_a_wrong_or_missing_token_is_refused(servers: VendorServers, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{servers.base_url}/qualtrics/API/v3/surveys", headers=headers)
    assert answer.status_code == 401
    meta = answer.json()["meta"]
    assert meta["httpStatus"] == "401 - Unauthorized"
    assert set(meta["error"]) == {"errorMessage", "errorCode"}


def test_surveys_page_to_the_end_without_loss_or_repeat(client: httpx.Client) -> None:
    ids = [survey["id"] for survey in elements(client, "/surveys?pageSize=2")]
    assert len(ids) == len(set(ids)) == 7
    assert elements(client, "/surveys?pageSize=5") == elements(client, "/surveys?pageSize=3")


def test_a_page_larger_than_allowed_is_refused(client: httpx.Client) -> None:
    assert client.get("/surveys?pageSize=6").status_code == 400


def test_definitions_say_which_questions_are_scales(client: httpx.Client) -> None:
    support = client.get("/survey-definitions/SV_Support0000001").json()["result"]["Questions"]
    assert support["QID1"]["Selector"] == "NPS"
    assert [choice["Display"] for choice in support["QID1"]["Choices"]] == [str(n) for n in range(11)]
    assert support["QID3"]["Selector"] == "SAHR"
    assert set(support["QID3"]["RecodeValues"].values()) == {str(n) for n in range(11)}
    product = client.get("/survey-definitions/SV_Product0000001").json()["result"]["Questions"]
    assert product["QID1"]["Selector"] != "NPS"
    assert client.get("/survey-definitions/SV_none").status_code == 404


def test_an_export_shows_each_response_as_it_is_now(servers: VendorServers, client: httpx.Client) -> None:
    before = {line["responseId"]: line["values"] for line in export(client)[0]}
    assert set(before) == {"R_0001", "R_0002", "R_0003"}
    assert before["R_0001"]["QID1"] == 10
    assert before["R_0001"]["QID2_TEXT"] == 'Très "bien"\nmerci'
    assert before["R_0001"]["AccountId"] == "001A"
    assert before["R_0001"]["EventAt"] == "2026-01-01T12:00:00.000Z"
    assert before["R_0001"]["QID1_NPS_GROUP"] in (3, "Promoter")
    assert before["R_0002"]["QID1"] == "ten"
    assert "QID1_NPS_GROUP" not in before["R_0002"]
    assert "QID1" not in before["R_0003"]
    assert "AccountId" not in before["R_0002"]
    servers.clock.move_to(day(5))
    after = {line["responseId"]: line["values"] for line in export(client)[0]}
    assert after["R_0001"]["QID1"] == 3
    assert after["R_0001"]["lastModifiedDate"] == "2026-01-06T00:00:00.000Z"


def test_an_answer_delivered_twice_is_served_twice(servers: VendorServers, client: httpx.Client) -> None:
    servers.clock.move_to(day(8))
    ids = [line["responseId"] for line in export(client)[0]]
    assert sorted(ids) == ["R_0001", "R_0002", "R_0003", "R_0004", "R_0005", "R_0005"]


def test_literals_arrive_as_the_world_wrote_them(client: httpx.Client) -> None:
    lines, _ = export(client, "SV_Support0000001")
    assert lines[0]["values"]["QID3"] == 4.5


def test_dates_filter_on_recording_or_on_modification(servers: VendorServers, client: httpx.Client) -> None:
    servers.clock.move_to(day(8))
    window = {"startDate": "2026-01-03T00:00:00Z", "endDate": "2026-01-08T01:00:00+01:00"}
    recorded = {line["responseId"] for line in export(client, **window)[0]}
    assert recorded == {"R_0001", "R_0002", "R_0003", "R_0004"}
    modified = [line["responseId"] for line in export(client, **window, sortByLastModifiedDate=True)[0]]
    assert modified == ["R_0004", "R_0001", "R_0003", "R_0002"]


def test_a_continuation_brings_only_responses_that_are_new(
    servers: VendorServers, client: httpx.Client
) -> None:
    _, progress = export(client, allowContinuation=True)
    servers.clock.move_to(day(6.5))
    again, _ = export(client, continuationToken=progress["continuationToken"])
    assert [line["responseId"] for line in again] == ["R_0004"]
    assert "continuationToken" not in export(client)[1]


@pytest.mark.parametrize("asked", [{"compress": False}, {"format": "json"}])
def test_other_formats_hold_the_same_responses(client: httpx.Client, asked: dict[str, Any]) -> None:
    assert export(client, **asked)[0] == export(client)[0]


def test_an_export_without_responses_is_an_empty_file(servers: VendorServers, client: httpx.Client) -> None:
    assert export(client, "SV_Renewal0000001")[0] == []
    assert export(client, "SV_Renewal0000001", format="json")[0] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"format": "ndjson", "startdate": "2026-01-01T00:00:00Z"},
        {"format": "ndjson", "StartDate": "2026-01-01T00:00:00Z"},
        {"format": "ndjson", "startDate": "yesterday"},
        {"format": "ndjson", "compress": "yes"},
        {"format": "ndjson", "continuationToken": "no token"},
        {"format": "csv2"},
        {},
    ],
)
def test_parameters_the_vendor_does_not_know_are_refused(client: httpx.Client, asked: dict[str, Any]) -> None:
    answer = client.post(f"/surveys/{SURVEY}/export-responses", json=asked)
    assert answer.status_code == 400
    assert answer.json()["meta"]["error"]["errorMessage"]


def test_unknown_exports_and_files_are_not_found(client: httpx.Client) -> None:
    assert client.get(f"/surveys/{SURVEY}/export-responses/ES_9").status_code == 404
    assert client.get(f"/surveys/{SURVEY}/export-responses/nothing/file").status_code == 404


def test_exports_are_rate_limited_with_retry_after() -> None:
    with serve(COMPANY, day(3), limits=Limits(qualtrics_exports=2)) as servers, client_of(servers) as client:
        url = f"/surveys/{SURVEY}/export-responses"
        statuses = [client.post(url, json={"format": "ndjson"}).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert 0 < int(client.post(url, json={"format": "ndjson"}).headers["Retry-After"]) <= 60


def test_distributions_count_and_move_with_their_lines(servers: VendorServers, client: httpx.Client) -> None:
    (only,) = elements(client, f"/distributions?surveyId={SURVEY}")
    assert (only["id"], only["stats"]["sent"], only["stats"]["opened"]) == ("EMD_1", 7, 0)
    servers.clock.move_to(day(41))
    first, second = elements(client, f"/distributions?surveyId={SURVEY}&pageSize=1")
    assert (first["id"], first["stats"]["sent"], first["stats"]["opened"]) == ("EMD_1", 7, 1)
    assert first["modifiedDate"] == "2026-01-05T00:00:00.000Z"
    assert (second["id"], second["stats"]["bounced"]) == ("EMD_2", 1)


def test_a_history_pages_to_the_end_and_shows_each_line_once(
    servers: VendorServers, client: httpx.Client
) -> None:
    servers.clock.move_to(day(41))
    lines = elements(client, "/distributions/EMD_1/history?pageSize=3")
    assert [line["id"] for line in lines] == [f"I_{number:04d}" for number in range(1, 8)]
    assert [line["status"] for line in lines].count("Opened") == 1
    assert lines[0]["contact"] == {"email": "p1@example.org"}
    assert [line["status"] for line in elements(client, "/distributions/EMD_2/history")] == ["HardBounce"]
    (other,) = elements(client, "/distributions/EMD_3/history")
    assert other["distributionChannel"] == "sms"


def test_a_distribution_not_yet_sent_is_not_found(client: httpx.Client) -> None:
    assert client.get("/distributions/EMD_2/history").status_code == 404
    assert client.get("/distributions/none/history").status_code == 404
