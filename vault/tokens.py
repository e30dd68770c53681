"""Tokens: what stands for personal data outside the vault. The same text gives the same token under one key.

    t:<32 hex>               a text, such as a comment; texts of white space alone say nothing and stay
    <32 hex>@<32 hex>        an e-mail address: of the whole, and of what follows its last @
    p:<32 hex>               a name, phone number, device or IP address

BLAKE2b with a key (RFC 7693), 128 bits, under a key of its own for each kind: a third of the time of HMAC.
Equal tokens are equal texts, so that matching, counting persons and finding duplicates go on; who has no key
cannot try out guesses.

An address is compared without white space at its ends and in lower case, as the models do (`identity_key`,
`unless_no_address`). Of one that is nobody's (docs/decisions/0029) the token is nobody's too:
`noreply@<32 hex>`, `${<32 hex>@<32 hex>`, and without an @ where nothing stands on one side of it.

Belongs here: making and telling tokens. Does not belong here: the key (`keys`), what they mean (`store`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import Enum
from functools import lru_cache

_WHITE_SPACE = " \t\n\r\xa0\u3000"
#: Mailboxes that are many people's, without the marks that people write in them.
NOBODYS_MAILBOXES = frozenset(
    {
        *("anonym", "anonyme", "anonymous", "none", "null", "undefined", "unknown"),
        *("donotreply", "noemail", "nomail", "noreply"),
    }
)
_MARKS = str.maketrans("", "", "-_.")
#: How a merge field begins that was never filled.
_UNFILLED = ("${", "{{", "{!", "%%", "[[", "<%", "*|")
_TOKEN = re.compile(
    r"[tp]:[0-9a-f]{32}|(?:\$\{|\{\{|\{!|%%|\[\[|<%|\*\|)?[0-9a-f]{32}@[0-9a-f]{32}"
    r"|(?P<mailbox>[-_.a-z]*)@[0-9a-f]{32}|[0-9a-f]{32}"
)
_BYTES = 16
_CACHED = 65_536


class Kind(Enum):
    """What a text is, and so which token stands for it."""

    TEXT = "text"
    EMAIL = "email"
    NAME = "name"
    PHONE = "phone"
    DEVICE = "device"
    IP = "ip"


class Tokens:
    """Makes tokens under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._keys = {kind: hmac.digest(key, f"nps token {kind.value}".encode(), "sha256") for kind in Kind}
        self._domain_key = hmac.digest(key, b"nps token domain", "sha256")
        self.domain = lru_cache(_CACHED)(self._domain)

    def of(self, kind: Kind, text: str) -> str:
        """The token of a text; a token and white space stay as they are."""
        bare = text.strip(_WHITE_SPACE)
        if not bare or is_token(bare):
            return text
        if kind is Kind.EMAIL:
            return self._email(_lower(bare))
        if kind is Kind.TEXT:
            return f"t:{self._digest(self._keys[kind], text)}"
        same = _lower(bare) if kind is Kind.NAME else bare
        return f"p:{self._digest(self._keys[kind], same)}"

    def text(self, text: str) -> str:
        """The token of a comment or another free text."""
        return self.of(Kind.TEXT, text)

    def email(self, text: str) -> str:
        """The token of an e-mail address, or of what stands in its place."""
        return self.of(Kind.EMAIL, text)

    def _domain(self, text: str) -> str:
        """What stands for an e-mail domain, as behind the @ of tokens: 32 hex digits."""
        bare = _lower(text.strip(_WHITE_SPACE))
        return bare if not bare or is_token(bare) else self._digest(self._domain_key, bare)

    def _email(self, address: str) -> str:
        local, at, rest = address.partition("@")
        domain = rest.rpartition("@")[2]
        if not at or not domain:  # the models compare the whole with domains and find no address
            return self.domain(address.rstrip("@") or "@")
        if not local:
            return f"@{self.domain(domain)}"
        if local.translate(_MARKS) in NOBODYS_MAILBOXES:
            return f"{local}@{self.domain(domain)}"
        begun = address[:2] if address.startswith(_UNFILLED) else ""
        return f"{begun}{self._digest(self._keys[Kind.EMAIL], address)}@{self.domain(domain)}"

    @staticmethod
    def _digest(key: bytes, text: str) -> str:
        written = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(written, key=key, digest_size=_BYTES).hexdigest()


def is_token(text: str) -> bool:
    """Whether a text is a token of any kind."""
    found = _TOKEN.fullmatch(text)
    return found is not None and (
        not found["mailbox"] or found["mailbox"].translate(_MARKS) in NOBODYS_MAILBOXES
    )


def _lower(text: str) -> str:
    """In lower case as an engine does it, which knows letters and not languages."""
    return text.lower() if text.isascii() else "".join(letter.lower()[0] for letter in text)
