"""The door of Dagster's web page: lets in what this machine's browser asks of it, on its own behalf.

The page has no login, and trusts whoever reaches it. A page of the internet that a person looks at meanwhile
could reach it too: through a name that it makes point here (DNS rebinding), or by sending a request across.
`Host`, `Origin` and `Sec-Fetch-Site` show both, and no script can forge them. Dagster's server looks at none
of them and takes no middleware, so this stands in front: it judges the head of a request and passes on the
bytes. The server itself listens on a loopback address that nobody can guess.

Belongs here: who is let in. Does not belong here: starting the server (`webserver.py`).
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

HOST = "127.0.0.1"
_LONGEST_HEAD = 1 << 16
_CHUNK = 1 << 16
_FORBIDDEN = "403 Forbidden"
_STARTING = "503 Service Unavailable"


@contextmanager
def standing_before(server: tuple[str, int], port: int) -> Iterator[None]:
    """Listen on the port while the block lasts, and pass on to the server what is let in.

    Raises OSError where the port is taken.
    """
    listener = socket.create_server((HOST, port))
    loop = asyncio.new_event_loop()
    serving = loop.run_until_complete(
        asyncio.start_server(partial(_let_in, server, port), sock=listener, limit=_LONGEST_HEAD)
    )
    thread = threading.Thread(target=loop.run_forever, name="doorkeeper", daemon=True)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(serving.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def somewhere() -> tuple[str, int]:
    """A free loopback address that cannot be guessed; where a system has only one, a free port of it."""
    host = HOST
    if sys.platform == "linux":
        host = ".".join(str(part) for part in (127, *(1 + secrets.randbelow(254) for _ in range(3))))
    with socket.create_server((host, 0)) as free:
        port: int = free.getsockname()[1]
    return host, port


def refusal(head: bytes, port: int) -> str | None:
    """Why a request with this head is not let in; None where it is."""
    request, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    fields = [
        (name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)
    ]
    ours = {f"{name}:{port}" for name in (HOST, "localhost")}
    hosts = [value.lower() for name, value in fields if name == "host"]
    if len(hosts) != 1 or hosts[0] not in ours:
        return f"this is not the server of {', '.join(hosts) or 'no host'}: open http://{HOST}:{port}"
    for name, value in fields:
        if name == "origin" and value.lower() not in {f"http://{each}" for each in ours}:
            return "a page of another origin may not ask this server"
    method, target, *_ = [*request.split(" "), "", ""]
    said = dict(fields)
    if said.get("sec-fetch-site") in ("cross-site", "same-site"):
        is_link = method == "GET" and said.get("sec-fetch-mode") == "navigate"
        if not is_link or said.get("sec-fetch-dest") != "document" or target.startswith("/graphql"):
            return "another site may link to this page, and nothing else"
    return None


async def _let_in(
    server: tuple[str, int], port: int, asking: asyncio.StreamReader, answering: asyncio.StreamWriter
) -> None:
    with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        head = await asking.readuntil(b"\r\n\r\n")
        if problem := refusal(head, port):
            answering.write(_saying(_FORBIDDEN, problem))
        else:
            try:
                there, onwards = await asyncio.open_connection(*server)
            except OSError:
                answering.write(_saying(_STARTING, "Dagster is still starting, or has ended"))
            else:
                onwards.write(_once(head))
                await asyncio.gather(_pass(asking, onwards), _pass(there, answering))
                onwards.close()
        await answering.drain()
    answering.close()


def _saying(status: str, text: str) -> bytes:
    fields = f"Connection: close\r\nContent-Type: text/plain\r\nContent-Length: {len(text)}"
    return f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n{text}".encode("latin-1", "replace")


def _once(head: bytes) -> bytes:
    """The head of a request that is the only one of its connection, so that each is judged."""
    lines = head.split(b"\r\n")
    if any(line.lower().startswith(b"upgrade:") for line in lines):
        return head
    kept = [line for line in lines[:-2] if not line.lower().startswith((b"connection:", b"keep-alive:"))]
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(_CHUNK):
            target.write(chunk)
            await target.drain()
    with suppress(OSError):
        if target.can_write_eof():
            target.write_eof()
