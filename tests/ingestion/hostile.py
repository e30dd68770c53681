"""A vendor that answers as it likes: each test writes the bytes itself.

Belongs here: the server. Does not belong here: what is wrong with an answer.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import BinaryIO, cast

Answer = Callable[[BinaryIO, int], None]


@dataclass
class Vendor:
    """Where it is, and the paths that it was asked for."""

    base_url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def vendor(answer: Answer) -> Iterator[Vendor]:
    """A vendor; `answer` writes a whole answer, knowing how often it was asked before."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            there.asked.append(self.path)
            self.close_connection = True
            with suppress(OSError):  # the reader has gone
                answer(cast(BinaryIO, self.wfile), len(there.asked) - 1)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        there = Vendor(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield there
        finally:
            server.shutdown()


def head(*lines: str, status: int = 200) -> bytes:
    """The beginning of an answer."""
    return "\r\n".join([f"HTTP/1.1 {status} Said", "Connection: close", *lines, "", ""]).encode()


def document(body: bytes, *lines: str, status: int = 200) -> Answer:
    """The same complete document, each time."""
    return lambda out, _: _write(out, head(f"Content-Length: {len(body)}", *lines, status=status) + body)


def slowly(out: BinaryIO, data: bytes) -> None:
    """A few bytes a second, each before a time-out of the socket."""
    for at in range(len(data)):
        _write(out, data[at : at + 1])
        time.sleep(0.05)


def in_chunks(out: BinaryIO, data: bytes) -> None:
    """The same data over and over in HTTP chunks, until nobody reads any more."""
    while True:
        _write(out, b"%x\r\n%b\r\n" % (len(data), data))


def _write(out: BinaryIO, data: bytes) -> None:
    out.write(data)
    out.flush()
