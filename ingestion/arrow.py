"""Converts records to typed Arrow tables; what does not fit the declared table becomes a quarantine row.

Whole columns are converted at once; only a column that fails is halved until the bad values are found. So a
clean batch costs one pass, and a bad value affects only its own record. Nothing is
coerced: a score that comes as text is not a score, and `true` is not 1.

Knows nothing of vendors, dlt or where records come from.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from ingestion import masking
from ingestion.columns import Array, column_array, divide, no_moments, storable, text_array
from ingestion.records import Batch, Unparsed, md5
from ingestion.tables import LACKING, QUARANTINE_SCHEMA, Column, Reader, Reason, TableSpec

_SHOWN: Final = 120


class _Misplaced:
    """Stands for a value whose surroundings have another shape than declared; fits no column."""

    def __repr__(self) -> str:
        return "a differently shaped value"


MISPLACED: Final = _Misplaced()


class Converted(NamedTuple):
    """Rows and quarantine rows; every record is in exactly one of the two."""

    rows: pa.Table
    rejects: pa.Table


@dataclass
class Rejects:
    """Quarantine rows being gathered, column by column."""

    columns: dict[str, list[Any]] = field(
        default_factory=lambda: {name: [] for name in QUARANTINE_SCHEMA.names}
    )

    def add(
        self,
        table_name: str,
        reason: str,
        detail: str,
        position: int,
        origin: str,
        original_text: str,
        record_id: str | None = None,
    ) -> None:
        """One record that does not fit. Text that cannot be stored as UTF-8 is kept escaped."""
        text = storable(original_text)
        row = (
            table_name,
            None if record_id is None else storable(record_id),
            reason,
            masking.shown(storable(detail)),
            position,
            origin,
            text,
            md5(text),
        )
        for values, value in zip(self.columns.values(), row, strict=True):
            values.append(value)

    def __len__(self) -> int:
        return len(self.columns["reason"])

    def table(self) -> pa.Table:
        """The rows under the quarantine table's schema."""
        return pa.table(self.columns, schema=QUARANTINE_SCHEMA)


def dig(record: Any, *path: str | int) -> Any:
    """The value at a path of keys and list places; `None` where it is absent, `MISPLACED` where the
    surroundings are neither an object (for a key) nor a list (for a place)."""
    value = record
    for step in path:
        if value is None:
            return None
        if isinstance(step, int):
            if type(value) is not list:
                return MISPLACED
            value = value[step] if step < len(value) else None
        else:
            if type(value) is not dict:
                return MISPLACED
            value = value.get(step)
    return value


def convert_batch(spec: TableSpec, batch: Batch, constants: Mapping[str, Any] | None = None) -> Converted:
    """The batch under `spec.schema` and under the quarantine's schema.

    `constants` fill columns that have no source: a list gives each record its own value, anything else is
    every record's.
    """
    sent, batch = batch, batch.hide(spec, batch) if batch.hide else batch
    count = len(batch)
    problems: dict[int, tuple[str, str]] = {}
    declared = (spec.version_at, *spec.columns) if spec.version_at else spec.columns
    given = _values(spec, [column for column in declared if column.source], batch, problems)
    arrays: dict[str, Array] = {}
    for column in declared:
        if not column.source:
            given[column.name] = _filled(constants, column, count)
        values = given[column.name]
        arrays[column.name], bad = column_array(values, column.kind)
        _note_problems(problems, spec, column, values, bad, arrays[column.name])
        if column.asked and column.source and arrays[column.name].null_count:
            _note_unsaid(problems, spec, column, values, batch)

    payloads, bad_payloads = divide(batch.lines, text_array)
    for at in bad_payloads:
        problems.setdefault(at, (Reason.UNDECODABLE, f"{spec.name}: the record's text is not valid Unicode"))

    keep = [at for at in range(count) if at not in problems] if problems else range(count)
    record_ids = _record_ids(given, spec.record_id, keep)
    rejects = Rejects()
    for at, (reason, detail) in sorted(problems.items()):
        known = [given[name][at] for name in spec.record_id]
        identified = ":".join(known) if all(type(part) is str for part in known) else None
        place = batch.positions[at], batch.origins[at]
        rejects.add(spec.name, reason, detail, *place, sent.text(at), identified)

    hashes, positions = pa.array(batch.hashes, pa.string()), pa.array(batch.positions, pa.int64())
    if problems:
        kept = pa.array(keep, pa.int64())
        hashes, payloads, positions = hashes.take(kept), payloads.take(kept), positions.take(kept)
        arrays = {name: array.take(kept) for name, array in arrays.items()}
    version_at = arrays["version_at"] if spec.version_at else no_moments(len(hashes))
    columns = {
        **arrays,
        "record_id": pa.array(record_ids, pa.string()),
        "content_hash": hashes,
        "version_id": _version_id(spec, hashes, version_at),
        "version_at": version_at,
        "payload": payloads,
        "position": positions,
    }
    schema = spec.schema
    return Converted(pa.table([columns[name] for name in schema.names], schema=schema), rejects.table())


def together(made: Sequence[Converted]) -> Converted:
    """What was made of several batches, or of one batch in several readings."""
    rows, rejects = zip(*made, strict=True)
    return Converted(pa.concat_tables(rows), pa.concat_tables(rejects))


