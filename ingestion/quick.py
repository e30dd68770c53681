"""The quick way to the strings of a record: parsed values are looked at, and replaced in text and record.

It is taken where that cannot go wrong: the text has no escapes and no key twice (its strings are as many as
the record's), and a string that is replaced stands nowhere else. Others are gone through string by string.

Belongs here: finding and replacing. Does not belong here: what is personal (`hiding.py`).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

#: Shorter texts in one word are looked at no closer.
_LONG: Final = 60


class Judge(Protocol):
    """What says of a key whether its strings stay, whatever they are, or are looked at one by one."""

    def __call__(self, key: str) -> bool | None:
        """False: they stay. True: they are hidden. None: it depends on the text."""
        ...


class Keys(dict[str, bool | None]):
    """What a judge said of each key that has come."""

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self._judge = judge

    def __missing__(self, key: str) -> bool | None:
        said = self[key] = self._judge(key)
        return said


def replaced(
    line: bytes, record: Any, keys: Keys, between: frozenset[str], hide: Callable[[str, str], str]
) -> bytes | None:
    """The text with what `hide` makes of a key and its string; the record is changed in its place and says
    the same. None where this is not the way. `between` are keys that stand for the one above them."""
    if type(record) is not dict or b"\\" in line:
        return None
    changed: list[tuple[Any, Any, str, str]] = []

    def walk(value: Any, above: str) -> int:
        strings = 0
        is_object = type(value) is dict
        members: Iterable[tuple[Any, Any]] = value.items() if is_object else enumerate(value)
        for name, each in members:
            key = above if not is_object or name in between else name
            strings += is_object
            kind = type(each)
            if kind is str:
                strings += 1
                hidden = keys[key]
                if hidden is False or (hidden is None and _is_plain(each)):
                    continue
                token = hide(key, each)
                if token is not each:
                    changed.append((value, name, each, token))
            elif kind is dict or kind is list:
                strings += walk(each, key)
        return strings

    if line.count(b'"') != 2 * walk(record, ""):
        return None
    for (text, token), times in Counter((text, token) for _, _, text, token in changed).items():
        written = b'"%b"' % text.encode()
        if line.count(written) != times or not token.isascii():
            return None
        line = line.replace(written, b'"%b"' % token.encode())
    for holder, place, _, token in changed:
        holder[place] = token
    return line


def _is_plain(text: str) -> bool:
    """Whether a text is a short word, which is no address."""
    return (
        text.isascii()
        and len(text) < _LONG
        and " " not in text
        and "@" not in text
        and not (text[:1].isdigit() and text.count(".") == 3)
    )
