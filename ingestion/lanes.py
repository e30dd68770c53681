"""Which way a block goes: the fast lane where it can, the ordinary one for the few records that need it.

Lines that look odd go the ordinary way at once. A block that is refused all the same is divided, and only the
parts that are refused again go the ordinary way; where most are, the whole block does, because then dividing
costs more than it saves. Parts are not small: the fast lane is fast only with some hundred lines. Rows need
not keep their order, because `position` says it. See `native.py` and `arrow.py` for the lanes themselves.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

import pyarrow as pa

from ingestion.arrow import convert_batch
from ingestion.native import native_rows, signs_of_text
from ingestion.records import Block
from ingestion.tables import QUARANTINE_SCHEMA, TableSpec

_PARTS: Final = 8
_SMALLEST: Final = 200
NO_REJECTS: Final = QUARANTINE_SCHEMA.empty_table()


class Converted(NamedTuple):
    """Rows and quarantine rows; every record is in exactly one of the two."""

    rows: pa.Table
    rejects: pa.Table


Fast: TypeAlias = Callable[[Block], pa.Table | None]
Ordinary: TypeAlias = Callable[[Block], Converted]


def converted(spec: TableSpec, block: Block, constants: Mapping[str, Any]) -> Converted:
    """A block under a table's schema. `constants` give each record the same value."""
    return by_lane(
        block,
        lambda part: native_rows(spec, part, constants),
        lambda part: Converted(*convert_batch(spec, part.parsed(), constants)),
        signs_of_text(spec),
    )


def by_lane(block: Block, fast: Fast, ordinary: Ordinary, odd: Sequence[bytes]) -> Converted:
    """What `fast` makes of the block and `ordinary` of the parts which it refuses, and of lines that hold one
    of the `odd` pieces of text."""
    signs = [sign for sign in odd if sign in block.data]
    if not signs:
        return _together(_divided(block, fast, ordinary))
    suspect = {at for sign in signs for at, line in enumerate(block.lines) if sign in line}
    rest = _chosen(block, [at for at in range(len(block)) if at not in suspect])
    return _together([*_divided(rest, fast, ordinary), ordinary(_chosen(block, sorted(suspect)))])


def _divided(block: Block, fast: Fast, ordinary: Ordinary) -> list[Converted]:
    rows = fast(block)
    if rows is not None:
        return [Converted(rows, NO_REJECTS)]
    size = len(block) // _PARTS
    if size < _SMALLEST:
        return [ordinary(block)]
    parts = block.parts(size)
    tried = [fast(part) for part in parts]
    if 2 * sum(rows is None for rows in tried) > len(parts):
        return [ordinary(block)]
    return [
        Converted(rows, NO_REJECTS) if rows is not None else ordinary(part)
        for part, rows in zip(parts, tried, strict=True)
    ]


def _chosen(block: Block, places: Sequence[int]) -> Block:
    lines, positions = [block.lines[at] for at in places], [block.positions[at] for at in places]
    return Block(lines, positions, block.origin, block.parse)


def _together(made: Sequence[Converted]) -> Converted:
    return Converted(
        pa.concat_tables([each.rows for each in made]), pa.concat_tables([each.rejects for each in made])
    )


def joined(blocks: Sequence[Block]) -> Block:
    """Blocks of one parser as one; the origin is the first one's."""
    first = blocks[0]
    if len(blocks) == 1:
        return first
    lines = [line for block in blocks for line in block.lines]
    positions = [position for block in blocks for position in block.positions]
    return Block(lines, positions, first.origin, first.parse)


def each_with_its_own(blocks: Sequence[tuple[Block, Mapping[str, Any]]]) -> dict[str, list[Any]]:
    """The constants of blocks that are joined, as a value for each record."""
    return {
        name: [value for block, own in blocks for value in [own[name]] * len(block)] for name in blocks[0][1]
    }
