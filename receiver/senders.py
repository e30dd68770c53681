"""Who may post events: how a sender signs, what is kept of a post, and which source's load carries it.

A vendor is a module in `vendors/` with a `SENDER`; any other program signs as `answers.py` says. Does not
belong here: HTTP, or where events are kept.
"""

from __future__ import annotations

import hmac
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from receiver import vendors

_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")


class UnsignedError(Exception):
    """The post does not carry a valid signature. The message is for the sender, and tells no secret."""


class MalformedError(Exception):
    """The post is signed, but it is not an event; `status` is that of the answer."""

    def __init__(self, problem: str, status: int = 422) -> None:
        super().__init__(problem)
        self.status = status


@dataclass(frozen=True)
class Sender:
    """`secrets` are the settings that its signature needs; `source` is whose load brings its answers.

    `verify(secrets, headers, body, now)` raises `UnsignedError`; header names are in lower case.
    `line(body)` is what is kept of a verified post, JSON on one line, or raises `MalformedError`. `greets`
    are the methods, besides POST, with which the vendor tries the address: they are answered, and nothing
    is kept. `flaw` says what is wrong with a secret.
    """

    name: str
    source: str
    secrets: tuple[str, ...]
    verify: Callable[[Mapping[str, str], Mapping[str, str], bytes, float], None]
    line: Callable[[bytes], bytes]
    greets: tuple[str, ...] = ()
    flaw: Callable[[str], str] = lambda secret: ""


def known() -> dict[str, Sender]:
    """Every sender by name, in alphabetical order."""
    from receiver.answers import SENDER

    found = [SENDER]
    for module in pkgutil.iter_modules(vendors.__path__):
        found.append(importlib.import_module(f"{vendors.__name__}.{module.name}").SENDER)
    return {sender.name: sender for sender in sorted(found, key=lambda sender: sender.name)}


def compare(expected: str, given: str) -> None:
    """Raises `UnsignedError` unless the signatures are the same; takes the same time wherever they differ."""
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise UnsignedError("the signature does not match the body")


def header(headers: Mapping[str, str], name: str) -> str:
    """A header that a signature needs. Raises `UnsignedError` if it is missing."""
    if not (value := headers.get(name, "")):
        raise UnsignedError(f"the header {name} is missing")
    return value


def json_line(body: bytes) -> bytes:
    """A JSON object as it was sent, on one line: line ends occur only between its tokens."""
    json_object(body)
    return body.translate(_ONE_LINE).strip()


def json_object(body: bytes) -> dict[str, object]:
    """The object in a body. Raises `MalformedError`."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"the body is not JSON: {error}", 400) from None
    if not isinstance(found, dict):
        raise MalformedError("the body is not a JSON object")
    return found
