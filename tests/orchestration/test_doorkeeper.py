"""Who is let in to Dagster's web page: a browser on its own behalf, and no page of another site."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from orchestration import doorkeeper

ASKED: list[str] = []


class Page(BaseHTTPRequestHandler):
    """Stands for Dagster's server: it answers whoever asks, and says what it was asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        ASKED.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"the page"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def door() -> Iterator[int]:
    with socket.create_server((doorkeeper.HOST, 0)) as free:
        port: int = free.getsockname()[1]
    with ThreadingHTTPServer(doorkeeper.somewhere(), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with doorkeeper.standing_before(server.server_address[:2], port):  # type: ignore[arg-type]
            yield port
        server.shutdown()


def ask(port: int, request: str, *fields: str, body: str = "") -> str:
    """The whole answer, the connection's end included."""
    ASKED.clear()
    lines = [f"{request} HTTP/1.1", *fields, f"Content-Length: {len(body)}", "", body]
    with socket.create_connection((doorkeeper.HOST, port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).format(port=port).encode())
        return b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()


OURS = "Host: 127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("request_line", "fields"),
    [
        ("GET /", (OURS,)),
        ("GET /", ("Host: LOCALHOST:{port}",)),
        ("GET /", (OURS, "Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate")),
        ("POST /graphql", (OURS, "Origin: http://127.0.0.1:{port}", "Sec-Fetch-Site: same-origin")),
        (
            "GET /runs/1",
            (OURS, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
        ),
    ],
)
def test_the_browser_of_this_machine_is_let_in(door: int, request_line: str, fields: tuple[str, ...]) -> None:
    answer = ask(door, request_line, *fields)
    assert answer.startswith("HTTP/1.1 200")
    assert answer.endswith("the page")
    assert [request_line.split()[1]] == ASKED


@pytest.mark.parametrize(
    ("request_line", "fields"),
    [
        ("GET /", ("Host: rebound.example:{port}",)),
        ("GET /", ("Host: 127.0.0.1",)),
        ("GET /", ()),
        ("GET /", (OURS, "Host: rebound.example:{port}")),
        ("POST /graphql", (OURS, "Origin: https://evil.example")),
        ("POST /graphql", (OURS, "Origin: null")),
        ("POST /graphql", (OURS, "Origin: http://127.0.0.1:1")),
        ("GET /graphql", (OURS, "Upgrade: websocket", "Connection: Upgrade", "Origin: https://evil.example")),
        ("GET /logo.svg", (OURS, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors")),
        (
            "POST /report",
            (OURS, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
        ),
        (
            "GET /graphql?query=mutation",
            (OURS, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"),
        ),
        ("GET /", (OURS, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe")),
    ],
)
def test_nobody_else_is(door: int, request_line: str, fields: tuple[str, ...]) -> None:
    assert ask(door, request_line, *fields).startswith("HTTP/1.1 403")
    assert ASKED == [], "the server was asked"


def test_what_is_sent_arrives(door: int) -> None:
    assert ask(door, "POST /graphql", OURS, body="x" * 300_000).endswith("x" * 1000)


def test_a_second_request_does_not_slip_through_behind_the_first(door: int) -> None:
    """A connection that is kept open would carry requests that nobody has judged."""
    second = "GET /second HTTP/1.1\r\nHost: rebound.example\r\n\r\n"
    request = f"GET /first HTTP/1.1\r\nHost: 127.0.0.1:{door}\r\nConnection: keep-alive\r\n\r\n{second}"
    ASKED.clear()
    with socket.create_connection((doorkeeper.HOST, door), timeout=10) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b"")).decode()
    assert answer.count("HTTP/1.1 200") == 1
    assert ASKED == ["/first"]


def test_a_server_that_is_still_starting_is_told_as_such() -> None:
    with socket.create_server((doorkeeper.HOST, 0)) as free:
        port: int = free.getsockname()[1]
    with doorkeeper.standing_before(doorkeeper.somewhere(), port):
        answer = ask(port, "GET /", OURS)
    assert answer.startswith("HTTP/1.1 503")
    assert "still starting" in answer


def test_the_server_itself_is_nowhere_that_can_be_guessed() -> None:
    places = {doorkeeper.somewhere() for _ in range(5)}
    assert len(places) == 5
    assert all(host.startswith("127.") for host, _ in places)
