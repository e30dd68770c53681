"""What tokens stand for, where a person or a step needs the text: the only way to it in this room.

Belongs here: who may read, in words. Does not belong here: the vault itself (`vault`), or what is shown and
how it is masked (`cli/comments_view.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from orchestration.environment import ConfigurationError, Home
from vault import keys, reading
from vault.keys import VaultKeyError
from vault.store import WrongKeyError

#: From tokens to those of their texts that may be read.
Clear = Callable[[Iterable[str]], Mapping[str, str]]


def of(home: Home) -> Clear:
    """The texts of a state folder's vault: all with its private key, none of a token without."""

    def clear(tokens: Iterable[str]) -> Mapping[str, str]:
        try:
            return reading.texts(home.path, tokens)
        except (VaultKeyError, WrongKeyError) as error:
            raise ConfigurationError(str(error)) from error

    return clear


def without_the_key(home: Home) -> str:
    """Why nothing can be read, and the remedy; empty where the key is here."""
    try:
        if reading.may_read(home.path):
            return ""
        place = keys.folder(home.path)
    except VaultKeyError as error:
        raise ConfigurationError(str(error)) from error
    return (
        f"the texts are in the vault, and its key {place / keys.PRIVATE} is not here or not yours to read:"
        f" ask whoever keeps it, or name its folder in {keys.SETTING}"
    )
