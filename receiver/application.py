"""The receiver as an ASGI application: `POST /events/<sender>`, `GET /health`, `GET /metrics`.

A post is answered 200 only when its event is durable. It is refused with 413 if it is too large, 401 if it
is not signed, 400 or 422 if it is no event, 408 if it comes too slowly, 503 if the disk does not take it.
Belongs here: HTTP. Does not belong here: how a sender signs (`senders.py`), or how lines are kept
(`journal.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from receiver import metrics
from receiver.journal import Journal, NotKeptError
from receiver.metrics import Refusals
from receiver.segments import Segments
from receiver.senders import MalformedError, Sender, UnsignedError

MAXIMUM_BYTES = 1 << 20
BODY_SECONDS = 10.0
_RETRY = {"Retry-After": "5"}


def application(
    folder: Path,
    senders: Mapping[str, tuple[Sender, Mapping[str, str]]],
    hosts: Sequence[str] = (),
    *,
    maximum_bytes: int = MAXIMUM_BYTES,
    now: Callable[[], float] = time.time,
) -> Starlette:
    """`folder` is the journal's; `senders` are those that may post, with their secrets; `hosts` are the names
    under which the receiver is reached, any if there are none."""
    journal = Journal(folder)
    refusals = Refusals()
    counted = {name: Segments(folder / name) for name in senders}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        commits = asyncio.create_task(journal.commits())
        yield
        await journal.drained()
        commits.cancel()
        await asyncio.wait([commits])
        journal.close()

    async def health(_: Request) -> Response:
        if journal.failure:
            return JSONResponse({"status": "events cannot be written", "error": journal.failure}, 503)
        return JSONResponse({"status": "ok"})

    async def tell(_: Request) -> Response:
        # In a thread: there may be many lines to count after a start.
        standings = await asyncio.to_thread(
            lambda: {name: segments.standing() for name, segments in counted.items()}
        )
        return Response(
            metrics.text(standings, refusals, journal), headers={"Content-Type": metrics.CONTENT_TYPE}
        )

    def receive(sender: Sender, secrets: Mapping[str, str]) -> Route:
        async def endpoint(request: Request) -> Response:
            if request.method in sender.greets:
                return Response()
            try:
                body = await _body(request, maximum_bytes)
                sender.verify(secrets, request.headers, body, now())
                await journal.keep(sender.name, sender.line(body))
            except UnsignedError as error:
                raise HTTPException(401, str(error)) from None
            except MalformedError as error:
                raise HTTPException(error.status, str(error)) from None
            except NotKeptError as error:
                raise HTTPException(503, str(error), _RETRY) from None
            return JSONResponse({"status": "kept"})

        return Route(f"/events/{sender.name}", endpoint, methods=["POST", *sender.greets])

    async def refuse(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        name = request.url.path.removeprefix("/events/")
        refusals.add(name if name in senders else "", error.status_code)
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)

    receiver = Starlette(
        routes=[
            Route("/health", health, methods=["GET"]),
            Route("/metrics", tell, methods=["GET"]),
            *(receive(sender, secrets) for sender, secrets in senders.values()),
        ],
        exception_handlers={HTTPException: refuse},
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))] if hosts else [],
        lifespan=lifespan,
    )
    receiver.router.redirect_slashes = False  # an address is right or it is not there
    return receiver


async def _body(request: Request, maximum: int) -> bytes:
    """The body, if it is not too large; a length that is announced is believed only as far as it refuses."""
    too_large = HTTPException(413, f"an event has at most {maximum} bytes", {"Connection": "close"})
    announced = request.headers.get("content-length", "0")
    if not announced.isdigit() or int(announced) > maximum:
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > maximum:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        raise HTTPException(408, "the body came too slowly", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "the body was cut off") from None
    return b"".join(parts)
