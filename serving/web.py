"""The published pages over HTTP, with the manifest, health and metrics: an ASGI application that only reads.

It answers under the names that it is told, and under no other: a page of the internet could make a name of
its own point here (DNS rebinding). There is no login: whoever reaches it reads what is published for all.

Belongs here: what is answered. Does not belong here: what is measured, which is handed in, or the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from publication import manifest, versions

NAMES = ("127.0.0.1", "localhost")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PAGES = "pages"
_HEADERS = {
    # Every publication has the same addresses, so a browser asks each time whether it is still the same.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def application(published: Path, metrics: Callable[[], bytes], names: Sequence[str] = ()) -> Starlette:
    """`published` is the folder of all publications, `metrics` what Prometheus is told; `names` are those
    under which it is reached beside loopback's."""

    async def health(_: Request) -> Response:
        try:
            current = versions.current(published)
            version = manifest.read(current).version if current else None
        except (OSError, ValueError) as error:
            return JSONResponse({"status": "what is published cannot be read", "error": str(error)}, 503)
        return JSONResponse({"status": "ok", "version": version})

    async def tell(_: Request) -> Response:
        # In a thread: an outbox may have many lines.
        return Response(await asyncio.to_thread(metrics), headers={"Content-Type": CONTENT_TYPE})

    async def told(_: Request) -> Response:
        current = versions.current(published)
        if current is None:
            return PlainTextResponse("nothing is published yet", 404, _HEADERS)
        return FileResponse(current / manifest.FILE_NAME, headers=_HEADERS)

    return Starlette(
        routes=[
            Route("/healthz", health),
            Route("/metrics", tell),
            Route(f"/{manifest.FILE_NAME}", told),
            Mount("/", _Pages(directory=published / versions.LINK / _PAGES, check_dir=False, html=True)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[*NAMES, *names], www_redirect=False)],
    )


class _Pages(StaticFiles):
    """The pages of whichever version is current when they are asked for."""

    async def check_config(self) -> None:
        """Nothing is wrong where nothing is published yet."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(_HEADERS)
        return response
