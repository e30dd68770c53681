"""The receiver as a process: uvicorn until it is told to end. Who may post is decided elsewhere."""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette


def serve(application: Starlette, host: str, port: int) -> None:
    """Serves until SIGINT or SIGTERM; posts that have begun are answered first."""
    uvicorn.run(
        application,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Nothing here depends on who a proxy says that the client is.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
