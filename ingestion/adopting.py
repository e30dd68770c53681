"""Raw of a release that had no vault: what its rows are with tokens, and what these mean, sealed.

A payload goes through the filter at the door (`hiding.py`), personal columns become the same tokens, and hash
and version are those of the new payload: a record that a source sends again is the version that is there.
Quarantine, withdrawals and shared versions name rows by hash and version, so they follow. How many rows there
are, and whatever is no text of a person, stays as it is.

Belongs here: rows. Does not belong here: the working file (`orchestration.adopting`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ingestion import landing, load, registry, warehouse
from ingestion.errors import ConfigurationError, SourceError
from ingestion.files.hiding import fields_of, kept
from ingestion.files.intake import SHARED, WITHDRAWALS
from ingestion.files.mapping import Mapping as FileMapping
from ingestion.files.mapping import mapping_path
from ingestion.files.mapping_checks import read_mapping
from ingestion.files.tables import FILE_TABLES
from ingestion.hiding import Fields, Hiding, declared_fields, hiding
from ingestion.records import md5
from ingestion.tables import PERSONAL, QUARANTINE, TableSpec
from vault.store import Entry

_BATCH: Final = 20_000
_FILES: Final = "files"
#: The catalog of what is converted, in the connection that copies.
_MADE: Final = "adopting"
_EARLIER: Final = "earlier"
_OWN: Final = frozenset(("content_hash", "payload"))
#: Columns that say nothing of which key they were read from.
_TOLD: Final = frozenset(("content_hash", "version_id", "version_before", "payload", "_dlt_load_id"))
_KEY: Final = "(md5_number_lower({0}.record_id || chr(31) || {0}.{1}) >> 1)::bigint"


class Adoption:
    """Converts the raw tables of the file that is the catalog `earlier`, one schema after the other.

    `scratch` is a file for what is converted; whoever calls removes it. `rows` counts what was converted.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._done: set[str] = set()
        self.rows = 0

    def query(self, connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
        """The rows that a table gets in the new file, in the order of its columns."""
        source = schema.removeprefix("raw_")
        if source == schema:
            return f'select * from {_EARLIER}."{schema}"."{table}"'
        if schema not in self._done:
            self._convert(connection, schema, source)
            self._done.add(schema)
        names = _columns(connection, schema)
        place = f'{_EARLIER}."{schema}"."{table}"'
        if names[table] >= _OWN or table == QUARANTINE:
            return f'select {", ".join(_in_order(connection, place))} from {_MADE}."{schema}"."{table}"'
        if table == WITHDRAWALS:
            return f"""
                select earlier.* replace (
                    coalesce(versions.after, earlier.version_id) as version_id,
                    coalesce(hashes.after, earlier.original_hash) as original_hash
                )
                from {place} as earlier
                left join {_MADE}.{source}_versions as versions
                    on earlier.table_name = versions.table_name and earlier.record_id = versions.record_id
                        and earlier.version_id = versions.before
                left join {_MADE}.{source}_hashes as hashes
                    on earlier.table_name = hashes.table_name and earlier.origin = hashes.origin
                        and earlier.original_hash = hashes.before
            """
        if table == SHARED:
            before, after = (_KEY.format("versions", name) for name in ("before", "after"))
            return f"""
                select earlier.* replace (coalesce({after}, earlier.version_key) as version_key)
                from {place} as earlier
                left join {_MADE}.{source}_versions as versions
                    on earlier.table_name = versions.table_name and earlier.version_key = {before}
            """
        return f"select * from {place}"

    def _convert(self, connection: duckdb.DuckDBPyConnection, schema: str, source: str) -> None:
        connection.execute(f"attach if not exists '{_quoted(self._scratch)}' as {_MADE}")
        connection.execute(f'create schema if not exists {_MADE}."{schema}"')
        for name, place in (("versions", "record_id"), ("hashes", "origin")):
            connection.execute(
                f"create or replace table {_MADE}.{source}_{name}"
                f" (table_name varchar, {place} varchar, before varchar, after varchar)"
            )
        specs = _specs(source)
        for table, columns in _columns(connection, schema).items():
            made = f'{_MADE}."{schema}"."{table}"'
            if columns >= _OWN:
                hidden = _Rows(source, table, specs.get(table))
                self._written(connection, schema, table, hidden.converted)
                connection.execute(_TWINS.format(made))
                connection.execute(
                    f"insert into {_MADE}.{source}_versions"
                    f" select ?, record_id, version_before, version_id from {made}",
                    [table],
                )
            elif table == QUARANTINE:
                self._written(connection, schema, table, lambda rows: _rejects(source, rows))
                connection.execute(
                    f"insert into {_MADE}.{source}_hashes"
                    f" select distinct table_name, origin, hash_before, original_hash from {made}"
                )

    def _written(
        self,
        connection: duckdb.DuckDBPyConnection,
        schema: str,
        table: str,
        converted: Callable[[pa.Table], pa.Table],
    ) -> None:
        place, is_new = f'{_MADE}."{schema}"."{table}"', True
        reader = connection.cursor().execute(f'select * from {_EARLIER}."{schema}"."{table}"')
        for rows in _parts(reader):
            made = converted(rows)
            connection.register("converted", made)
            begin = f"create table {place} as" if is_new else f"insert into {place}"
            connection.execute(f"{begin} select * from converted")
            connection.unregister("converted")
            self.rows, is_new = self.rows + made.num_rows, False


#: Two texts of one address have one token: versions that differed in nothing else are told apart once more.
_TWINS: Final = """
    update {0} as made set version_id = made.version_id || '@again' || twins.number
    from (
        select
            rowid as place,
            row_number() over (partition by record_id, version_id order by _dlt_load_id, position) as number
        from {0}
    ) as twins
    where made.rowid = twins.place and twins.number > 1
"""


class _Rows:
    """The rows of one raw table that holds records."""

    def __init__(self, source: str, table: str, spec: TableSpec | None) -> None:
        self._source, self._table, self._spec = source, table, spec
        self._hiding = _hiding(source, table)
        self._of_file = lru_cache(1_000)(self._of_a_file)

    def converted(self, rows: pa.Table) -> pa.Table:
        """Rows with tokens, and `version_before`; what the tokens mean is sealed."""
        made = {name: rows[name].to_pylist() for name in rows.column_names}
        made["version_before"] = list(made["version_id"])
        if not (self._spec and self._spec.is_of_the_company):
            sealed: list[Entry] = []
            for at in range(rows.num_rows):
                sealed += self._hide(made, at)
            self._hiding.seal(sealed)
        schema = rows.schema.append(pa.field("version_before", pa.string()))
        return pa.table(made, schema)

    def rejected(self, rows: pa.Table) -> pa.Table:
        """Quarantine rows. Of files, the door hides the cells first, and then the row that they make."""
        if self._source == _FILES:
            made = rows.to_pylist()
            for row in made:
                fields, stays = self._of_file(row["origin"])
                text, meant = row["original_text"], list[tuple[str, str]]()
                if text.startswith("{"):
                    text, meant = self._hiding.text(fields, text, stays)
                self._hiding.seal(Entry(row["record_id"] or row["origin"], *each) for each in meant)
                if row["original_hash"] == md5(row["original_text"]):
                    row["original_hash"] = md5(text)
                row["original_text"] = text
            rows = pa.Table.from_pylist(made, rows.schema)
        return self._hiding.rejects(rows)

    def _hide(self, made: dict[str, list[Any]], at: int) -> Iterator[Entry]:
        record, payload, before = (made[name][at] for name in ("record_id", "payload", "content_hash"))
        meant: list[tuple[str, str]] = []
        if payload.startswith("{"):
            fields, stays = self._of_file(made["file_name"][at] if "file_name" in made else "")
            if self._source != _FILES:  # some tables are read otherwise for each survey
                fields = _as_read(fields, payload, {name: each[at] for name, each in made.items()})
            payload, meant = self._hiding.text(fields, payload, stays)
        tokens = {text.strip(): token for token, text in meant}
        for name in PERSONAL.keys() & made.keys():
            if (value := made[name][at]) is not None:
                token = tokens.get(value.strip()) or self._hiding.tokens.of(PERSONAL[name], value)
                made[name][at] = token
                if token != value:
                    meant.append((token, value))
        made["payload"][at], made["content_hash"][at] = payload, md5(payload)
        made["version_id"][at] = made["content_hash"][at] + made["version_id"][at][len(before) :]
        moment = made["version_at"][at]
        return (Entry(record, *each, moment.astimezone(UTC).date() if moment else None) for each in meant)

    def _of_a_file(self, file: str) -> tuple[Fields, frozenset[str]]:
        """What the door says of the fields, and which texts stay; of a vendor that is off, by their looks."""
        if self._source == _FILES:
            mapping = _mapping(self._table, file)
            table = next(each for each in FILE_TABLES if each.name == self._table)
            return fields_of(mapping, table, _FILES), kept(mapping)
        fields = Fields.of(self._spec) if self._spec else Fields({}, frozenset())
        return fields.and_harmless(declared_fields(self._source)), frozenset()


def _as_read(fields: Fields, payload: str, row: Mapping[str, Any]) -> Fields:
    """With the keys that this row's columns were read from, by what stands there."""
    personal, harmless = dict(fields.personal), set[str]()
    columns = {value: name for name, value in row.items() if isinstance(value, str) and name not in _TOLD}
    for key, text in _strings("", orjson.loads(payload)):
        if key not in fields.harmless and (name := columns.get(text)):
            if name in PERSONAL:
                personal[key] = PERSONAL[name]
            else:
                harmless.add(key)
    return Fields(personal, fields.harmless | (frozenset(harmless) - personal.keys()))


def _strings(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Each text of a record with its key."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for own, each in value.items():
            yield from _strings(own, each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(key, each)


def _mapping(table: str, file: str) -> FileMapping:
    """The mapping that a file has today; without one that can be read, the defaults."""
    [of] = [each for each in FILE_TABLES if each.name == table]
    mappings = warehouse.mappings()
    try:
        path = mapping_path(
            warehouse.inbox() / of.family / of.folder / file, mappings and mappings / of.family / of.folder
        )
        return read_mapping(path, of)
    except SourceError:
        return FileMapping()


def _rejects(source: str, rows: pa.Table) -> pa.Table:
    """Quarantine rows with tokens, and `hash_before`; what they said is sealed."""
    found = rows.append_column("hash_before", rows["original_hash"])
    tables: list[Any] = rows["table_name"].unique().to_pylist()
    parts = []
    for table in tables:
        own = found.filter(pc.equal(found["table_name"], pa.scalar(table)))
        parts.append(_Rows(source, table, None).rejected(own))
    return pa.concat_tables([found.slice(0, 0), *parts])


def _hiding(source: str, table: str) -> Hiding:
    found = hiding(source, table)
    assert found is not None, "a state folder that is adopted has a vault"
    return found


def _specs(source: str) -> dict[str, TableSpec]:
    """The tables of a source, by name; none of a vendor that is not configured any more."""
    if source == _FILES:
        return {table.name: table.spec for table in FILE_TABLES}
    try:
        registry.source_spec(source)
        return landing.specs(lambda: load.build_source(source))
    except ConfigurationError:
        return {}


def _columns(connection: duckdb.DuckDBPyConnection, schema: str) -> dict[str, set[str]]:
    """The tables of a schema of the old file, and their columns."""
    found = connection.execute(
        "select table_name, list(column_name) from duckdb_columns()"
        f" where database_name = '{_EARLIER}' and schema_name = ? group by all order by all",
        [schema],
    ).fetchall()
    return {table: set(names) for table, names in found}


def _in_order(connection: duckdb.DuckDBPyConnection, place: str) -> list[str]:
    return [f'"{name}"' for name, *_ in connection.execute(f"describe {place}").fetchall()]


def _parts(found: duckdb.DuckDBPyConnection) -> Iterator[pa.Table]:
    """The rows in portions; one without any where there are none, so that the table is made."""
    reader = found.to_arrow_reader(_BATCH)
    is_empty = True
    for batch in reader:
        is_empty = False
        yield pa.Table.from_batches([batch])
    if is_empty:
        yield reader.schema.empty_table()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
