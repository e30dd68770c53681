"""A module for each target: the settings that it needs, and how it is written to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from outbox.delivering import Writer
from outbox.targets import hubspot, salesforce, webhook


@dataclass(frozen=True)
class Kind:
    """`settings` belong in config.toml, `secrets` in secrets.toml; both are needed, `optional` is not."""

    make: Callable[[Mapping[str, str]], Writer]
    secrets: tuple[str, ...]
    settings: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


KINDS: Final[Mapping[str, Kind]] = {
    "hubspot": Kind(hubspot.HubSpot, ("access_token",), optional=("base_url", "key_property")),
    "salesforce": Kind(
        salesforce.Salesforce,
        ("client_id", "client_secret"),
        ("base_url",),
        ("key_field", "api_version"),
    ),
    "webhook": Kind(webhook.Webhook, ("secret",), ("url",)),
}
