"""What the warehouse has of the records and the files of a delivery, as tables of the delivery's engine.

* `known`: versions of the delivered records, and of whatever record the delivered files gave before.
* `set_aside`: quarantine rows of the delivered files.
* `shared`: which other files give a version too, in the last word of each file.
* `readings`: the earlier intakes of the delivered files.

Reads; decides nothing. A table that an older warehouse does not have yet counts as empty.
"""

from pathlib import Path

import duckdb

from ingestion.files.casting import SQL_TYPES
from ingestion.files.intake import SHARED, WITHDRAWALS
from ingestion.files.sql import literal
from ingestion.files.tables import FILE_NAME, FileTable
from ingestion.tables import INTAKE, QUARANTINE

_EMPTY = """
create table known (
  record_id varchar, version_id varchar, content_hash varchar, reading ubigint, version_at timestamptz,
  moment timestamptz, file_name varchar, load_id varchar, position bigint, version_key bigint,
  is_withdrawn boolean
);
create table set_aside (
  record_id varchar, reason varchar, detail varchar, text_hash varchar, original_hash varchar,
  file_name varchar, load_id varchar, is_withdrawn boolean
);
create table shared (version_key bigint, file_name varchar, load_id varchar, is_given boolean);
create table readings (file_name varchar, bytes_hash varchar, load_id varchar, is_addition boolean);
"""


def reading_hash(table: FileTable, columns: set[str] | None = None) -> str:
    """One number for what was read from a row: the same text read under another mapping has another.

    `columns` are those there are; what is not there is null.
    """
    parts = (
        c.name if columns is None or c.name in columns else f"null::{SQL_TYPES[c.kind]}"
        for c in table.columns
    )
    return f"hash(content_hash, {', '.join(parts)})"


def own_time(table: FileTable) -> str:
    """The record's modification time, null where the table has none."""
    return table.spec.version_at.name if table.spec.version_at else "null::timestamptz"


def moment(table: FileTable) -> str:
    """When what the record tells of happened, null where the table has no such moment."""
    return table.own_moment or "null::timestamptz"


def read_earlier(db: duckdb.DuckDBPyConnection, table: FileTable, warehouse: Path, dataset: str) -> None:
    """Makes the tables of this module from the working file; `delivered` and `files` must be there."""
    db.execute(_EMPTY)
    if not warehouse.exists():
        return
    db.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
    try:
        found = db.execute(
            "select table_name, list(column_name) from duckdb_columns() "
            "where database_name = 'warehouse' and schema_name = ? group by all",
            [dataset],
        ).fetchall()
        columns = {name: set(names) for name, names in found}
        if table.name in columns:
            schema = f"warehouse.{dataset}"
            is_shared = SHARED in columns and _is_any_shared(db, table, schema)
            for statement in _statements(table, schema, columns, is_shared):
                db.execute(statement)
    finally:
        db.execute("detach warehouse")


def _is_any_shared(db: duckdb.DuckDBPyConnection, table: FileTable, schema: str) -> bool:
    """Makes `given_too`: versions that other files brought and the delivered ones gave too; whether any."""
    db.execute(
        f"create table given_too as select distinct version_key from {schema}.{SHARED} "
        f"where table_name = {literal(table.name)} and file_name in (select file_name from files)"
    )
    return db.execute("select 1 from given_too limit 1").fetchone() is not None


def _statements(table: FileTable, schema: str, columns: dict[str, set[str]], is_shared: bool) -> list[str]:
    key = "(md5_number_lower(r.record_id || chr(31) || r.version_id) >> 1)::bigint"
    too = f" or {key} in (select version_key from given_too)" if is_shared else ""
    complete = f"_dlt_load_id in (select load_id from {schema}._dlt_loads where status = 0)"
    ours = f"table_name = {literal(table.name)} and {complete}"
    delivered_files = f"{FILE_NAME.name} in (select file_name from files)"
    withdrawn = f"select * from {schema}.{WITHDRAWALS} where {ours}"
    if WITHDRAWALS not in columns:
        withdrawn = (
            "select null::varchar as record_id, null::varchar as version_id, null::varchar as original_hash, "
            "null::varchar as origin where false"
        )
    statements = [
        f"""
        insert into known
        select
          r.record_id, r.version_id, r.content_hash, {reading_hash(table, columns[table.name])}, r.version_at,
          {moment(table)}, r.file_name, r._dlt_load_id, r.position,
          {key},
          w.version_id is not null
        from {schema}.{table.name} as r
        left join ({withdrawn}) as w on r.record_id = w.record_id and r.version_id = w.version_id
        where
          r.{complete}
          and (r.record_id in (select delivered.record_id from delivered) or r.{delivered_files}{too})
        """,
        f"""
        insert into set_aside
        select
          q.record_id, q.reason, q.detail, md5(q.original_text), q.original_hash, q.origin, q._dlt_load_id,
          w.original_hash is not null
        from {schema}.{QUARANTINE} as q
        left join ({withdrawn}) as w on q.original_hash = w.original_hash and q.origin = w.origin
        where q.table_name = {literal(table.name)} and q.{complete}
          and q.origin in (select file_name from files)
        """,
    ]
    if SHARED in columns:
        statements.append(
            f"""
            insert into shared
            select version_key, file_name, max(_dlt_load_id), arg_max(is_given, _dlt_load_id)
            from {schema}.{SHARED}
            where {ours} and version_key in (select version_key from known)
            group by version_key, file_name
            """
        )
    if INTAKE in columns:
        statements.append(
            f"""
            insert into readings
            select file_name, split_part(file_hash, ':', 1), _dlt_load_id, is_addition
            from {schema}.{INTAKE}
            where {ours} and {delivered_files}
            """
        )
    return statements
