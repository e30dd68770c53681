"""Typeform: webhooks with a secret, whose event carries the whole `form_response`.

`Typeform-Signature` is `sha256=` and the base64 HMAC-SHA256 of the body. No time is signed.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from receiver.senders import Sender, compare, header, json_line


def verify(secrets: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """The signature covers the body as it is sent."""
    digest = hmac.digest(secrets["secret"].encode(), body, hashlib.sha256)
    compare(f"sha256={base64.b64encode(digest).decode()}", header(headers, "typeform-signature"))


SENDER = Sender(name="typeform", source="typeform", secrets=("secret",), verify=verify, line=json_line)
