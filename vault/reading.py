"""From tokens back to texts: the one way, for whoever has the vault's private key.

Whoever lacks it gets nothing for a token and can do everything else: each caller says what it could not do.
A text that is no token stands for itself: white space, and what an earlier release left in clear.

Belongs here: asking the vault. Does not belong here: keys and sealed files (`keys`, `store`), or what is
done with a text.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vault import keys
from vault.store import Vault
from vault.tokens import is_token


def may_read(home: Path) -> bool:
    """Whether the key that opens the vault of a state folder is here. Raises VaultKeyError."""
    return keys.reading(home) is not None


def texts(home: Path, tokens: Iterable[str]) -> dict[str, str]:
    """Each token with what it stands for. One is left out without the key, and where the vault has nothing
    of it: its text was destroyed.

    Raises:
        VaultKeyError: the key is here and cannot be used.
        WrongKeyError: it is another one, or the vault was changed.
    """
    asked = set(tokens)
    sealed = {each for each in asked if is_token(each)}
    found = {each: each for each in asked - sealed}
    if sealed and (private := keys.reading(home)) is not None:
        found |= Vault(home / "vault").open(private, sealed)
    return found
