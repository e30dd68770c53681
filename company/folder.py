"""The layout of a company folder: what lies where, and of which release it is.

Belongs here: names and the release. Does not belong here: what a file must hold (`tables`, `settings`).
"""

from typing import Final

RELEASE: Final = 1
"""Counts up only when a company has something to change; docs/how-to/upgrade.md says what."""

DEFINITION: Final = "definition"
MAPPINGS: Final = "mappings"
CONFIG: Final = "config.toml"
SECRETS: Final = "secrets.toml"
IGNORED: Final = ".gitignore"
APPROVED: Final = "approved"
