"""Whole columns of JSON values to Arrow arrays, strictly: what a kind does not accept is found and left out.

Belongs here: what each `Kind` accepts. Does not belong here: records, quarantine rows (`arrow.py`).
"""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.tables import Kind, Reason

Array: TypeAlias = "pa.Array[Any]"

#: What a converter raises when a value does not fit.
UNFIT: Final = (pa.ArrowException, ValueError, TypeError, OverflowError)

_ALLOWED: Final[dict[Kind, frozenset[type]]] = {
    Kind.TEXT: frozenset({str}),
    Kind.DOUBLE: frozenset({int, float}),
    Kind.INTEGER: frozenset({int, float}),
    Kind.BOOLEAN: frozenset({bool}),
    Kind.BIT: frozenset({bool, int}),
    Kind.TIMESTAMP: frozenset({str}),
    Kind.TIMESTAMP_UTC: frozenset({str}),
    Kind.EPOCH: frozenset({int, float}),
    Kind.DATE: frozenset({str}),
    Kind.AMOUNT: frozenset({str}),
}
_MOMENTS: Final = frozenset({Kind.TIMESTAMP, Kind.TIMESTAMP_UTC, Kind.EPOCH, Kind.DATE})
_SECONDS_OF_YEARS_1_TO_9999: Final = (-62_135_596_800, 253_402_300_799)


def column_array(values: Sequence[Any], kind: Kind) -> tuple[Array, dict[int, str]]:
    """The values as an Arrow array of the kind's type, and the reason of each that does not fit."""
    bad: dict[int, str] = {}
    if _ALLOWED[kind] == {str}:  # what is no text fails to convert; the others are looked at before
        with suppress(*UNFIT):
            return _CONVERTERS[kind](values), bad
    if not set(map(type, values)) <= _ALLOWED[kind] | {type(None)}:
        allowed = _ALLOWED[kind] | {type(None)}
        bad = {at: Reason.WRONG_TYPE for at, value in enumerate(values) if type(value) not in allowed}
        values = [None if at in bad else value for at, value in enumerate(values)]
    array, unfit = divide(values, _CONVERTERS[kind])
    for at in unfit:
        bad[at] = _reason_of(values[at], kind)
    return array, bad


def divide(values: Sequence[Any], converter: Callable[[Sequence[Any]], Array]) -> tuple[Array, list[int]]:
    """Converts all at once or, when that fails, halves until only the values that do not fit are left.

    Returns the array, null where a value does not fit, and the places of those.
    """
    try:
        return converter(values), []
    except UNFIT:
        if len(values) == 1:
            return converter([None]), [0]
    middle = len(values) // 2
    left, bad_left = divide(values[:middle], converter)
    right, bad_right = divide(values[middle:], converter)
    return pa.concat_arrays([left, right]), [*bad_left, *(middle + at for at in bad_right)]


def storable(text: str) -> str:
    """The text itself, or with the code points that UTF-8 cannot hold written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def text_array(values: Sequence[Any]) -> Array:
    """Text, also of UTF-8 bytes; an exception where a value is none."""
    return pa.array(values, pa.string())


def no_moments(count: int) -> Array:
    """A column of moments of which none is known."""
    return pa.array([None] * count, Kind.TIMESTAMP.arrow)


def _as_double(values: Sequence[Any]) -> Array:
    array = pa.array(values, pa.float64())
    if pc.all(pc.is_finite(array)).as_py() is False:
        raise ValueError("not a finite number")
    return array


def _as_integer(values: Sequence[Any]) -> Array:
    # Arrow would cut a fraction off; beyond 2^53 a float no longer says which whole number it stands for.
    if float in set(map(type, values)) and any(
        type(value) is float and not (value.is_integer() and abs(value) <= 2**53) for value in values
    ):
        raise ValueError("not a whole number")
    return pa.array(values, pa.int64())


def _as_boolean(values: Sequence[Any]) -> Array:
    return pa.array(values, pa.bool_())


def _as_bit(values: Sequence[Any]) -> Array:
    if not set(values) <= {0, 1, None}:
        raise ValueError("neither 0 nor 1")
    return pa.array([None if value is None else value == 1 for value in values], pa.bool_())


def _moments(values: Sequence[Any], kind: pa.DataType) -> Array:
    texts = pa.array(values, pa.string())
    try:
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        if "" not in values:
            raise
    return _moments([value or None for value in values], kind)  # vendors write an unknown moment as ""


def _as_timestamp(values: Sequence[Any]) -> Array:
    return _moments(values, Kind.TIMESTAMP.arrow)


def _as_timestamp_utc(values: Sequence[Any]) -> Array:
    try:
        return _as_timestamp(values)
    except UNFIT:
        naive = _moments(values, pa.timestamp("us"))
        return naive.cast(pa.int64()).cast(Kind.TIMESTAMP_UTC.arrow)


def _as_epoch(values: Sequence[Any]) -> Array:
    low, high = _SECONDS_OF_YEARS_1_TO_9999
    if any(value is not None and not low <= value <= high for value in values):
        raise ValueError("not in the years 1 to 9999")
    return _as_integer(values).cast(pa.timestamp("s", tz="UTC")).cast(Kind.EPOCH.arrow)


def _as_date(values: Sequence[Any]) -> Array:
    return _moments(values, pa.date32())


def _as_amount(values: Sequence[Any]) -> Array:
    return pc.cast(pa.array(values, pa.string()), Kind.AMOUNT.arrow)


_CONVERTERS: Final[dict[Kind, Callable[[Sequence[Any]], Array]]] = {
    Kind.TEXT: text_array,
    Kind.DOUBLE: _as_double,
    Kind.INTEGER: _as_integer,
    Kind.BOOLEAN: _as_boolean,
    Kind.BIT: _as_bit,
    Kind.TIMESTAMP: _as_timestamp,
    Kind.TIMESTAMP_UTC: _as_timestamp_utc,
    Kind.EPOCH: _as_epoch,
    Kind.DATE: _as_date,
    Kind.AMOUNT: _as_amount,
}


def _reason_of(value: Any, kind: Kind) -> str:
    if type(value) is str and storable(value) != value:
        return Reason.UNDECODABLE
    if kind in _MOMENTS and not (type(value) is float and not math.isfinite(value)):
        return Reason.BAD_TIMESTAMP
    return Reason.WRONG_TYPE
