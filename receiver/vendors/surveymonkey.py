"""SurveyMonkey: webhooks of the API v3 (`response_completed`, `response_updated`, …).

`Sm-Signature` is the base64 HMAC-SHA1 of the body; its key is the app's client id, `&` and its client
secret. No time is signed. The event names the response, and its answers must be fetched. When a webhook is
made, the address must answer HEAD.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

from receiver.senders import Sender, compare, header, json_line


def verify(secrets: Mapping[str, str], headers: Mapping[str, str], body: bytes, now: float) -> None:
    """The signature covers the body as it is sent."""
    key = f"{secrets['client_id']}&{secrets['client_secret']}".encode()
    compare(base64.b64encode(hmac.digest(key, body, hashlib.sha1)).decode(), header(headers, "sm-signature"))


SENDER = Sender(
    name="surveymonkey",
    source="surveymonkey",
    secrets=("client_id", "client_secret"),
    verify=verify,
    line=json_line,
    greets=("HEAD",),
)
