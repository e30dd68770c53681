"""The keys that sign: Ed25519, by `cryptography`. The private one is a file, the public are a list.

    ["1f0c…"]                      # the id: 16 hex digits, the first of the SHA-256 of the key's 32 bytes
    public = "MCowBQYDK2VwAyEA…"   # SubjectPublicKeyInfo, base64: the middle of its PEM
    from = 2026-11-30              # the first day on which it signs, UTC
    until = 2027-12-01             # the first on which it no longer does; without it, it signs on
    revoked_at = 2027-03-01        # somebody else may have it: from this day on it proves nothing, and
                                   # before it only what a witness saw too

Belongs here: making, reading and using keys. Does not belong here: where the company's key is, and who
approves the list (`company`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_DAYS = ("from", "until", "revoked_at")
_FIELDS = ("public", *_DAYS)
_OTHERS = 0o077


class KeyFileError(Exception):
    """A file of keys cannot be used or made; the message names it and says what to do."""


class Flaw(NamedTuple):
    """What is wrong in a list of keys: which key, which of its fields, the problem, the remedy."""

    key: str
    field: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class PublicKey:
    """A public key and when it signs; without days it always does."""

    id: str
    public: Ed25519PublicKey
    first: date | None = None
    until: date | None = None
    revoked_at: date | None = None

    def signs_on(self, day: date) -> bool:
        """Whether it is in force on a day, whatever happened to it later."""
        return (self.first is None or self.first <= day) and (self.until is None or day < self.until)

    def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over the message."""
        try:
            self.public.verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class PrivateKey:
    """The key that signs."""

    private: Ed25519PrivateKey

    @property
    def key(self) -> str:
        return key_id(self.private.public_key())

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


def key_id(public: Ed25519PublicKey) -> str:
    """How a key is called: the first 16 hex digits of the SHA-256 of its 32 bytes."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def new(path: Path) -> PublicKey:
    """Make a key: the private one in `path`, readable by its owner only, the public one beside it as `.pub`.

    Raises KeyFileError if either exists or cannot be written.
    """
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    hidden = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    shown = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file, text, mode in ((path, hidden, 0o600), (public_file(path), shown, 0o644)):
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
                opened.write(text)
    except FileExistsError as error:
        raise KeyFileError(
            f"{error.filename} exists: a key is never overwritten; name another file"
        ) from error
    except OSError as error:
        raise KeyFileError(f"{path} cannot be written ({error.strerror}): name another file") from error
    return PublicKey(key_id(public), public)


def public_file(path: Path) -> Path:
    """Where the public part of a key lies."""
    return path.with_name(f"{path.name}.pub")


def private(path: Path) -> PrivateKey:
    """The key in a file that only its owner may read. Raises KeyFileError."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode) or mode & _OTHERS:
            raise KeyFileError(f"others may read the key {path}, or it is no file: chmod 600 {path}")
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise KeyFileError(f"the key {path} cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} holds no private key without a password: see `nps keys new`") from error
    if not isinstance(found, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds a key that is not Ed25519: `nps keys new` makes one")
    return PrivateKey(found)


def entry(key: PublicKey, first: date) -> str:
    """A key as a section of the list."""
    der = key.public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f'["{key.id}"]\npublic = "{base64.b64encode(der).decode("ascii")}"\nfrom = {first}\n'


def flaws(said: Mapping[str, Any]) -> Iterator[Flaw]:
    """Every mistake in a list of keys."""
    for key, each in said.items():
        if not isinstance(each, dict):
            yield Flaw(key, "", f"{key} is no section of a key", "let `nps keys new` write it")
            continue
        for field in each:
            if field not in _FIELDS:
                yield Flaw(key, field, f"a key has no {field}", f"use {', '.join(_FIELDS)}")
        public = _public(each.get("public"))
        if public is None:
            yield Flaw(key, "public", "this is no public key (Ed25519)", "let `nps keys new` write it")
        elif key_id(public) != key:
            yield Flaw(key, "public", f"this key is called {key_id(public)}, not {key}", "correct either")
        days = {field: each.get(field) for field in _DAYS}
        for field, day in days.items():
            if (day is not None or field == "from") and not _is_day(day):
                yield Flaw(key, field, f"{field} is no day", f"write {field} = 2026-11-30")
        first, until = days["from"], days["until"]
        if isinstance(first, date) and isinstance(until, date) and str(until) <= str(first):
            yield Flaw(key, "until", "it ends before it begins", "write a later day")


def listed(said: Mapping[str, Any]) -> dict[str, PublicKey]:
    """The keys of a list without flaws, by id."""
    found = {}
    for key, each in said.items():
        public = _public(each["public"])
        assert public is not None  # it has no flaws
        found[key] = PublicKey(key, public, each["from"], each.get("until"), each.get("revoked_at"))
    return found


def public_keys(path: Path) -> dict[str, PublicKey]:
    """The keys in a file: a list (TOML), or one public key (PEM). Raises KeyFileError."""
    try:
        text = path.read_bytes()
        if text.lstrip().startswith(b"-----BEGIN"):
            found = serialization.load_pem_public_key(text)
            if not isinstance(found, Ed25519PublicKey):
                raise ValueError("it is not Ed25519")
            return {key_id(found): PublicKey(key_id(found), found)}
        said = tomllib.loads(text.decode("utf-8-sig"))
        for flaw in flaws(said):
            raise ValueError(f"{flaw.key}: {flaw.problem}")
        return listed(said)
    except OSError as error:
        raise KeyFileError(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{path} holds neither a public key (PEM) nor a list of keys: {error}") from error


def _public(text: Any) -> Ed25519PublicKey | None:
    try:
        found = serialization.load_der_public_key(base64.b64decode(str(text), validate=True))
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return None
    return found if isinstance(found, Ed25519PublicKey) else None


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)
