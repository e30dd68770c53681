"""Identifiers as the vendors write them, from a counter: no state, no collisions.

Every identifier is unique also when upper and lower case are taken as one, because the warehouse compares
them so. Belongs here: shapes of identifiers. Does not belong here: which record gets which.
"""

from __future__ import annotations

import zlib
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_DIGITS: Final = np.frombuffer(b"0123456789abcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_CHECK: Final = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
_BODY: Final = 12
_MASK: Final = np.uint64(2**62 - 1)  # 2**62 < 36**12, so that every number fits the body
_ODD: Final = np.uint64(0x1D8E4E27C47D124F)


def _bodies(count: int, stream: str) -> NDArray[np.uint8]:
    """`count` distinct bodies of 12 letters and digits in mixed case, shape (count, 12)."""
    offset = np.uint64(zlib.crc32(stream.encode()) * 2_654_435_761)
    # An odd factor permutes the numbers below 2**62: distinct counters stay distinct.
    number = (np.arange(1, count + 1, dtype=np.uint64) * _ODD + offset) & _MASK
    case = number ^ (number >> np.uint64(23))
    body = np.empty((count, _BODY), dtype=np.uint8)
    for place in range(_BODY - 1, -1, -1):
        number, digit = np.divmod(number, np.uint64(36))
        letter = digit >= 10
        upper = letter & ((case >> np.uint64(place)) & np.uint64(1) == 1)
        body[:, place] = _DIGITS[digit.astype(np.int64)] - np.where(upper, 32, 0).astype(np.uint8)
    return body


def _strings(characters: NDArray[np.uint8]) -> pa.StringArray:
    count, width = characters.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    return pa.StringArray.from_buffers(
        count, pa.py_buffer(offsets.tobytes()), pa.py_buffer(characters.tobytes())
    )


def token_ids(prefix: str, count: int) -> pa.StringArray:
    """`count` identifiers such as Stripe's and Qualtrics': the prefix and 12 characters."""
    head = np.broadcast_to(np.frombuffer(prefix.encode(), dtype=np.uint8), (count, len(prefix)))
    return _strings(np.hstack([head, _bodies(count, prefix)]))


def salesforce_ids(prefix: str, count: int) -> pa.StringArray:
    """`count` Salesforce ids of 18 characters: object prefix, body, and the three that encode its case."""
    head = np.broadcast_to(np.frombuffer(prefix.encode(), dtype=np.uint8), (count, 3))
    plain = np.hstack([head, _bodies(count, prefix)])
    upper = (plain >= ord("A")) & (plain <= ord("Z"))
    weights = 1 << np.arange(5)
    check = np.stack([_CHECK[upper[:, at : at + 5] @ weights] for at in (0, 5, 10)], axis=1)
    return _strings(np.hstack([plain, check]))
