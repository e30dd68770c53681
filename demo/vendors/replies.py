"""The HTTP the vendor APIs share: JSON answers, refusals in a vendor's envelope, dates in parameters.

Belongs here: what every vendor module needs from HTTP. Does not belong here: any vendor's wording.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response


class RefusalError(Exception):
    """An answer other than 2xx: the status and the body in the vendor's own envelope."""

    def __init__(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {body!r}")
        self.status = status
        self.body = body
        self.headers = headers


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`body` as a JSON answer."""
    return json_bytes(orjson.dumps(body), status, headers)


def json_bytes(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Bytes that are JSON already as an answer."""
    return Response(body, status, dict(headers or {}), media_type="application/json")


async def refuse(_request: Request, refusal: Exception) -> Response:
    """Starlette's exception handler for `RefusalError`."""
    if not isinstance(refusal, RefusalError):
        raise refusal
    return json_response(refusal.body, refusal.status, refusal.headers)


def milliseconds(moment: datetime) -> str:
    """A moment as vendors write it: `2026-01-31T10:11:12.000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def json_object(body: bytes) -> dict[str, Any] | None:
    """The body as a JSON object, or None when it is anything else."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None
