"""Which ids and addresses name nobody: what people and systems write where they know no one.

Belongs here: what is a placeholder, in Python and, for looking up, in the engine. Does not belong here: how
ids compare (`ids`), or whose they are (`identities`). Written from docs/decisions/0029, not from the models.
"""

from __future__ import annotations

import re

_MARKS = r"[-_./#?*()\[\]<>:,+|!~ ]"
_UNFILLED = r"(?:[$][{]|[{][{]|[{]!|%%|\[\[|<%|[*][|]).*"
_WORDS = (
    *("na", "nan", "nil", "none", "null", "undefined", "unknown", "unbekannt", "inconnu", "desconocido"),
    *("anon", "anonym", "anonyme", "anonymous", "anonimo", "anónimo", "guest", "missing"),
    *("notapplicable", "notavailable", "notprovided"),
)
_MAILBOXES = (
    *("anonym", "anonyme", "anonymous", "none", "null", "undefined", "unknown"),
    *("donotreply", "noemail", "nomail", "noreply"),
)
#: No word of the list, with the marks around it, is longer.
_LONGEST = 19


def _spelled(words: tuple[str, ...], between: str) -> str:
    """The words, with `between` before, after and within them."""
    return between + f"(?:{'|'.join(between.join(word) for word in words)})" + between


#: The same text is a pattern for Python and for the engine.
_NO_ID = rf"{_UNFILLED}|(?:0|{_MARKS})*|-[0-9]+"
_NO_ID_WORD = _spelled(_WORDS, f"{_MARKS}*")
_NO_MAILBOX = _spelled(_MAILBOXES, "[-_.]*") + "@.*"
_ADDRESS = "[^@]+@.*[^@]"
_no_id, _no_id_word = re.compile(_NO_ID, re.DOTALL), re.compile(_NO_ID_WORD)
_no_mailbox, _address = re.compile(_NO_MAILBOX, re.DOTALL), re.compile(_ADDRESS, re.DOTALL)
_unfilled = re.compile(_UNFILLED, re.DOTALL)


def known(identifier: str | None) -> str | None:
    """An identity, or None where it is a placeholder."""
    if identifier is None or _no_id.fullmatch(identifier):
        return None
    is_word = len(identifier) <= _LONGEST and _no_id_word.fullmatch(identifier)
    return None if is_word else identifier


def address(email: str | None) -> str | None:
    """An identity that is the e-mail address of one person, or None."""
    if email is None or not _address.fullmatch(email):
        return None
    return None if _unfilled.fullmatch(email) or _no_mailbox.fullmatch(email) else email


def as_known(identifier: str) -> str:
    """`known` in SQL."""
    return (
        f"case when regexp_full_match({identifier}, '{_NO_ID}', 's') then null"
        f" when length({identifier}) <= {_LONGEST}"
        f" and regexp_full_match({identifier}, '{_NO_ID_WORD}') then null"
        f" else {identifier} end"
    )


def as_address(email: str) -> str:
    """`address` in SQL."""
    return (
        f"case when regexp_full_match({email}, '{_ADDRESS}', 's')"
        f" and not regexp_full_match({email}, '{_UNFILLED}|{_NO_MAILBOX}', 's') then {email} end"
    )
