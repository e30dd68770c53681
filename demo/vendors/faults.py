"""Faults of the vendor APIs: a few at random, repeatable from a seed, and scripted ones for tests.

A random fault hits a request before or after the vendor has worked: a refusal with the vendor's headers, a
500, a body cut off half-way; and once it has worked, a 500 or a broken connection instead of what it said.
It is drawn from the seed, the request's method and address and how often it was asked, and never twice in a
row for the same request: a client that retries gets through. With `each`, every request goes wrong in one way
when it is asked first.

A `Script` says exactly what goes wrong where. Belongs here: breaking answers. Does not belong here: the
scripts that tests need (`demo.vendors.scripts`), limits a vendor documents (`demo.vendors.limits`).
"""

import asyncio
import hashlib
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.vendors import connections
from demo.vendors.replies import json_response

Fault = Literal["throttled", "failed", "cut_off", "malformed", "reset", "failed_late", "reset_late"]
Change = Callable[[bytes], bytes]
ErrorBody = Callable[[int], object]
RETRY_AFTER: Final = {"Retry-After": "0"}


@dataclass
class Script:
    """One scripted fault for requests whose path matches the regular expression `path`.

    The first `after` matching requests pass; then `times` requests are hit (None: all that follow).
    A request is refused with `status`, or loses the query parameters in `forget` and has its document
    (the JSON page, or the ndjson inside a zip) passed through `change`; or it comes late.
    """

    path: str
    after: int = 0
    times: int | None = 1
    status: int | None = None
    retry_after: str | None = None
    forget: frozenset[str] = frozenset()
    change: Change | None = None
    is_late: bool = False
    seen: int = 0

    def hits(self, path: str) -> bool:
        """Whether this request is one to break; counts it."""
        if re.search(self.path, path) is None:
            return False
        self.seen += 1
        return self.seen > self.after and (self.times is None or self.seen <= self.after + self.times)


@dataclass
class Faults:
    """Which requests go wrong: rates between 0 and 1 of all requests, each one once, and scripts.

    `seconds_late` is how long a late answer takes.
    """

    seed: int = 0
    rate_429: float = 0.0
    rate_500: float = 0.0
    rate_truncated: float = 0.0
    rate_failed_late: float = 0.0
    rate_reset_late: float = 0.0
    each: Fault | None = None
    seconds_late: float = 1.0
    scripts: list[Script] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    _asked: Counter[str] = field(default_factory=Counter, repr=False)
    _spared: set[str] = field(default_factory=set, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def demo(cls, seed: int = 0) -> "Faults":
        """About one request in a hundred goes wrong."""
        return cls(seed, rate_429=0.005, rate_500=0.003, rate_truncated=0.002)

    def script(self, *scripts: Script) -> None:
        """Add scripted faults."""
        with self._lock:
            self.scripts.extend(scripts)

    def forget(self) -> None:
        """What was asked before counts no more."""
        with self._lock:
            self.scripts.clear()
            self.each = None
            self._asked.clear()
            self._spared.clear()
            self.injected.clear()

    def scripted(self, path: str) -> Script | None:
        """The first script that breaks a request to this path."""
        with self._lock:
            hits = [script for script in self.scripts if script.hits(path)]
            return hits[0] if hits else None

    def draw(self, request: str) -> Fault | None:
        """The random fault of this request, if any; never two in a row for the same request."""
        with self._lock:
            self._asked[request] += 1
            if self.each is not None:
                is_first = self._asked[request] == 1
                self.injected[self.each] += is_first
                return self.each if is_first else None
            if request in self._spared:
                self._spared.discard(request)
                return None
            text = f"{self.seed}|{self._asked[request]}|{request}"
            share = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) / 2**64
            fault: Fault | None = None
            for each, rate in self._rates().items():
                if share < rate:
                    fault = each
                    break
                share -= rate
            if fault is not None:
                self._spared.add(request)
                self.injected[fault] += 1
            return fault

    def _rates(self) -> dict[Fault, float]:
        return {
            "throttled": self.rate_429,
            "failed": self.rate_500,
            "cut_off": self.rate_truncated,
            "failed_late": self.rate_failed_late,
            "reset_late": self.rate_reset_late,
        }


