"""Tasks to any program: a POST with a JSON object, signed as Standard Webhooks says.

`webhook-id` and `Idempotency-Key` are the same for the same content of the same case, however often it comes:
who receives it keeps the ids it has seen, or upserts by `case_key`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import orjson

from outbox.calling import Caller
from outbox.kinds import Kind
from outbox.task import Task

_PREFIX: Final = "whsec_"


class Webhook:
    """One address. Any answer of success means that it has the task."""

    def __init__(self, settings: Mapping[str, str], now: Callable[[], float] = time.time) -> None:
        self._caller = Caller(settings["url"], [settings["secret"]])
        self._key = key(settings["secret"])
        self._now = now

    def create(self, task: Task) -> str:
        """The case key is its id."""
        body = orjson.dumps(event(task))
        identity, moment = f"{task.case_key}.{task.revision}", str(int(self._now()))
        self._caller.send(
            "POST",
            "",
            {
                "content-type": "application/json",
                "idempotency-key": identity,
                "webhook-id": identity,
                "webhook-timestamp": moment,
                "webhook-signature": signature(self._key, identity, moment, body),
            },
            content=body,
        )
        return task.case_key

    def change(self, known: str, task: Task, before: Sequence[Task]) -> None:
        """The whole of it again."""
        self.create(task)


def event(task: Task) -> dict[str, object]:
    """What the body says. Whoever receives it looks the answer up by its case."""
    return {
        "type": "nps.case",
        "case_key": task.case_key,
        "case_type": task.case_type,
        "state": task.state,
        "is_closed": task.is_closed,
        "subject": task.subject,
        "branch": task.branch,
        "owner_id": task.owner_id,
        "account_id": task.account_id,
        "contact_id": task.contact_id,
        **{
            name: f"{getattr(task, name):%Y-%m-%dT%H:%M:%SZ}"
            for name in ("opened_at", "due_at", "escalate_at")
        },
    }


def signature(secret: bytes, identity: str, moment: str, body: bytes) -> str:
    """HMAC-SHA256 over id, time and body."""
    signed = b".".join((identity.encode(), moment.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def key(secret: str) -> bytes:
    """The bytes of a secret: `whsec_` and base64, or any other text as it is. Raises ValueError."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"begins with {_PREFIX} and does not go on in base64") from None


def flaw(secret: str) -> str:
    """A secret that begins as the specification says must go on so."""
    try:
        key(secret)
    except ValueError as error:
        return str(error)
    return ""


KIND = Kind(Webhook, ("secret",), ("url",), flaw=flaw)
