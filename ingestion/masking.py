"""Text of others as it may be shown: no secret of ours in it, and nothing that a terminal would obey.

Vendors repeat what they were sent, and write what they like. Every message about a source passes through
here (`errors.py`), and so do details of quarantined records (`arrow.py`) and what the command line prints.

Belongs here: what is masked. Does not belong here: who shows it.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, quote_plus

MASK: Final = "***"

#: A setting is a secret if its name contains one of these.
SECRET_WORDS: Final = ("token", "secret", "password", "api_key")

#: A shorter one occurs in ordinary words too; masking those would hide the message and protect nothing.
_SHORTEST: Final = 4

#: C0 and C1 without tab and line feed, and what ends a line or turns its direction around.
_OBEYED: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_INSTEAD: Final = "\ufffd"

_known: set[str] = set()


def is_secret(name: str) -> bool:
    """Whether a setting or header of that name holds a secret."""
    plain = name.lower().replace("-", "_")
    return plain == "authorization" or any(word in plain for word in SECRET_WORDS)


def remember(name: str, value: Any) -> None:
    """Note a setting or header that was read, so that it is masked from now on if it is a secret."""
    if is_secret(name) and isinstance(value, str):
        _known.update(part for part in (value, value.rpartition(" ")[2]) if len(part) >= _SHORTEST)


def shown(text: str) -> str:
    """The text without any secret that was read, and without control characters."""
    for secret in sorted(_known, key=len, reverse=True):
        for written in _forms(secret):
            text = text.replace(written, MASK)
    return plain(text)


def plain(text: str) -> str:
    """The text with a replacement character for each one that a terminal would obey."""
    return text if text.isascii() and text.isprintable() else _OBEYED.sub(_INSTEAD, text)


def _forms(secret: str) -> Iterable[str]:
    """A secret as it may stand in a header, a JSON text or an address."""
    texts = json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]
    return dict.fromkeys((secret, *texts, quote(secret, ""), quote_plus(secret)))
