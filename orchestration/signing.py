"""The key that signs publications: where the company says it is, outside the state folder.

Belongs here: whether it may be used here and now. Does not belong here: keys (`witness`), or which are
approved (`company`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from company import witnessing
from orchestration.environment import ConfigurationError, Home
from witness import keys
from witness.keys import KeyFileError, PrivateKey, PublicKey


def signer(home: Home, folder: Path) -> PrivateKey | None:
    """The key that signs today's publication; None where the company has none configured.

    Raises:
        ConfigurationError: it cannot be read, lies in the state folder, or is not approved for today. No
            unsigned publication is made instead.
    """
    path = witnessing.key_file(folder)
    if path is None:
        return None
    refuse_inside(home, path)
    instead = "or remove [publication.signing] from config.toml: publications are then unsigned, and say so"
    try:
        found = keys.private(path)
    except KeyFileError as error:
        raise ConfigurationError(
            f"publications are signed here, but {error}; restore it, {instead}"
        ) from error
    approved = witnessing.public_keys(folder).get(found.key)
    if approved is None:
        raise ConfigurationError(
            f"the key {path} is {found.key}, which {witnessing.KEYS} does not list: list and approve it,"
            f" {instead}"
        )
    today = datetime.now(UTC).date()
    if not approved.signs_on(today) or approved.revoked_at is not None:
        raise ConfigurationError(
            f"the key {path} ({found.key}) is not in force on {today}, or is revoked: make another with"
            f" `nps keys new`, {instead}"
        )
    return found


def refuse_inside(home: Home, path: Path) -> None:
    """Raise ConfigurationError for a key in the state folder: whoever gets a copy of it could sign too."""
    if path.resolve().is_relative_to(home.path):
        raise ConfigurationError(
            f"the key {path} lies in the state folder {home.path}: name a file elsewhere in"
            " [publication.signing] of config.toml"
        )


def make(home: Home, folder: Path, today: date) -> tuple[Path, PublicKey]:
    """Make the key that the company's config names, and list its public part; where it is, and that part.

    Raises:
        ConfigurationError: no place is named for it, there is a key already, or the place cannot be used.
    """
    path = witnessing.key_file(folder)
    if path is None:
        raise ConfigurationError(
            'config.toml names no place for a key: write [publication.signing] and key = "/etc/nps/nps.key"'
            " (outside the state folder and the company folder)"
        )
    refuse_inside(home, path)
    try:
        made = keys.new(path)
    except KeyFileError as error:
        raise ConfigurationError(str(error)) from error
    with (folder / witnessing.KEYS).open("a", encoding="utf-8") as listed:
        listed.write(("\n" if listed.tell() else "") + keys.entry(made, today))
    return path, made
