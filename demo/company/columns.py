"""From numpy arrays to Arrow columns: small, vectorised, without a loop over records.

Belongs here: how a code, a moment or a text becomes a column. Does not belong here: any company fact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from demo.company.size import MISSING, Bools, Ints

Column: TypeAlias = "pa.Array[Any]"

# The published stubs know only some of the combinations of arrays and scalars that Arrow computes with.
arrow: Any = pa
compute: Any = pc


def moments(values: Ints) -> Column:
    """Seconds since 1970 (MISSING is null) as a UTC timestamp in microseconds."""
    gone = values == MISSING
    micros = np.where(gone, 0, values) * 1_000_000
    return pa.array(micros, mask=gone, type=pa.int64()).cast(pa.timestamp("us", tz="UTC"))


def picked(values: Column | Sequence[str], index: Ints) -> Column:
    """The value at each index, null where the index is negative."""
    source = values if isinstance(values, pa.Array) else pa.array(values, type=pa.string())
    return source.take(pa.array(index, mask=index < 0, type=pa.int64()))


def constant(value: str | bool | int | None, count: int, kind: pa.DataType) -> Column:
    """One value for every row."""
    column: Column = arrow.repeat(pa.scalar(value, type=kind), count)
    return column


def text_where(mask: Bools, yes: Column | str, no: Column) -> Column:
    """`yes` where the mask holds, `no` elsewhere."""
    column: Column = compute.if_else(pa.array(mask), yes, no)
    return column


def joined(*parts: Column | str) -> Column:
    """The parts of every row written one after another; null if one is."""
    column: Column = compute.binary_join_element_wise(*parts, "")
    return column


def numbers(values: Ints) -> Column:
    """Whole numbers as text."""
    return pa.array(values).cast(pa.string())


def untidy(ids: Column, style: Ints) -> Column:
    """Identifiers as people paste them: 1 upper case, 2 lower case, 3 spaces around, 4 the 15 characters of
    Salesforce's pages, others as they are."""
    tidy = text_where(style == 1, compute.utf8_upper(ids), ids)
    tidy = text_where(style == 4, compute.utf8_slice_codeunits(tidy, 0, 15), tidy)
    tidy = text_where(style == 2, compute.utf8_lower(ids), tidy)
    return text_where(style == 3, joined("  ", ids, " "), tidy)


def chosen(rng: np.random.Generator, count: int, share: float) -> Bools:
    """A mask that holds for about `share` of the rows."""
    return rng.random(count) < share


def every(count: int, share: float) -> Bools:
    """The same without chance: evenly, so that what is chosen after it stays as it was."""
    mask: Bools = np.arange(1, count + 1) % round(1 / share) == 0
    return mask
