"""How people write ids, addresses and moments.

Belongs here: forms that every table has. Does not belong here: tables.
"""

from __future__ import annotations

import string
from datetime import datetime, timedelta
from random import Random
from typing import Final, TypeAlias

Row: TypeAlias = dict[str, object]
FIRST: Final = datetime(2022, 1, 1)
NOBODY: Final = ("n/a", "0", "-1", "anonymous", "${id}", "{{person}}", "unknown", "----", "00000")
_BLANKS: Final = ("", "", "", "", "", "", " ", "\t", "\u00a0", "\u3000", "\r", "\n")


def letters(drawn: Random, count: int) -> str:
    """Letters and digits of an id."""
    return "".join(drawn.choices(string.ascii_letters + string.digits, k=count))


def written_id(drawn: Random, identifier: str) -> str:
    """The id as somebody writes it: the long form of Salesforce's, capitals, blanks around."""
    if len(identifier) == 15 and identifier[:2] == "00" and identifier.isalnum():
        written = identifier + _check(identifier) if drawn.random() < 0.5 else identifier
    else:
        written = drawn.choice((identifier, identifier, identifier.lower(), identifier.upper()))
    return drawn.choice(_BLANKS) + written + drawn.choice(_BLANKS)


def _check(short: str) -> str:
    """The three letters that say which of an id's fifteen are capitals."""
    alphabet = string.ascii_uppercase + "012345"
    fives = (short[first : first + 5] for first in (0, 5, 10))
    return "".join(alphabet[sum(2**at for at, each in enumerate(five) if each.isupper())] for five in fives)


def moment(drawn: Random, first: datetime, last: datetime) -> datetime:
    """A moment between two; one of three lies on a boundary of a day, a month, a quarter or a year."""
    found = first + timedelta(seconds=drawn.randrange(int((last - first).total_seconds())))
    if drawn.random() < 0.34:
        found = found.replace(hour=0, minute=0, second=0)
        found = drawn.choice((found, found.replace(day=1), found.replace(month=1, day=1)))
        found -= timedelta(seconds=drawn.choice((0, 1)))
    return max(found, first)


def email(drawn: Random, number: int) -> str:
    """The address of a person, or one of nobody."""
    if number % 29 == 7:
        return drawn.choice(("noemail@noemail.example", "none@x.example", "@", "a@", "no-reply@x.example"))
    return drawn.choice(_BLANKS) + drawn.choice(("p", "P")) + f"{number}@daughter.example"
