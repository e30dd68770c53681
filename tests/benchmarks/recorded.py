"""A vendor's answers, given again as they were: a loader that asks twice waits for bytes, not for the vendor.

What was asked before has the answer that it had then; anything else is passed on. The host that is asked for
is passed on too, so that links lead back here.

Belongs here: the recording. Does not belong here: what is measured with it (`throughput.py`), a vendor.
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, NamedTuple

import httpx

from orchestration import environment

_PASSED_ON: Final = ("host", "authorization", "content-type", "x-api-token", "stripe-version")


class Answer(NamedTuple):
    """A status, and a body of a type."""

    status: int
    content_type: str
    body: bytes


@contextmanager
def recorded(vendor: str) -> Iterator[str]:
    """The address of a recording of a vendor, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.recorded", vendor]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=environment.CHECKOUT)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def _handler(vendor: str) -> type[BaseHTTPRequestHandler]:
    answers: dict[tuple[str, str, bytes], Answer] = {}
    client = httpx.Client(base_url=vendor, timeout=600)

    class Recording(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = self.command, self.path, body
            if asked not in answers:
                answers[asked] = self._asked(body)
            self.send_response(answers[asked].status)
            self.send_header("Content-Type", answers[asked].content_type)
            self.send_header("Content-Length", str(len(answers[asked].body)))
            self.end_headers()
            self.wfile.write(answers[asked].body)
            self.wfile.flush()

        def do_POST(self) -> None:
            self.do_GET()

        def _asked(self, body: bytes) -> Answer:
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED_ON}
            said = client.request(self.command, self.path, headers=headers, content=body)
            return Answer(said.status_code, said.headers.get("Content-Type", ""), said.content)

        def log_message(self, *_: object) -> None:
            pass

    return Recording


def main() -> None:
    """Records until it is ended; prints its address when it is ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vendor")
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(parser.parse_args().vendor)) as server:
        server.daemon_threads = True
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
