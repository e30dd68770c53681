"""The fast lane: whole blocks of JSON lines to typed columns by Arrow's own parser, without Python objects.

It accepts only what is beyond doubt. A block with anything that does not fit, or that the two parsers might
read differently, takes the ordinary lane (`arrow.convert_batch`), which finds the record and the reason. So
both lanes give the same rows, and rejects come from one lane alone; tests/ingestion/ test_native.py proves
it. Refusing costs one more pass, so a guard may be broader than what it guards against.
"""

import io
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json

from ingestion.arrow import row_table, steps
from ingestion.columns import UNFIT, Array, column_array
from ingestion.records import Block
from ingestion.tables import Column, Computed, Kind, TableSpec

_compute: Final[Any] = pc  # the stubs know no mix of arrays and scalars

#: What each kind is read as; moments, dates and amounts come as text. A table with another kind is refused.
_READ_AS: Final = {
    Kind.TEXT: pa.string(),
    Kind.TIMESTAMP: pa.string(),
    Kind.DATE: pa.string(),
    Kind.AMOUNT: pa.string(),
    Kind.DOUBLE: pa.float64(),
    Kind.INTEGER: pa.int64(),
    Kind.EPOCH: pa.int64(),
    Kind.BIT: pa.int64(),
    Kind.BOOLEAN: pa.bool_(),
}
_FROM_TEXT: Final = frozenset({Kind.TIMESTAMP, Kind.DATE})
_EXACT_WHOLE: Final = float(2**53)
_SECONDS_OF_YEARS_1_TO_9999: Final = pa.scalar(-62_135_596_800), pa.scalar(253_402_300_799)

# Arrow's parser reads `Inf`, which no other does, and has no limit on depth or on digits.
_BARE: Final = re.compile(rb"(?:NaN|Inf(?:inity)?)\s*[,}\]]")
_MANY_DIGITS: Final = re.compile(rb"\d{4000}")
_DEEPEST: Final = 500


class _RefusedError(Exception):
    """The block is for the other lane."""


Path: TypeAlias = tuple[str | int, ...]


class _Reading(NamedTuple):
    """A table's schema as it is parsed, and each column's paths in it: one, or those it is computed of."""

    schema: pa.Schema
    paths: dict[str, list[Path]]


def native_rows(spec: TableSpec, block: Block, constants: Mapping[str, Any] | None = None) -> pa.Table | None:
    """The block's rows under `spec.schema`, in order, or `None` when it is for the other lane.

    `constants` are as in `convert_batch`.
    """
    reading = _reading(spec)
    if reading is None:
        return None
    try:
        return _converted(spec, reading, block, constants or {})
    except (_RefusedError, *UNFIT):
        return None


def signs_of_text(spec: TableSpec) -> tuple[bytes, ...]:
    """What a line holds where a vendor wrote text in place of a number; the commonest reason for refusal."""
    reading = _reading(spec)
    numbers = [] if reading is None else [each for each in _declared(spec) if each.name in reading.paths]
    return tuple(
        json.dumps(path[-1]).encode() + b':"'
        for each in numbers
        if reading is not None and _READ_AS[each.kind] != pa.string()
        for path in reading.paths[each.name]
    )


@lru_cache(maxsize=128)
def _reading(spec: TableSpec) -> _Reading | None:
    """How a table is parsed; `None` when a column is a function of the whole record."""
    tree: dict[str | int, Any] = {}
    paths: dict[str, list[Path]] = {}
    for column in _declared(spec):
        if not column.source:
            continue
        found = _paths(column)
        if not found or column.kind not in _READ_AS:
            return None
        for path in found:
            branch = tree
            for key in path[:-1]:
                branch = branch.setdefault(key, {})
                if not isinstance(branch, dict):
                    return None  # both a value and an object
            if branch.setdefault(path[-1], _read_as(column, path)) != _read_as(column, path):
                return None
        paths[column.name] = found
    try:
        return _Reading(pa.schema(_fields(tree)), paths)
    except TypeError:
        return None  # both an object and a list


def _read_as(column: Column, path: Path) -> Any:
    """The type of what stands at a path; of several paths the last may hold a list."""
    source = column.source
    if isinstance(source, Computed) and source.holds is not None and path == steps(source.paths[-1]):
        return source.holds
    return _READ_AS[column.kind]


def _declared(spec: TableSpec) -> list[Column]:
    return [*([spec.version_at] if spec.version_at else []), *spec.columns]


def _paths(column: Column) -> list[Path]:
    if isinstance(column.source, Computed):
        return [steps(path) for path in column.source.paths]
    if callable(column.source):
        return []
    return [column.source if isinstance(column.source, tuple) else steps(column.source)]


def _fields(tree: dict[str | int, Any]) -> list[Any]:
    return [pa.field(key, _type(held)) for key, held in tree.items()]  # type: ignore[arg-type]


