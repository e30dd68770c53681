"""`[publication.mail]` and `[publication.subscriptions.*]` of `config.toml`: who is told of a publication.

Belongs here: what these sections may say. Does not belong here: sending anything (`serving`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from company.folder import CONFIG, SECRETS
from company.mistakes import Mistake, Page, listed, read
from company.publishing import EVERYTHING, is_scope

_MAIL = ("host", "port", "security", "sender", "user")
_SECURITY = ("starttls", "tls", "none")
_SUBSCRIPTION = ("to", "webhook", "sees")
WEBHOOKS = ("slack", "teams")


def mail(folder: Path) -> dict[str, Any] | None:
    """The server of a folder that is in order, with its password; None where it has none."""
    section = _publication(read(folder, CONFIG)).get("mail")
    if section is None:
        return None
    return {**section, "password": _publication(read(folder, SECRETS)).get("mail", {}).get("password")}


def subscriptions(folder: Path) -> dict[str, dict[str, Any]]:
    """The subscriptions of a folder that is in order, by name, each webhook with its `url`."""
    secrets = _publication(read(folder, SECRETS)).get("subscriptions", {})
    stated = _publication(read(folder, CONFIG)).get("subscriptions", {})
    return {name: {**each, "url": secrets.get(name, {}).get("url")} for name, each in stated.items()}


def judge(folder: Path, config: Page) -> Iterator[Mistake]:
    """What is wrong with them."""
    section = _publication(config).get("mail")
    if section is not None:
        yield from _mail(config, section)
    secrets = _publication(read(folder, SECRETS)) if (folder / SECRETS).exists() else {}
    stated = _publication(config).get("subscriptions", {})
    for name, each in stated.items() if isinstance(stated, dict) else ():
        place = f"publication.subscriptions.{name}"
        for problem, key, remedy in _subscription(each, section is not None):
            yield Mistake(CONFIG, config.line(place, key) or config.line(place), problem, remedy)
        url = secrets.get("subscriptions", {}).get(name, {}).get("url")
        if isinstance(each, dict) and each.get("webhook") in WEBHOOKS and not url:
            remedy = f'write [{place}] and url = "https://…"'
            yield Mistake(SECRETS, 0, f"the webhook of {name} has no address", remedy)


def _mail(config: Page, section: Any) -> Iterator[Mistake]:
    section = section if isinstance(section, dict) else {}

    def wrong(key: str, problem: str, remedy: str) -> Mistake:
        place = "publication.mail"
        return Mistake(CONFIG, config.line(place, key) or config.line(place), problem, remedy)

    for key in section:
        if key == "password":
            yield wrong(key, "password is a secret", f"move it to [publication.mail] of {SECRETS}")
        elif key not in _MAIL:
            yield wrong(key, f"[publication.mail] has no key {key}", f"use {listed(_MAIL)}")
    for key in ("host", "sender"):
        if not str(section.get(key, "")).strip():
            yield wrong(key, f"e-mail has no {key}", f'write {key} = "…"')
    if section.get("security", "starttls") not in _SECURITY:
        yield wrong("security", f"security is {section['security']!r}", f"use {listed(_SECURITY)}")
    if not isinstance(section.get("port", 587), int):
        yield wrong("port", f"port is {section['port']!r}", "write a number")


def _subscription(each: Any, has_mail: bool) -> Iterator[tuple[str, str, str]]:
    """Problem, key and remedy of each mistake in one subscription."""
    each = each if isinstance(each, dict) else {}
    for key in each:
        if key == "url":
            yield "url is a secret", key, f"move it to the same section of {SECRETS}"
        elif key not in _SUBSCRIPTION:
            yield f"a subscription has no key {key}", key, f"use {listed(_SUBSCRIPTION)}"
    to = each.get("to")
    if (to is None) == (each.get("webhook") is None):
        yield "it is not clear where it goes", "to", 'write to = ["ADDRESS"] or webhook = "slack" or "teams"'
    elif to is not None:
        if not isinstance(to, list) or not to or not all(isinstance(one, str) and "@" in one for one in to):
            yield "to is no list of e-mail addresses", "to", 'write to = ["ann@acme.example"]'
        elif not has_mail:
            yield "there is no server for e-mail", "to", "write [publication.mail] with host and sender"
    elif each["webhook"] not in WEBHOOKS:
        yield f"there is no webhook {each['webhook']!r}", "webhook", f"use {listed(WEBHOOKS)}"
    if not is_scope(each.get("sees")):
        remedy = f'write sees = "{EVERYTHING}", {{ branch = ["…"] }} or {{ region = ["…"] }}'
        yield "what its readers see is not clear", "sees", remedy


def _publication(page: Page) -> dict[str, Any]:
    publication = (page.content or {}).get("publication")
    return publication if isinstance(publication, dict) else {}
