"""Converts records to typed Arrow tables; what does not fit the declared table becomes a quarantine row.

Whole columns are converted at once; only a column that fails is halved until the bad values are found. So a
clean batch costs one pass, and a bad value affects only its own record. Nothing is
coerced: a score that comes as text is not a score, and `true` is not 1.

Knows nothing of vendors, dlt or where records come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.columns import Array, column_array, divide, storable, text_array
from ingestion.records import Batch, Unparsed, md5
from ingestion.tables import QUARANTINE_SCHEMA, Column, Reader, Reason, Source, TableSpec

_SHOWN: Final = 120


class _Misplaced:
    """Stands for a value whose surroundings have another shape than declared; fits no column."""

    def __repr__(self) -> str:
        return "a differently shaped value"


MISPLACED: Final = _Misplaced()


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
            storable(detail),
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


def convert_batch(
    spec: TableSpec, batch: Batch, constants: Mapping[str, Any] | None = None
) -> tuple[pa.Table, pa.Table]:
    """`(rows, rejects)`: the batch under `spec.schema` and under the quarantine's schema.

    Every record is in exactly one of the two. `constants` fill columns that have no source: a list gives
    each record its own value, anything else is every record's.
    """
    count = len(batch.records)
    problems: dict[int, tuple[str, str]] = {}
    for at, record in enumerate(batch.records):
        if type(record) is Unparsed:
            problems[at] = (record.reason, f"{spec.name}: {record.detail}")
        elif type(record) is not dict:
            problems[at] = (Reason.BAD_ROW_SHAPE, f"{spec.name}: the record is not a JSON object")
    records = (
        batch.records if not problems else [{} if at in problems else r for at, r in enumerate(batch.records)]
    )

    given: dict[str, list[Any]] = {}
    parents: dict[str, list[Any] | None] = {}
    arrays: dict[str, Array] = {}
    declared = (spec.version_at, *spec.columns) if spec.version_at else spec.columns
    for column in declared:
        filled = _filled(constants, column, count)
        values = extract(records, column.source, parents) if column.source else filled
        given[column.name] = values
        arrays[column.name], bad = column_array(values, column.kind)
        _note_problems(problems, spec, column, values, bad)

    payloads, bad_payloads = divide(batch.texts, text_array)
    for at in bad_payloads:
        problems.setdefault(at, (Reason.UNDECODABLE, f"{spec.name}: the record's text is not valid Unicode"))

    keep = [at for at in range(count) if at not in problems] if problems else range(count)
    record_ids = _record_ids(given, spec.record_id, keep)
    rejects = Rejects()
    for at, (reason, detail) in sorted(problems.items()):
        known = [given[name][at] for name in spec.record_id]
        identified = ":".join(known) if all(type(part) is str for part in known) else None
        rejects.add(spec.name, reason, detail, batch.positions[at], batch.origin, batch.texts[at], identified)

    hashes, positions = pa.array(batch.hashes, pa.string()), pa.array(batch.positions, pa.int64())
    if problems:
        kept = pa.array(keep, pa.int64())
        hashes, payloads, positions = hashes.take(kept), payloads.take(kept), positions.take(kept)
        arrays = {name: array.take(kept) for name, array in arrays.items()}
    record_id = pa.array(record_ids, pa.string())
    return row_table(spec, record_id, hashes, payloads, positions, arrays), rejects.table()


def row_table(
    spec: TableSpec,
    record_id: Array,
    hashes: Array,
    payloads: Array,
    positions: Array,
    arrays: Mapping[str, Array],
) -> pa.Table:
    """Rows under `spec.schema` of the spec's own columns (`version_at` among them where it has one)."""
    version_at = arrays.get("version_at", pa.nulls(len(hashes), pa.timestamp("us", tz="UTC")))
    columns = {
        **arrays,
        "record_id": record_id,
        "content_hash": hashes,
        "version_id": _version_id(spec, hashes, version_at),
        "version_at": version_at,
        "payload": payloads,
        "position": positions,
    }
    schema = spec.schema
    return pa.table([columns[name] for name in schema.names], schema=schema)


def extract(records: Sequence[Any], source: Source, parents: dict[str, list[Any] | None]) -> list[Any]:
    """The value of each record (an object) at a path, or what a reader makes of it.

    `parents` keeps the members that many columns are read from, `None` where one is not an object.
    """
    if callable(source):
        return [_read(source, record) for record in records]
    path = source if isinstance(source, tuple) else steps(source)
    if len(path) == 1:
        (key,) = path
        return [record.get(key) for record in records]
    outer, inner = path if len(path) == 2 else (0, 0)
    if isinstance(outer, str) and isinstance(inner, str):
        if outer not in parents:
            found = [record.get(outer) for record in records]
            parents[outer] = found if set(map(type, found)) <= {dict} else None
        held = parents[outer]
        if held is not None:
            return [parent.get(inner) for parent in held]
    return [dig(record, *path) for record in records]


def _filled(constants: Mapping[str, Any] | None, column: Column, count: int) -> list[Any]:
    constant = (constants or {}).get(column.name)
    return constant if type(constant) is list else [constant] * count


def steps(dotted: str) -> tuple[str | int, ...]:
    """A dotted path as keys and list places."""
    return tuple(int(step) if step.isdigit() else step for step in dotted.split("."))


def _read(reader: Reader, record: Any) -> Any:
    try:
        return reader(record)
    except (TypeError, ValueError, AttributeError, ArithmeticError, LookupError):
        return MISPLACED  # a shape the reader does not know: the column's type check rejects it


def _note_problems(
    problems: dict[int, tuple[str, str]],
    spec: TableSpec,
    column: Column,
    values: Sequence[Any],
    bad: Mapping[int, str],
) -> None:
    """Adds what is wrong in one column; the first column with a problem names the record's reason."""
    for at, reason in bad.items():
        problems.setdefault(at, (reason, _sentence(spec, column, values[at])))
    if column.required and None in values:
        for at, value in enumerate(values):
            if value is None:
                detail = f"{spec.name}.{column.name} is required and missing"
                problems.setdefault(at, (Reason.MISSING_REQUIRED, detail))


def _sentence(spec: TableSpec, column: Column, value: Any) -> str:
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return f"{spec.name}.{column.name} should be {column.kind.value} and is {shown}"


def _record_ids(given: Mapping[str, list[Any]], names: tuple[str, ...], keep: Sequence[int]) -> list[str]:
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
