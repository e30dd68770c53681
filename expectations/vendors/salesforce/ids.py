"""Both forms of an account's or contact's id in Salesforce (docs/decisions/0022).

The fifteen letters and digits of the short form differ by case. The long form adds three, one for each five,
from a to z and 0 to 5: its bits say which of the five are capitals, the first is the lowest.
"""

from __future__ import annotations

from typing import Final

from expectations.declaring import ShortIds

_CAPITALS: Final = "abcdefghijklmnopqrstuvwxyz012345"


def long(text: str) -> str:
    """The long form of a short one, lower case."""
    fives = (text[:5], text[5:10], text[10:])
    bits = (sum(letter.isupper() << place for place, letter in enumerate(five)) for five in fives)
    return text.lower() + "".join(_CAPITALS[number] for number in bits)


def long_in_sql(text: str) -> str:
    """The same in SQL."""
    bits = (
        " + ".join(
            f"(substring({text}, {first + place}, 1) between 'A' and 'Z')::int * {1 << place}"
            for place in range(5)
        )
        for first in (1, 6, 11)
    )
    return f"lower({text}) || " + " || ".join(f"'{_CAPITALS}'[1 + {number}]" for number in bits)


#: Accounts begin with 001, contacts with 003, in every company.
SHORT_IDS: Final = ShortIds(15, "00[13][0-9A-Za-z]{12}", long, long_in_sql)
