"""Posts as each vendor sends them to a webhook: form, headers and signature, from the vendors' documentation.

Shares no code with the receiver. Belongs here: making a post. Does not belong here: sending it.
"""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True)
class Post:
    """A request to the receiver."""

    path: str
    headers: dict[str, str]
    body: bytes


def answer(columns: dict[str, Any], secret: str, sent: int, identity: str = "msg_1") -> Post:
    """A whole answer of any program, signed as Standard Webhooks says; `sent` is Unix time in seconds."""
    body = json.dumps(columns, ensure_ascii=False).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{identity}.{sent}.".encode() + body, "sha256").digest()
    headers = {
        "content-type": "application/json",
        "webhook-id": identity,
        "webhook-timestamp": str(sent),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    return Post("/events/answers", headers, body)


def qualtrics(survey_id: str, response_id: str, shared_key: str) -> Post:
    """`surveyengine.completedResponse` of an event subscription with a shared key."""
    message = json.dumps(
        {
            "Status": "Complete",
            "SurveyID": survey_id,
            "ResponseID": response_id,
            "CompletedDate": "2026-01-01 07:58:25",
            "BrandID": "verdant",
        },
        separators=(",", ":"),
    )
    signature = hmac.new(shared_key.encode(), message.encode(), "sha512").hexdigest()
    topic = f"verdant.surveyengine.completedResponse.{survey_id}"
    form = urlencode({"Topic": topic, "HMAC": signature, "MSG": message})
    return Post("/events/qualtrics", {"content-type": "application/x-www-form-urlencoded"}, form.encode())


def surveymonkey(survey_id: str, response_id: str, client_id: str, client_secret: str) -> Post:
    """`response_completed` of a webhook of the API v3."""
    event = {
        "name": "My Webhook",
        "filter_type": "survey",
        "filter_id": survey_id,
        "event_type": "response_completed",
        "event_id": "123456789",
        "object_type": "response",
        "object_id": response_id,
        "event_datetime": "2026-01-01T21:56:31.182613+00:00",
        "resources": {
            "respondent_id": response_id,
            "survey_id": survey_id,
            "collector_id": "1",
            "user_id": "1",
        },
    }
    body = json.dumps(event).encode()
    digest = hmac.new(f"{client_id}&{client_secret}".encode(), body, "sha1").digest()
    headers = {
        "content-type": "application/vnd.surveymonkey.response_completed.v1+json",
        "sm-apikey": client_id,
        "sm-signature": base64.b64encode(digest).decode(),
    }
    return Post("/events/surveymonkey", headers, body)


def typeform(form_id: str, token: str, score: int, secret: str) -> Post:
    """`form_response` of a webhook with a secret."""
    field = {"id": "DlXFaesGBpoF", "type": "opinion_scale", "ref": "nps"}
    event = {
        "event_id": f"LtWXD3crgy{token}",
        "event_type": "form_response",
        "form_response": {
            "form_id": form_id,
            "token": token,
            "landed_at": "2026-01-01T18:16:55Z",
            "submitted_at": "2026-01-01T18:17:02Z",
            "answers": [{"type": "number", "number": score, "field": field}],
        },
    }
    body = json.dumps(event).encode()
    digest = hmac.new(secret.encode(), body, "sha256").digest()
    headers = {
        "content-type": "application/json",
        "typeform-signature": f"sha256={base64.b64encode(digest).decode()}",
    }
    return Post("/events/typeform", headers, body)
