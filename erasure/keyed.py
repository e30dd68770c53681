"""A keyed hash, by which an erased record or a request is known again without saying whose it was.

The key (32 bytes, hex) is `erasure.key` in `$NPS_VAULT_KEYS` or else in `<state folder>.keys`, outside the
state folder, so that who gets a copy of the state cannot try out addresses. It is made with the first
erasure. Lost, erased records are not known again when they come back: so that is an error, once any are.

Belongs here: the key and the hash. Does not belong here: what is hashed.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

SETTING: Final = "NPS_VAULT_KEYS"
NAME: Final = "erasure.key"
_BYTES: Final = 16


class ErasureError(Exception):
    """An erasure cannot go on; the message says what to do. What was not erased is as it was."""


def file(home: Path) -> Path:
    """Where the key of a state folder is."""
    named = os.environ.get(SETTING)
    return (Path(named) if named else home.with_name(home.name + ".keys")) / NAME


class Keyed:
    """Makes keyed hashes: 32 hex digits of HMAC-SHA-256 (RFC 2104)."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, *parts: str) -> str:
        """Of texts in their order; no other texts have the same."""
        said = "".join(f"{len(part.encode('utf-8', 'surrogatepass'))}:{part}" for part in parts)
        return hmac.digest(self._key, said.encode("utf-8", "surrogatepass"), "sha256")[:_BYTES].hex()

    def of_each(self, first: Iterable[str], texts: Iterable[str]) -> list[str]:
        """Of each text, after the same first ones."""
        fixed = tuple(first)
        return [self.of(*fixed, text) for text in texts]


def read(home: Path) -> Keyed:
    """The key that there is. Raises ErasureError where it is gone or is none."""
    path = file(home)
    try:
        return Keyed(bytes.fromhex(path.read_text("ascii").strip()))
    except FileNotFoundError:
        raise ErasureError(
            f"{path} is not there: without it, records that were erased would come back; restore it, or let"
            f" {SETTING} name its folder"
        ) from None
    except (ValueError, OSError) as error:
        raise ErasureError(f"{path} cannot be read as a key ({error}); restore it from a backup") from error


def made(home: Path, has_erased: bool) -> Keyed:
    """The key; a new one where nothing was erased yet and there is none."""
    path = file(home)
    if not has_erased and not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as made_file:
            made_file.write(secrets.token_hex(32) + "\n")
            made_file.flush()
            os.fsync(made_file.fileno())
    return read(home)
