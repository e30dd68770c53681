"""Vendors' payloads as columns: the values at declared paths, in the types that raw has.

The second reading and the recount read vendors' records with it, the loaders do not.

Belongs here: following a path, and what a text means. Does not belong here: which column is at which path
(`vendors`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from expectations.declaring import Field, Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FLAGS: Mapping[Any, bool | None] = {1: True, 0: False, "true": True, "false": False, "": None}


def parsed(text: str) -> Any:
    """A payload as Python objects. What orjson refuses (half a surrogate pair, NaN) concerns one value."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


class Payloads:
    """Parsed payloads, from which whole columns are taken."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._at: dict[tuple[str, ...], list[Any]] = {(): list(map(parsed, texts))}

    def values(self, field: Field) -> list[Any]:
        """The values of a field, as raw holds them: moments as microseconds since 1970."""
        first, *others = map(self._found, field.steps)
        if field.kind is Kind.WORDS:
            return [" ".join(filter(None, words)) or None for words in zip(first, *others, strict=True)]
        for other in others:
            first = [another if value is None else value for value, another in zip(first, other, strict=True)]
        if field.kind is Kind.ANY_BIT:
            return [int(value or 0) & field.bits > 0 for value in first]
        if field.kind is Kind.ANY_WORD:
            return [value in field.words for value in first]
        typed = field.read or _TYPED.get(field.kind)
        return list(map(typed, first)) if typed else first

    def _found(self, path: tuple[str, ...]) -> list[Any]:
        """What is at a path of keys and list places; nothing where there is no such path."""
        if path not in self._at:
            *outer, key = path
            held = self._found(tuple(outer))
            if key.isdigit():
                place = int(key)
                found = [
                    each[place] if isinstance(each, list) and place < len(each) else None for each in held
                ]
            elif set(map(type, held)) == {dict}:
                found = [each.get(key) for each in held]
            else:
                found = [each.get(key) if isinstance(each, dict) else None for each in held]
            self._at[path] = found
        return self._at[path]


@lru_cache(200_000)
def _moment(text: Any) -> Any:
    """Microseconds since 1970, of UTC where no zone is named; a text that is no moment is left as it is."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return text
    return found and ((found if found.tzinfo else found.replace(tzinfo=UTC)) - _EPOCH) // _MICROSECOND


def _flag(value: Any) -> Any:
    """True and false, which some write as 1 and 0, others as texts, which may be empty."""
    return _FLAGS.get(value, value) if isinstance(value, int | str) else value


def _contrary(value: Any) -> Any:
    return not value if isinstance(value, bool) else value


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _seconds(value: Any) -> Any:
    return value * 1_000_000 if isinstance(value, int | float) else value


@lru_cache(200_000)
def _day(text: Any) -> Any:
    try:
        return date.fromisoformat(text) if text else None
    except (TypeError, ValueError):
        return text


def _text(value: Any) -> str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # also beyond 64 bits, where JSON's writer ends
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()


_TYPED: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.FLAG: _flag,
    Kind.CONTRARY: _contrary,
    Kind.MOMENT: _moment,
    Kind.NUMBER: _number,
    Kind.SECONDS: _seconds,
    Kind.DAY: _day,
    Kind.TEXT: _text,
}
