"""The receiver as a process: uvicorn until it is told to end. Who may post is decided elsewhere."""

from __future__ import annotations

from typing import Any

import uvicorn
from starlette.applications import Starlette


def serve(application: Starlette, host: str, port: int, logs: dict[str, Any] | None = None) -> None:
    """Serves until SIGINT or SIGTERM; what has begun is answered first. `logs` configures logging."""
    uvicorn.run(
        application,
        host=host,
        port=port,
        log_config=logs or uvicorn.config.LOGGING_CONFIG,
        log_level="warning",
        access_log=False,
        server_header=False,
        # Nothing here depends on who a proxy says that the client is.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
