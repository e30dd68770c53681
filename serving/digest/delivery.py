"""Delivers a digest: by e-mail (text and HTML) or to a webhook.

Belongs here: what goes over the wire, and why it did not. Does not belong here: words (`forms`).
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from serving.digest import forms
from serving.digest.saying import Digest, Scope, digest

TIMEOUT_SECONDS = 20.0
_MESSAGES: Mapping[str, Callable[[Digest], dict[str, Any]]] = {"slack": forms.slack, "teams": forms.teams}


@dataclass(frozen=True)
class Mail:
    """The server that takes e-mail; `security` is `starttls`, `tls` or, for one on this machine, `none`."""

    host: str
    sender: str
    port: int = 587
    security: str = "starttls"
    user: str | None = None
    password: str | None = None


@dataclass(frozen=True)
class Subscription:
    """Who gets a digest of what: addresses, or the webhook of a channel."""

    name: str
    scope: Scope
    to: tuple[str, ...] = ()
    webhook: str | None = None
    url: str | None = None


def send(folder: Path, subscription: Subscription, mail: Mail | None) -> str | None:
    """Send the digest of the publication in `folder`; a sentence says why it could not be delivered.

    Nothing secret is in that sentence: neither a password nor the address of a webhook.
    """
    said = digest(folder, subscription.scope)
    try:
        if subscription.webhook is not None:
            message = _MESSAGES[subscription.webhook](said)
            httpx.post(str(subscription.url), json=message, timeout=TIMEOUT_SECONDS).raise_for_status()
        elif mail is not None:
            _post(said, subscription, mail)
    except httpx.HTTPStatusError as error:
        return f"{subscription.name}: {subscription.webhook} answered {error.response.status_code}"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{subscription.name}: {subscription.webhook} could not be reached ({type(error).__name__})"
    except (smtplib.SMTPException, OSError, ValueError) as error:
        place = f"{mail.host}:{mail.port}" if mail else "no server"
        return f"{subscription.name}: {place} took no e-mail ({' '.join(str(error).split())})"
    return None


def _post(said: Digest, subscription: Subscription, mail: Mail) -> None:
    kind = smtplib.SMTP_SSL if mail.security == "tls" else smtplib.SMTP
    with kind(mail.host, mail.port, timeout=TIMEOUT_SECONDS) as server:
        if mail.security == "starttls":
            server.starttls(context=ssl.create_default_context())
        if mail.user:
            server.login(mail.user, mail.password or "")
        for address in subscription.to:
            # One each: readers need not know of each other.
            message = EmailMessage()
            message["Subject"] = forms.subject(said)
            message["From"] = mail.sender
            message["To"] = address
            message.set_content(forms.text(said))
            message.add_alternative(forms.html(said), subtype="html")
            server.send_message(message)
