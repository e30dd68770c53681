"""Qualtrics: event subscriptions (`surveyengine.completedResponse.*`) with a `sharedKey`.

The post is a form: `Topic`, `MSG` (JSON) and `HMAC`, the hexadecimal HMAC-SHA512 of `MSG` under the shared
key. No time is signed, so a post can be sent again: the event only says that there is an answer to fetch,
which does no harm twice. The address must answer GET too. A subscription with `encrypt` is refused.
"""

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qs

import orjson

from receiver.senders import MalformedError, Sender, UnsignedError, compare, json_line

_FIELDS = 20


def verify(secrets: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """The signature is a field of the form; a subscription without a shared key sends none."""
    form = _form(body)
    if not form.get("HMAC"):
        raise UnsignedError("the field HMAC is missing: give the subscription a sharedKey")
    digest = hmac.new(secrets["shared_key"].encode(), form.get("MSG", "").encode(), hashlib.sha512)
    compare(digest.hexdigest(), form["HMAC"].lower())


def line(body: bytes) -> bytes:
    """The message, with its topic."""
    form = _form(body)
    try:
        message = json_line(form["MSG"].encode())
    except (KeyError, MalformedError):
        raise MalformedError("MSG is not a JSON object: subscribe with encrypt = false") from None
    return b'{"topic":%s,"message":%s}' % (orjson.dumps(form.get("Topic", "")), message)


def _form(body: bytes) -> dict[str, str]:
    """The fields of the form; the first of a name counts. Raises `UnsignedError` where it is none."""
    try:
        fields = parse_qs(body.decode("ascii"), errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        raise UnsignedError("the body is not a form") from None
    return {name: values[0] for name, values in fields.items()}


SENDER = Sender(
    name="qualtrics",
    source="qualtrics",
    secrets=("shared_key",),
    verify=verify,
    line=line,
    greets=("GET", "HEAD"),
)
