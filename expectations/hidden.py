"""Which columns hold tokens, said a second time, and what the guard compares with them.

It has the key that makes tokens, and none that opens the vault: a file is read again in clear, its values are
made tokens, and these have to be the loader's. A state folder without a vault hides nothing.

Belongs here: columns and their kinds. Does not belong here: any import from the loaders.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from vault import keys
from vault.tokens import Kind, Tokens

#: Column → what its token is made of.
COLUMNS: Mapping[str, Kind] = {
    "comment": Kind.TEXT,
    "email": Kind.EMAIL,
    "respondent_email": Kind.EMAIL,
    "requester_email": Kind.EMAIL,
    "device_id": Kind.DEVICE,
}


def tokens() -> Tokens | None:
    """What makes the tokens of the state folder `NPS_HOME`; None where it has no vault."""
    home = os.environ.get("NPS_HOME")
    return _tokens(Path(home)) if home and (Path(home) / "vault" / keys.WRITTEN_WITH).exists() else None


@lru_cache(maxsize=1)
def _tokens(home: Path) -> Tokens:
    return keys.writing(home).tokens


def hidden(column: str, values: Sequence[object]) -> Sequence[object]:
    """The values that raw has in a column."""
    made, kind = tokens(), COLUMNS.get(column)
    if made is None or kind is None:
        return values
    return [made.of(kind, value) if isinstance(value, str) else value for value in values]


def is_hidden(loaded: object, again: object) -> bool:
    """Whether what was loaded is the token of what was read again."""
    made = tokens()
    if made is None or not isinstance(loaded, str) or not isinstance(again, str):
        return False
    return any(made.of(kind, again) == loaded for kind in {Kind.TEXT, *COLUMNS.values()})


def own_domain(domain: str) -> str:
    """A domain of the company's own as addresses in raw have it."""
    made = tokens()
    return domain if made is None or not domain else made.domain(domain)
