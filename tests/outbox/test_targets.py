"""Tasks in emulated CRMs over real HTTP, and at a webhook: once each, under faults, and no secret is told."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from demo.server import SALESFORCE_CLIENT, VendorServers, serve
from demo.vendors import hubspot as hub
from demo.vendors.faults import Script
from demo.vendors.limits import Limits
from demo.vendors.scripts import refused
from outbox import calling, kinds
from outbox.delivering import Writer, deliver
from outbox.standing import standing
from outbox.targets import webhook
from outbox.targets.hubspot import HubSpot
from outbox.targets.salesforce import Salesforce
from outbox.task import Task
from receiver import answers
from tests.demo.vendor_world import day
from tests.outbox.tasks import ACCOUNT, CONTACT, LEFT, OWNER, Time, crm, sent, task, wanted

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(scope="module")
def running() -> Iterator[VendorServers]:
    with serve(crm(), day(90), limits=Limits(salesforce_token_calls=7)) as servers:
        yield servers


@pytest.fixture
def servers(running: VendorServers) -> VendorServers:
    running.faults.forget()
    for tasks in running.tasks.values():
        tasks.made.clear()
        tasks.deleted.clear()
    return running


def salesforce(servers: VendorServers, **settings: str) -> Salesforce:
    name, secret = SALESFORCE_CLIENT
    base_url = f"{servers.base_url}/salesforce"
    return Salesforce({"base_url": base_url, "client_id": name, "client_secret": secret, **settings})


def hubspot(servers: VendorServers, **settings: str) -> HubSpot:
    return HubSpot({"base_url": f"{servers.base_url}/hubspot", "access_token": hub.TOKEN, **settings})


def writer(servers: VendorServers, name: str) -> Writer:
    return salesforce(servers) if name == "salesforce" else hubspot(servers)


def of(name: str, number: int = 1, **columns: str) -> Task:
    ids = {} if name == "salesforce" else {"owner_id": "77", "account_id": "88", "contact_id": "99"}
    return task(number, **{**ids, **columns})


def test_salesforce_has_the_task_as_it_names_it(servers: VendorServers, tmp_path: Path) -> None:
    sent(wanted(tmp_path, task(9)), salesforce(servers))
    [kept] = servers.tasks["salesforce"].made
    assert kept.key == task(9).case_key
    assert kept.fields == {
        "Subject": "Call back an unhappy customer (Elmbridge)",
        "Description": f"Due 2026-03-02 21:00, escalated from 2026-03-03 05:00 (America/Los_Angeles). "
        f"The answer came on 2026-03-02. Case {task(9).case_key}.",
        "OwnerId": OWNER,
        "ActivityDate": "2026-03-02",  # there it is the day before
        "Status": "Not Started",
        "Priority": "High",
        "WhatId": ACCOUNT,
        "WhoId": CONTACT,
    }


def test_hubspot_has_the_task_as_it_names_it(servers: VendorServers, tmp_path: Path) -> None:
    sent(wanted(tmp_path, of("hubspot")), hubspot(servers))
    [kept] = servers.tasks["hubspot"].made
    assert kept.fields["hs_timestamp"] == "2026-03-02T21:00:00Z"
    assert (kept.fields["associated companies"], kept.fields["associated contacts"]) == ("88", "99")
    assert kept.fields["nps_case_key"] == task().case_key


@pytest.mark.parametrize("name", ["salesforce", "hubspot"])
def test_what_people_changed_there_stays(servers: VendorServers, tmp_path: Path, name: str) -> None:
    first = of(name)
    sent(wanted(tmp_path, first), writer(servers, name))
    [kept] = servers.tasks[name].made
    status = "Status" if name == "salesforce" else "hs_task_status"
    kept.fields[status] = "changed by a person"
    sent(wanted(tmp_path, replace(first, case_type="engage")), writer(servers, name))
    assert kept.fields[status] == "changed by a person"
    sent(wanted(tmp_path, replace(first, case_type="engage", state="invalid")), writer(servers, name))
    assert kept.fields[status].lower() == "completed"
    assert "No longer needed" in str(kept.fields)
    assert len(servers.tasks[name].made) == 1


@pytest.mark.parametrize("name", ["salesforce", "hubspot"])
def test_a_deleted_task_is_not_made_again(servers: VendorServers, tmp_path: Path, name: str) -> None:
    sent(wanted(tmp_path, of(name)), writer(servers, name))
    servers.tasks[name].deleted.add(servers.tasks[name].made[0].id)
    assert sent(wanted(tmp_path, of(name, case_type="thank")), writer(servers, name)).died == 1
    assert len(servers.tasks[name].made) == 1


@pytest.mark.parametrize("name", ["salesforce", "hubspot"])
@pytest.mark.parametrize("fault", ["failed", "reset", "failed_late", "reset_late", "throttled"])
def test_each_request_that_goes_wrong_once(
    servers: VendorServers, tmp_path: Path, name: str, fault: str
) -> None:
    servers.faults.each = fault  # type: ignore[assignment]
    wanted(tmp_path, *(of(name, number) for number in range(3)))
    done = sent(tmp_path, writer(servers, name), patience=600)
    assert (done.written, done.died, done.waiting) == (3, 0, 0)
    assert servers.faults.injected[fault]
    made = [each.key for each in servers.tasks[name].made]
    assert sorted(made) == sorted(task(number).case_key for number in range(3))


def test_owners_that_salesforce_does_not_take_are_dead_with_the_reason(
    servers: VendorServers, tmp_path: Path
) -> None:
    nobody = "0056I9QGLl6049RQOX"
    owners = ("ann", nobody, LEFT)
    wanted(tmp_path, *(task(number, owner_id=owner) for number, owner in enumerate(owners)), task(4))
    done = sent(tmp_path, salesforce(servers))
    assert (done.written, done.died) == (1, 3)
    reasons = [each.reason for each in standing(tmp_path).of("dead")]
    assert "no user of Salesforce" in reasons[0]
    assert "INVALID_CROSS_REFERENCE_KEY" in reasons[1]
    assert "INACTIVE_OWNER_OR_USER" in reasons[2]


def test_a_field_that_is_not_set_up_kills_no_task(servers: VendorServers, tmp_path: Path) -> None:
    writers: dict[str, Writer] = {
        "salesforce": salesforce(servers, key_field="Other__c"),
        "hubspot": hubspot(servers, key_property="other"),
    }
    for name, wrong in writers.items():
        folder = tmp_path / name
        done = sent(wanted(folder, of(name)), wrong)
        assert (done.died, done.waiting) == (0, 1)
        assert "set" in done.problem
        assert sent(folder, writer(servers, name), 120).written == 1


def test_wrong_credentials_are_told_without_telling_them(servers: VendorServers, tmp_path: Path) -> None:
    writers: dict[str, Writer] = {
        "salesforce": salesforce(servers, client_secret="a-secret-of-ours"),
        "hubspot": hubspot(servers, access_token="a-secret-of-ours"),
    }
    for name, wrong in writers.items():
        done = sent(wanted(tmp_path / name, of(name)), wrong)
        assert "credentials" in done.problem.lower()
        written = b"".join(path.read_bytes() for path in (tmp_path / name).glob("*.jsonl"))
        assert b"a-secret-of-ours" not in written


def test_what_a_target_repeats_is_masked() -> None:
    caller = calling.Caller("https://x", ["hush-hush"])
    assert caller.shown('{"sent": "hush-hush"}\x1b[2J\n again') == '{"sent": "***"} [2J again'


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"retry-after": "17"}, 17), ({"retry-after": "soon"}, None), ({}, None)]
)
def test_how_long_a_target_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert calling.waiting(headers) == seconds


def test_a_date_to_wait_for() -> None:
    in_a_minute = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 60, UTC)
    found = calling.waiting({"retry-after": f"{in_a_minute:%a, %d %b %Y %H:%M:%S} GMT"})
    assert found is not None
    assert 50 < found <= 61


def test_the_webhook_is_signed_as_the_receiver_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posts.append(request)
        return httpx.Response(500 if len(posts) == 1 else 204)

    client = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **_: client(transport=httpx.MockTransport(answer)))
    target = webhook.Webhook({"url": "https://crm.example/tasks", "secret": SECRET}, lambda: 1_000_000.5)
    sent(wanted(tmp_path, task()), target, 60)
    sent(wanted(tmp_path, task(state="resolved")), target)
    for post in posts:
        answers.verify({"secret": SECRET}, post.headers, post.content, 1_000_000)
    identities = [post.headers["idempotency-key"] for post in posts]
    assert identities[0] == identities[1] != identities[2]
    assert {key.partition(".")[0] for key in identities} == {task().case_key}
    assert (
        posts[2].headers["webhook-signature"]
        == "v1,"
        + base64.b64encode(
            hmac.digest(
                base64.b64decode(SECRET.removeprefix("whsec_")),
                f"{identities[2]}.1000000.".encode() + posts[2].content,
                hashlib.sha256,
            )
        ).decode()
    )


def test_a_refusal_for_good_and_one_for_now_over_http(servers: VendorServers, tmp_path: Path) -> None:
    keys = [task(number).case_key for number in range(3)]
    servers.faults.script(
        refused(keys[0], 400), refused(keys[1], 429, retry_after="7"), Script(keys[2], status=500)
    )
    time = Time()
    done = deliver(wanted(tmp_path, *map(task, range(3))), salesforce(servers), 60, time, time.sleep)
    assert (done.written, done.died) == (2, 1)
    assert 7 in time.slept


def test_every_kind_says_what_it_needs() -> None:
    for kind in kinds.known().values():
        needed = dict.fromkeys((*kind.settings, *kind.secrets), "https://127.0.0.1:1")
        assert kind.make(needed)
        for name in needed:
            with pytest.raises(KeyError):
                kind.make({key: value for key, value in needed.items() if key != name})
