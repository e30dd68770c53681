"""How identifiers compare, in Python and, for looking up by them, in the engine.

Belongs here: what makes two writings one id. Does not belong here: whose id it is (`identities`), or
reading it (`raw`).
"""

from __future__ import annotations

import re
from functools import cache

from expectations.declaring import ShortIds
from expectations.vendors import declared

_WHITE_SPACE = " \t\n\r\xa0\u3000"


def trimmed(text: str) -> str:
    """A text without the white space at its ends that people and spreadsheets leave there."""
    return text.strip(_WHITE_SPACE)


def identity(value: object) -> str | None:
    """An identifier as it is compared: trimmed, lower-case; None if nothing is left."""
    if value is None:
        return None
    text = trimmed(value if isinstance(value, str) else str(value))
    # An engine knows letters, not languages: a Greek word's last letter and a Turkish I are as any other.
    return (text.lower() if text.isascii() else "".join(letter.lower()[0] for letter in text)) or None


def as_identity(column: str) -> str:
    """The same in SQL; looking for space at an id's ends is faster than taking it away."""
    ends = " or ".join(f"contains('{_WHITE_SPACE}', {end}({column}, 1))" for end in ("left", "right"))
    return f"case when {ends} then lower(trim({column}, '{_WHITE_SPACE}')) else lower({column}) end"


@cache
def _short_ids() -> dict[int, tuple[re.Pattern[str], ShortIds]]:
    """Length → the ids of that length that a vendor writes in a longer form too."""
    forms = (vendor.short_ids for vendor in declared().values() if vendor.short_ids)
    return {each.length: (re.compile(each.pattern), each) for each in forms}


def customer(value: object) -> str | None:
    """An account's or contact's identifier as it is compared: a vendor's short form is its long one."""
    text = trimmed(value) if isinstance(value, str) else ""
    pattern, short = _short_ids().get(len(text), (None, None))
    if pattern is None or short is None or not pattern.fullmatch(text):
        return identity(value)
    return short.long(text)


def as_customer(column: str) -> str:
    """The same in SQL."""
    text = f"trim({column}, '{_WHITE_SPACE}')"
    forms = " ".join(
        f"when regexp_full_match({text}, '{short.pattern}') then {short.long_in_sql(text)}"
        for _, short in _short_ids().values()
    )
    return f"case {forms} else {as_identity(column)} end" if forms else as_identity(column)