def _type(held: Any) -> Any:
    if not isinstance(held, dict):
        return held
    places = {key: inner for key, inner in held.items() if isinstance(key, int)}
    if not places:
        return pa.struct(_fields(held))
    if len(places) < len(held) or len(places) > 1:
        raise TypeError("more than one place of a list, or a key of one")
    return pa.list_(_type(*places.values()))


def _converted(spec: TableSpec, reading: _Reading, block: Block, constants: Mapping[str, Any]) -> pa.Table:
    parsed = _parsed(reading.schema, block)
    arrays: dict[str, Array] = {}
    known: dict[Path, Array] = {}
    for column in _declared(spec):
        if column.source:
            values = [_at(parsed, path, known) for path in reading.paths[column.name]]
            found = column.source.of_columns(*values) if isinstance(column.source, Computed) else values[0]
        else:
            constant = constants.get(column.name)
            given = constant if type(constant) is list else [constant] * len(block)
            found, bad = column_array(given, column.kind)
            _require(not bad)
        _require(not (column.required and found.null_count))
        arrays[column.name] = _as_kind(found, column.kind) if column.source else found
    ids = [arrays[name] for name in spec.record_id]
    _require(all(array.type == pa.string() and not array.null_count for array in ids))
    record_id = ids[0] if len(ids) == 1 else _compute.binary_join_element_wise(*ids, ":")
    return row_table(spec, record_id, block.hashes, block.payloads, pa.array(block.positions), arrays)


def _parsed(schema: pa.Schema, block: Block) -> pa.Table:
    """One row a line.

    Where an object ends a line and another begins the next, no JSON value can go on; so as many objects as
    lines means one object a line.
    """
    data = block.data
    _require(data.count(b"\n") == len(block) - 1 and b"\0" not in data)
    _require(all(line[:1] == b"{" and line[-1:] == b"}" for line in block.lines))
    _require(not _has_bare(data, b"NaN") and not _has_bare(data, b"Inf"))
    for line in block.lines:
        if len(line) > 2 * _DEEPEST:
            _require(line.count(b"[") + line.count(b"{") < _DEEPEST)
            _require(len(line) < 4_000 or not _MANY_DIGITS.search(line))
    block.payloads.validate(full=True)  # UTF-8
    table = pa.json.read_json(
        io.BytesIO(data),
        read_options=pa.json.ReadOptions(use_threads=False, block_size=len(data) + 1),
        parse_options=pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
    )
    _require(table.num_rows == len(block))
    return table


def _has_bare(data: bytes, word: bytes) -> bool:
    """Whether a number that is none may stand there outside of a string."""
    at = data.find(word)
    while at >= 0:
        if data[at - 1 : at] in b":,[- \t\r" and _BARE.match(data, at):
            return True
        at = data.find(word, at + 1)
    return False


def _at(table: pa.Table, path: Path, known: dict[Path, Array]) -> Array:
    """The values at a path; null where a parent is, or a list has no such place. `known` keeps what was taken
    apart for other paths."""
    if path not in known:
        *outer, last = path
        if not outer:
            known[path] = table[last].combine_chunks()
        else:
            parent: Any = _at(table, tuple(outer), known)
            if isinstance(last, int):
                is_there = _compute.greater(parent.value_lengths(), last)
                places = _compute.add(parent.offsets.slice(0, len(parent)), last)
                known[path] = parent.values.take(_compute.if_else(is_there, places, None))
            else:
                for member, values in zip(parent.type, parent.flatten(), strict=True):
                    known[*outer, member.name] = values
    return known[path]


def _as_kind(array: Array, kind: Kind) -> Array:
    """Values as they were read, as the kind; raises where one may be none."""
    if kind is Kind.DOUBLE:
        _require(_holds(_compute.less(_compute.abs(array), _EXACT_WHOLE)))
        values = array.drop_null().to_numpy()
        _require(not np.signbit(values[values == 0]).any())  # a whole -0 has no sign
        return array
    if kind is Kind.BIT:
        _require(_holds(_compute.is_in(array, value_set=pa.array([0, 1, None], pa.int64()))))
        bits: Array = _compute.equal(array, 1)
        return bits
    if kind is Kind.EPOCH:
        low, high = _SECONDS_OF_YEARS_1_TO_9999
        _require(_holds(_compute.and_(_compute.greater_equal(array, low), _compute.less_equal(array, high))))
        moments: Array = array.cast(pa.timestamp("s", tz="UTC")).cast(kind.arrow)
        return moments
    if kind in _FROM_TEXT:
        # Vendors write an unknown moment as "".
        known = _compute.if_else(_compute.equal(array, ""), pa.scalar(None, pa.string()), array)
        array = pc.cast(known, kind.arrow)
    return array if array.type == kind.arrow else pc.cast(array, kind.arrow)


def _holds(condition: Array) -> bool:
    return pc.all(condition, min_count=0).as_py() is not False


def _require(condition: bool) -> None:
    if not condition:
        raise _RefusedError
