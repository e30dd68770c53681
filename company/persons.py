"""Whether two names are one person, however they are typed.

Belongs here: the comparison. Does not belong here: who has to be another person (`approvals`), or whether
somebody is who they say: a name is a statement, as in any register.
"""

from __future__ import annotations

import re
from unicodedata import normalize

_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")


def is_somebody(typed: str) -> bool:
    """Whether there is a name or an address in it."""
    return bool(_known_by(typed))


def are_one(typed: str, other: str) -> bool:
    """Whether both have the same name or e-mail address: case, spaces and punctuation do not count."""
    return bool(_known_by(typed) & _known_by(other))


def _known_by(typed: str) -> set[str]:
    """The address in it, and the letters and digits of the name beside it."""
    text = normalize("NFKC", typed).casefold()
    addresses = set(_ADDRESS.findall(text))
    name = "".join(letter for letter in _ADDRESS.sub("", text) if letter.isalnum())
    return addresses | ({name} if name else set())
