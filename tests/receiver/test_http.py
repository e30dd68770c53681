"""The receiver over HTTP, as a process: what it takes, what it refuses with which status, what it tells."""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from demo import webhooks
from demo.webhooks import Post
from receiver.application import MAXIMUM_BYTES
from tests.receiver.listening import Listening, answer, listening

pytestmark = pytest.mark.xdist_group("receiver")

# Made when they are posted: a signature holds for five minutes.
ACCEPTED = {
    "answers": lambda: answer("R1"),
    "qualtrics": lambda: webhooks.qualtrics("SV_1", "R_1", "shared"),
    "surveymonkey": lambda: webhooks.surveymonkey("1", "2", "id", "secret"),
    "typeform": lambda: webhooks.typeform("lT4Z3j", "a3a12ec6", 9, "open sesame"),
}


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("receiver")) as running:
        yield running


def lines(receiver: Listening, sender: str) -> list[bytes]:
    folder = receiver.home / "received" / sender
    return [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_bytes().splitlines()]


def metric(receiver: Listening, name: str) -> float:
    """The value of a sample; 0 if there is none."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", httpx.get(f"{receiver.url}/metrics").text, re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize("sender", ACCEPTED)
def test_a_signed_event_is_on_disk_when_it_is_acknowledged(receiver: Listening, sender: str) -> None:
    before = len(lines(receiver, sender))
    response = receiver.post(ACCEPTED[sender]())
    assert response.status_code == 200, response.text
    assert len(lines(receiver, sender)) == before + 1


@pytest.mark.parametrize("sender", ACCEPTED)
def test_what_is_not_signed_is_refused_and_not_kept(receiver: Listening, sender: str) -> None:
    before, refused = lines(receiver, sender), f'nps_posts_refused_total{{sender="{sender}",status="401"}}'
    count = metric(receiver, refused)
    unsigned = {name: value for name, value in ACCEPTED[sender]().headers.items() if "signature" not in name}
    body = ACCEPTED[sender]().body.replace(b"HMAC", b"hmac").replace(b"9", b"0")
    assert receiver.post(Post(ACCEPTED[sender]().path, unsigned, body)).status_code == 401
    assert receiver.post(replace(ACCEPTED[sender](), body=body)).status_code == 401
    assert lines(receiver, sender) == before
    assert metric(receiver, refused) == count + 2


def test_what_is_signed_and_no_event_is_refused(receiver: Listening) -> None:
    response = receiver.post(answer("R1", responded_at=""))
    assert response.status_code == 422
    assert response.json() == {"error": "the answer has no responded_at"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/", 404),
        ("POST", "/events/", 404),
        ("POST", "/events/nobody", 404),
        ("POST", "/events/answers/", 404),
        ("GET", "/events/answers", 405),
        ("PUT", "/events/qualtrics", 405),
        ("POST", "/health", 405),
        ("GET", "/events/qualtrics", 200),
        ("HEAD", "/events/surveymonkey", 200),
        ("GET", "/events/surveymonkey", 405),
    ],
)
def test_other_paths_and_methods(receiver: Listening, method: str, path: str, status: int) -> None:
    assert httpx.request(method, receiver.url + path).status_code == status


def test_what_is_too_large_is_refused_before_it_is_read(receiver: Listening) -> None:
    address = receiver.url.removeprefix("http://").split(":")
    with socket.create_connection((address[0], int(address[1]))) as connection:
        head = f"POST /events/answers HTTP/1.1\r\nHost: x\r\nContent-Length: {MAXIMUM_BYTES + 1}\r\n\r\n"
        connection.sendall(head.encode())
        assert b" 413 " in connection.recv(4096)


def test_what_turns_out_too_large_is_refused(receiver: Listening) -> None:
    chunks = (b"x" * 65536 for _ in range(MAXIMUM_BYTES // 65536 + 1))
    assert httpx.post(f"{receiver.url}/events/answers", content=chunks).status_code == 413
    largest = answer("R2", comment="x" * (MAXIMUM_BYTES - 200))
    assert len(largest.body) <= MAXIMUM_BYTES
    assert receiver.post(largest).status_code == 200


def test_a_comment_of_any_characters_is_kept_as_it_was_sent(receiver: Listening) -> None:
    comment = "“ça” \u2028 \x00 \n 🙂 \\ \x1b"
    assert receiver.post(answer("R3", comment=comment)).status_code == 200
    [kept] = [json.loads(line) for line in lines(receiver, "answers") if b'"R3"' in line]
    assert kept["comment"] == comment


def test_what_was_received_is_told(receiver: Listening) -> None:
    for sender in ACCEPTED:
        before = metric(receiver, f'nps_events_received_total{{sender="{sender}"}}')
        assert before == len(lines(receiver, sender))
        receiver.post(ACCEPTED[sender]())
        assert metric(receiver, f'nps_events_received_total{{sender="{sender}"}}') == before + 1
        assert metric(receiver, f'nps_events_waiting{{sender="{sender}"}}') == before + 1
    assert httpx.get(f"{receiver.url}/health").json() == {"status": "ok"}


def test_it_answers_only_to_the_hosts_of_the_company(tmp_path: Path) -> None:
    config = '\n[receiver]\nhosts = ["events.example.com", "127.0.0.1"]\n'
    with listening(tmp_path, config) as receiver:
        assert receiver.post(answer("R1"), host="events.example.com").status_code == 200
        assert receiver.post(answer("R1"), host="elsewhere.example").status_code == 400
        receiver.process.terminate()
        assert receiver.process.wait(timeout=10) == 0