class FaultyVendor:
    """ASGI middleware that breaks a vendor's answers as `faults` says.

    `error_body` is the vendor's envelope for a status; `throttled` the status it throttles with, and
    `headers` what it says then.
    """

    def __init__(
        self,
        app: ASGIApp,
        faults: Faults,
        error_body: ErrorBody,
        throttled: int,
        headers: Mapping[str, str] = RETRY_AFTER,
    ) -> None:
        self._app = app
        self._faults = faults
        self._error_body = error_body
        self._throttled = throttled
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        script = self._faults.scripted(scope["path"])
        if script is not None:
            await self._follow(script, scope, receive, send)
            return
        fault = self._faults.draw(f"{scope['method']} {scope['path']}?{scope['query_string'].decode()}")
        if fault == "throttled":
            await self._refuse(self._throttled, self._headers, scope, receive, send)
        elif fault == "failed":
            await self._refuse(500, {}, scope, receive, send)
        elif fault == "cut_off":
            await _cut_off(self._app, scope, receive, send)
        elif fault == "malformed":
            await _malformed(self._app, scope, receive, send)
        elif fault == "reset":
            connections.reset(scope)
        elif fault == "failed_late":
            await _whole_answer(self._app, scope, receive)
            await self._refuse(500, {}, scope, receive, send)
        elif fault == "reset_late":
            await _whole_answer(self._app, scope, receive)
            connections.reset(scope)
        else:
            await self._app(scope, receive, send)

    async def _follow(self, script: Script, scope: Scope, receive: Receive, send: Send) -> None:
        if script.status is not None:
            waiting = {} if script.retry_after is None else {"Retry-After": script.retry_after}
            await self._refuse(script.status, waiting, scope, receive, send)
            return
        if script.is_late:
            await asyncio.sleep(self._faults.seconds_late)
        if script.forget:
            kept = [
                pair for pair in parse_qsl(scope["query_string"].decode()) if pair[0] not in script.forget
            ]
            scope = {**scope, "query_string": urlencode(kept).encode()}
        if script.change is None:
            await self._app(scope, receive, send)
            return
        start, body = await _whole_answer(self._app, scope, receive)
        if start["status"] == 200:
            body = _changed_document(body, script.change)
        await _send_whole(start, body, len(body), send)

    async def _refuse(
        self, status: int, headers: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        await json_response(self._error_body(status), status, headers)(scope, receive, send)


async def _whole_answer(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    messages: list[Message] = []

    async def collect(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, collect)
    return messages[0], b"".join(message.get("body", b"") for message in messages[1:])


async def _send_whole(
    start: Message, body: bytes, declared: int | None, send: Send, *, end: bool = True
) -> None:
    headers = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
    headers.append((b"content-length", str(len(body) if declared is None else declared).encode()))
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": not end})


async def _cut_off(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    start, body = await _whole_answer(app, scope, receive)
    half = body[: len(body) // 2]
    if (b"content-type", b"application/zip") in start["headers"]:
        # A file that was stored short: HTTP has nothing to complain about, the archive has.
        await _send_whole(start, half, len(half), send)
    else:
        # More is declared than sent, and the connection closes.
        await _send_whole(start, half, len(body), send, end=False)


async def _malformed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """As long as was declared, and its middle is something else: HTTP has nothing to complain about."""
    start, body = await _whole_answer(app, scope, receive)
    middle = len(body) // 2
    await _send_whole(start, body[:middle] + b"<html>" + body[middle : middle + middle // 2], None, send)


def _changed_document(body: bytes, change: Change) -> bytes:
    if not body.startswith(b"PK"):
        return change(body)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        name = archive.namelist()[0]
        document = archive.read(name)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, change(document))
    return packed.getvalue()