class _Reading:
    """How the values of columns are taken out of a record: members of one object together, which is faster
    than one by one."""

    def __init__(self, columns: Sequence[Column]) -> None:
        members: dict[tuple[str | int, ...], list[tuple[str, str]]] = defaultdict(list)
        readers: list[tuple[str, Reader]] = []
        for column in columns:
            path = () if callable(column.source) else steps(column.source)
            if callable(column.source):
                readers.append((column.name, column.source))
            elif isinstance(path[-1], str):
                members[path[:-1]].append((column.name, path[-1]))
            else:
                readers.append((column.name, partial(_at, path)))
        self._members = [(path, tuple(key for _, key in found)) for path, found in members.items()]
        self._readers = [reader for _, reader in readers]
        self.names = [name for found in members.values() for name, _ in found]
        self.names += [name for name, _ in readers]

    def values(self, record: dict[str, Any]) -> list[Any]:
        """The values in the order of `names`."""
        row: list[Any] = []
        for path, keys in self._members:
            parent = dig(record, *path) if path else record
            if type(parent) is dict:
                row += map(parent.get, keys)
            else:
                row += (None if parent is None else MISPLACED,) * len(keys)
        for reader in self._readers:
            try:
                row.append(reader(record))
            except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError):
                row.append(MISPLACED)  # a shape the reader does not know: the column's type check rejects it
        return row


def steps(path: str | tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A path, dotted or not, as keys and list places."""
    if isinstance(path, tuple):
        return path
    return tuple(int(step) if step.isdigit() else step for step in path.split("."))


def _at(path: tuple[str | int, ...], record: Any) -> Any:
    return dig(record, *path)


def _values(
    spec: TableSpec, columns: Sequence[Column], batch: Batch, problems: dict[int, tuple[str, str]]
) -> dict[str, Sequence[Any]]:
    """Each column's values, none where a record is no object, which is noted. A record is done with before
    the next is parsed."""
    reading, rows = _Reading(columns), []
    for at, record in enumerate(batch.records):
        if type(record) is dict:
            rows.append(reading.values(record))
            continue
        if type(record) is Unparsed:
            problems[at] = (record.reason, f"{spec.name}: {record.detail}")
        else:
            problems[at] = (Reason.BAD_ROW_SHAPE, f"{spec.name}: the record is not a JSON object")
        rows.append([None] * len(reading.names))
    found = zip(*rows, strict=True) if rows else [()] * len(reading.names)
    return dict(zip(reading.names, found, strict=True))


def _filled(constants: Mapping[str, Any] | None, column: Column, count: int) -> list[Any]:
    constant = (constants or {}).get(column.name)
    return constant if type(constant) is list else [constant] * count


def _note_problems(
    problems: dict[int, tuple[str, str]],
    spec: TableSpec,
    column: Column,
    values: Sequence[Any],
    bad: Mapping[int, str],
    array: Array,
) -> None:
    """Adds what is wrong in one column; the first column with a problem names the record's reason. Nothing is
    also what a vendor writes as an empty text where others write a moment."""
    for at, reason in bad.items():
        problems.setdefault(at, (reason, _sentence(spec, column, values[at])))
    is_id = column.name in spec.record_id
    if column.required and (array.null_count > len(bad) or (is_id and "" in values)):
        for at, value in enumerate(array.to_pylist()):
            if value is None or (is_id and value == ""):
                detail = f"{spec.name}.{column.name}{LACKING}"
                problems.setdefault(at, (Reason.MISSING_REQUIRED, detail))


def _note_unsaid(
    problems: dict[int, tuple[str, str]],
    spec: TableSpec,
    column: Column,
    values: Sequence[Any],
    batch: Batch,
) -> None:
    """Adds the records whose text does not have a column's field: what it holds is unknown, and not empty."""
    assert not callable(column.source)
    key = f'"{steps(column.source)[-1]}"'.encode()
    for at, value in enumerate(values):
        if value is None and key not in batch.lines[at]:
            problems.setdefault(at, (Reason.MISSING_REQUIRED, f"{spec.name}.{column.name}{LACKING}"))


def _sentence(spec: TableSpec, column: Column, value: Any) -> str:
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return f"{spec.name}.{column.name} should be {column.kind.value} and is {shown}"


def _record_ids(given: Mapping[str, Sequence[Any]], names: tuple[str, ...], keep: Sequence[int]) -> list[str]:
    if len(names) == 1:
        values = given[names[0]]
        return [values[at] for at in keep]
    return [
        ":".join(parts) for parts in zip(*([given[name][at] for at in keep] for name in names), strict=True)
    ]


def _version_id(spec: TableSpec, hashes: Array, version_at: Array) -> Array:
    compute: Any = pc  # the stubs know no mix of arrays and scalars
    if spec.reading:
        hashes = compute.binary_join_element_wise(hashes, str(spec.reading), "@")
    if spec.versioned_by_payload:
        return hashes
    moments = compute.strftime(version_at, format="%Y-%m-%dT%H:%M:%SZ")
    dated: Array = compute.coalesce(compute.binary_join_element_wise(hashes, moments, "@"), hashes)
    if spec.reading:
        dated = compute.binary_join_element_wise(dated, f"@{spec.reading}", "")
    return dated
