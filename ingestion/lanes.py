"""Chooses the lane of a block: the fast one if possible, the ordinary one for the few records that need it.

Lines that look odd go the ordinary way at once; a sign of oddity is looked for only after a first block was
refused because of it. A block that is refused all the same is divided, and only the parts that are refused
again go the ordinary way; where most are, the whole block does, because then dividing costs more than it
saves. Parts are not small: the fast lane is fast only with some hundred lines. Rows need not keep their
order, because `position` says it. See `native.py` and `arrow.py` for the lanes themselves.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
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


class Signs:
    """Pieces of text that mark a line for the ordinary lane. To look for all of them in everything takes a
    tenth of the fast lane's time, so only those that were met are looked for."""

    def __init__(self, signs: Iterable[bytes]) -> None:
        self._unmet = set(signs)
        self._met: set[bytes] = set()

    def places(self, block: Block) -> list[int]:
        """The lines with a sign that was met before."""
        found = [sign for sign in self._met if sign in block.data]
        return (
            [at for at, line in enumerate(block.lines) if any(sign in line for sign in found)]
            if found
            else []
        )

    def meet(self, block: Block) -> list[int]:
        """The lines of a refused block with any sign."""
        new = {sign for sign in self._unmet if sign in block.data}
        self._met |= new
        self._unmet -= new
        return self.places(block)


@lru_cache(maxsize=128)
def signs_of(*specs: TableSpec) -> Signs:
    """The signs of the tables that are read of the same lines."""
    return Signs(sign for spec in specs for sign in signs_of_text(spec))


def converted(spec: TableSpec, block: Block, constants: Mapping[str, Any]) -> Converted:
    """A block under a table's schema. `constants` give each record the same value."""
    return by_lane(
        block,
        lambda part: native_rows(spec, part, constants),
        lambda part: Converted(*convert_batch(spec, part.parsed(), constants)),
        signs_of(spec),
    )


def by_lane(block: Block, fast: Fast, ordinary: Ordinary, signs: Signs) -> Converted:
    """What `fast` makes of the block and `ordinary` of the parts it refuses and of lines with a sign."""
    suspect = signs.places(block)
    if not suspect:
        rows = fast(block)
        if rows is not None:
            return Converted(rows, NO_REJECTS)
        suspect = signs.meet(block)
        if not suspect:
            return together(_divided(block, fast, ordinary))
    odd = set(suspect)
    rest = chosen(block, [at for at in range(len(block)) if at not in odd])
    rows = fast(rest)
    made = _divided(rest, fast, ordinary) if rows is None else [Converted(rows, NO_REJECTS)]
    return together([*made, ordinary(chosen(block, suspect))])


def _divided(block: Block, fast: Fast, ordinary: Ordinary) -> list[Converted]:
    """A block that was refused as a whole."""
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


def chosen(block: Block, places: Sequence[int]) -> Block:
    """Some lines of a block."""
    lines, positions = [block.lines[at] for at in places], [block.positions[at] for at in places]
    return Block(lines, positions, block.origin, block.parse)


def together(made: Sequence[Converted]) -> Converted:
    """What was made of the parts of a block."""
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
