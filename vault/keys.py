"""The vault's keys: one that makes tokens, and a pair (X25519) of which one seals and the other opens.

    tokens.key      32 bytes, hex: whoever loads needs it, and whoever looks a person up
    vault.pub       the public key: whoever loads needs it
    vault.key       the private key: only who may read what people wrote

They lie outside the state folder, in `$NPS_VAULT_KEYS` or else beside it in `<state folder>.keys`. Where a
state folder has no vault yet and that folder does not exist, they are made; a state folder remembers by which
it was written, so that lost keys are said and not silently replaced.

Belongs here: making and reading keys. Does not belong here: who may read (`orchestration`), what is sealed.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from vault.tokens import Tokens

SETTING = "NPS_VAULT_KEYS"
TOKENS, PUBLIC, PRIVATE = "tokens.key", "vault.pub", "vault.key"
#: In the state folder's vault: the ids of the keys it was written with.
WRITTEN_WITH = "keys"
_OTHERS = 0o077


class VaultKeyError(Exception):
    """A key cannot be used or made; the message names the file and the remedy."""


@dataclass(frozen=True)
class WritingKeys:
    """What a load needs: it can seal, and open nothing."""

    token_key: bytes
    public: X25519PublicKey

    @property
    def tokens(self) -> Tokens:
        """The maker of tokens."""
        return Tokens(self.token_key)

    @property
    def id(self) -> str:
        """Names both keys and tells neither: 16 hex digits each."""
        parts = self.token_key, self.public.public_bytes_raw()
        return "-".join(hashlib.sha256(b"nps vault" + part).hexdigest()[:16] for part in parts)


def folder(home: Path) -> Path:
    """Where the keys of a state folder are. Raises VaultKeyError for a place inside it."""
    named = os.environ.get(SETTING)
    place = Path(named).resolve() if named else home.resolve().with_name(f"{home.resolve().name}.keys")
    if place.is_relative_to(home.resolve()):
        raise VaultKeyError(
            f"the vault's keys {place} lie in the state folder: whoever gets a copy of it could read all;"
            f" name a folder elsewhere in {SETTING}"
        )
    return place


def writing(home: Path) -> WritingKeys:
    """The keys that a load into a state folder needs, made if it has no vault yet. Raises VaultKeyError."""
    place, vault = folder(home), home / "vault"
    if not place.exists() and not (vault / WRITTEN_WITH).exists():
        make(place)
    try:
        token_key = bytes.fromhex(_guarded(place / TOKENS).decode("ascii").strip())
        public = serialization.load_pem_public_key((place / PUBLIC).read_bytes())
    except OSError as error:
        raise VaultKeyError(
            f"the vault's key {error.filename} cannot be read ({error.strerror}): restore it, or name its"
            f" folder in {SETTING}; without it the next load could not tell who is who"
        ) from error
    except ValueError as error:
        raise VaultKeyError(f"{place} holds no keys of a vault ({error}): restore them") from error
    if len(token_key) != 32 or not isinstance(public, X25519PublicKey):
        raise VaultKeyError(f"{place} holds other keys than a vault's: restore them")
    keys = WritingKeys(token_key, public)
    _remember(vault, keys, place)
    return keys


def reading(home: Path) -> X25519PrivateKey | None:
    """The key that opens the vault of a state folder; None where it is not here, which is no error:
    whoever has no right to the vault can do everything else. Raises VaultKeyError where it cannot be used."""
    path = folder(home) / PRIVATE
    if not path.exists():
        return None
    try:
        found = serialization.load_pem_private_key(_guarded(path), password=None)
    except PermissionError:
        return None
    except (ValueError, TypeError) as error:
        raise VaultKeyError(f"{path} holds no private key without a password: restore it") from error
    if not isinstance(found, X25519PrivateKey):
        raise VaultKeyError(f"{path} holds a key that is not X25519: restore the vault's")
    return found


def make(place: Path) -> None:
    """Make all three in a new folder, readable by its owner only. If another process is first, its stand."""
    private = X25519PrivateKey.generate()
    texts = {
        TOKENS: secrets.token_hex(32).encode("ascii") + b"\n",
        PUBLIC: private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ),
        PRIVATE: private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    }
    made = place.with_name(f"{place.name}.{secrets.token_hex(4)}.tmp")
    try:
        made.mkdir(mode=0o700, parents=True)
        for name, text in texts.items():
            with os.fdopen(os.open(made / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        made.rename(place)
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        if not place.exists():
            raise VaultKeyError(
                f"no keys of the vault can be made in {place} ({error.strerror}): name a folder that can be"
                f" written in {SETTING}"
            ) from error


def _guarded(path: Path) -> bytes:
    if stat.S_IMODE(path.stat().st_mode) & _OTHERS:
        raise VaultKeyError(f"others may read the key {path}: chmod 600 {path}")
    return path.read_bytes()


def _remember(vault: Path, keys: WritingKeys, place: Path) -> None:
    """Note by which keys a state folder is written; raise where it was written by others."""
    note = vault / WRITTEN_WITH
    if not note.exists():
        vault.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = vault / f"{WRITTEN_WITH}.{secrets.token_hex(4)}.tmp"
        written.touch(mode=0o600)
        written.write_text(f"{keys.id}\n", "ascii")
        written.rename(note)
    if (before := note.read_text("ascii").strip()) != keys.id:
        raise VaultKeyError(
            f"{vault} was written with the keys {before}, and {place} has {keys.id}: restore the others, or"
            " nobody would be known again"
        )
