"""How identifiers compare, in Python and, for looking up by them, in the engine.

Belongs here: what makes two writings one id. Does not belong here: whose id it is (`identities`), or
reading it (`raw`).
"""

from __future__ import annotations

import re

_WHITE_SPACE = " \t\n\r\xa0\u3000"
#: Accounts begin with 001, contacts with 003, in every Salesforce.
_SHORT_ID = re.compile("00[13][0-9A-Za-z]{12}")
_CAPITALS = "abcdefghijklmnopqrstuvwxyz012345"


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


def customer(value: object) -> str | None:
    """An account's or contact's identifier as it is compared: Salesforce's short form is its long one.

    The fifteen letters and digits of the short form differ by case. The long form adds three, one for each
    five, from a to z and 0 to 5: its bits say which of the five are capitals, the first is the lowest.
    """
    text = trimmed(value) if isinstance(value, str) else ""
    if len(text) != 15 or not _SHORT_ID.fullmatch(text):
        return identity(value)
    fives = (text[:5], text[5:10], text[10:])
    bits = (sum(letter.isupper() << place for place, letter in enumerate(five)) for five in fives)
    return text.lower() + "".join(_CAPITALS[number] for number in bits)


def as_customer(column: str) -> str:
    """The same in SQL."""
    text = f"trim({column}, '{_WHITE_SPACE}')"
    bits = (
        " + ".join(
            f"(substring({text}, {first + place}, 1) between 'A' and 'Z')::int * {1 << place}"
            for place in range(5)
        )
        for first in (1, 6, 11)
    )
    letters = " || ".join(f"'{_CAPITALS}'[1 + {number}]" for number in bits)
    return (
        f"case when regexp_full_match({text}, '{_SHORT_ID.pattern}') then lower({text}) || {letters}"
        f" else {as_identity(column)} end"
    )
