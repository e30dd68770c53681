"""Answers that any program posts: whole answers, with the columns of a file, signed by Standard Webhooks.

docs/how-to/receive-answers-at-once.md documents the event. An answer is judged by the loader of files, as a
row of a file is; what has no id or no time can never become a row, so its sender is told at once.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from receiver.senders import MalformedError, Sender, UnsignedError, header, json_line, json_object

#: How far the time of a signature may be from ours, as the specification recommends.
REPLAY_SECONDS = 300
_REQUIRED = ("response_id", "responded_at")
_PREFIX = "whsec_"


def verify(secrets: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """HMAC-SHA256 over id, time and body; one of several signatures is enough: secrets change."""
    identity, sent = header(headers, "webhook-id"), header(headers, "webhook-timestamp")
    signatures = header(headers, "webhook-signature").split()
    if not sent.isascii() or not sent.isdigit() or abs(now - int(sent)) > REPLAY_SECONDS:
        raise UnsignedError(f"webhook-timestamp is not within {REPLAY_SECONDS} seconds of the time here")
    signed = b".".join((identity.encode(), sent.encode(), body))
    digest = hmac.digest(key(secrets["secret"]), signed, hashlib.sha256)
    expected = b"v1," + base64.b64encode(digest)
    # All are compared, so that the time taken does not tell which one matches.
    if not sum(hmac.compare_digest(expected, given.encode()) for given in signatures):
        raise UnsignedError("the signature does not match the body")


def key(secret: str) -> bytes:
    """The bytes of a secret: `whsec_` and base64, or any other text as it is."""
    if not secret.startswith(_PREFIX):
        return secret.encode()
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)


def flaw(secret: str) -> str:
    """A secret that begins as the specification says must go on so."""
    try:
        key(secret)
    except binascii.Error:
        return f"begins with {_PREFIX} and does not go on in base64"
    return ""


def line(body: bytes) -> bytes:
    """The answer as it was sent."""
    answer = json_object(body)
    if missing := [name for name in _REQUIRED if answer.get(name) in (None, "")]:
        raise MalformedError(f"the answer has no {' and no '.join(missing)}")
    return json_line(body)


SENDER = Sender(name="answers", source="files", secrets=("secret",), verify=verify, line=line, flaw=flaw)
