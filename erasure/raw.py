"""The working file without some records' persons: raw is kept row by row, and what is made of it is not.

Belongs here: which rows of which tables are other in the copy. Does not belong here: what is left of a row
(`redaction.py`), copying (`rewriting.py`), or which records (`finding.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from erasure import redaction, rewriting
from erasure.door import without_text
from erasure.keyed import Keyed
from erasure.persons import QUARANTINE, Found

#: Of what was made of comments, by the comment's SHA-256; the rest of the schema is made again.
TOPICS: Final = ("readings", "mentions")
_KEY: Final = "(md5_number_lower({0} || chr(31) || {1}) >> 1)::bigint"


@dataclass
class Less:
    """Rows of raw without their person, by (schema, table); how they were called before and are called now;
    how many of each table were not so before."""

    rows: dict[tuple[str, str], pa.Table] = field(default_factory=dict)
    names: pa.Table | None = None
    counted: dict[str, int] = field(default_factory=dict)


def copied(warehouse: Path, found: Found, keyed: Keyed) -> tuple[Path, Less]:
    """A copy of raw beside the working file, in which these records have no person any more."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        less = _less(connection, found, keyed)
    comments = [hashlib.sha256(each.encode("utf-8", "surrogatepass")).hexdigest() for each in found.comments]
    gone = pa.table({"comment_hash": pa.array(comments, pa.string())})

    def rows(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
        all_of_it = rewriting.as_they_are(connection, schema, table)
        if schema == "topics":
            connection.register("gone_comments", gone)
            is_kept = "anti join gone_comments using (comment_hash)" if table in TOPICS else ""
            return f"{all_of_it} {is_kept}"
        if schema == "raw_files" and table in ("withdrawals", "shared_versions") and less.names is not None:
            connection.register("renamed", less.names)
            return _of_withdrawals(all_of_it) if table == "withdrawals" else _of_shared(all_of_it)
        if (schema, table) not in less.rows:
            return all_of_it
        connection.register("less", less.rows[schema, table])
        key = ("table_name", "origin", "original_hash") if table == QUARANTINE else ("record_id_before",)
        if table == QUARANTINE:
            using = f"anti join less using ({', '.join(key)})"
            return f"{all_of_it} {using} union all by name from less"
        ids = "(select distinct record_id_before as record_id from less)"
        return (
            f"{all_of_it} anti join {ids} using (record_id)"
            " union all by name select * exclude (record_id_before) from less"
        )

    return rewriting.copy(warehouse, rows, is_raw), less


def is_raw(schema: str) -> bool:
    """What is kept: every model is built in full by the next refresh."""
    return schema.startswith("raw_") or schema == "topics"


def digest(warehouse: Path) -> str:
    """SHA-256 of what raw holds: of each table its number of rows and its versions, whatever their order."""
    made = hashlib.sha256()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for schema, table, has_versions in connection.execute(
            "select schema_name, table_name, bool_or(column_name = 'version_id') from duckdb_columns()"
            " where starts_with(schema_name, 'raw_') and not starts_with(table_name, '_dlt')"
            " group by all order by all"
        ).fetchall():
            # A version is named after the hash of its payload.
            row = "concat_ws(':', record_id, version_id)" if has_versions else "t::varchar"
            [(number, said)] = connection.execute(
                f"select count(*), bit_xor(md5_number({row})) from {schema}.{table} as t"
            ).fetchall()
            made.update(f"{schema}.{table}:{number}:{said}\n".encode())
    return made.hexdigest()


def _less(connection: duckdb.DuckDBPyConnection, found: Found, keyed: Keyed) -> Less:
    made = Less()
    names: list[dict[str, str]] = []
    for (source, table), records in found.records.items():
        ids = pa.table({"record_id": pa.array(sorted(records), pa.string())})
        connection.register("theirs", ids)
        rows = connection.execute(
            f"select * from raw_{source}.{table} semi join theirs using (record_id)"
        ).to_arrow_table()
        before = rows.to_pylist()
        after = [redaction.redacted(table, row, keyed) for row in before]
        made.rows[f"raw_{source}", table] = pa.Table.from_pylist(after, rows.schema).append_column(
            "record_id_before", rows["record_id"]
        )
        changed = sum(not redaction.is_redacted(row["payload"]) for row in before)
        if changed:
            made.counted[f"{source}.{table}"] = changed
        if source == "files":
            names += [_names(table, *each) for each in zip(before, after, strict=True)]
    for source, keys in found.quarantined.items():
        rows = connection.execute(f"select * from raw_{source}.{QUARANTINE}").to_arrow_table()
        theirs = [
            without_text(row)
            for row in rows.to_pylist()
            if (row["table_name"], row["origin"], row["original_hash"]) in keys
        ]
        made.rows[f"raw_{source}", QUARANTINE] = pa.Table.from_pylist(theirs, rows.schema)
        made.counted[f"{source}.{QUARANTINE}"] = len(theirs)
    if names:
        made.names = pa.Table.from_pylist(names)
    return made


def _names(table: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    return {
        "of_table": table,
        "old_record": before["record_id"],
        "old_version": before["version_id"],
        "new_record": after["record_id"],
        "new_version": after["version_id"],
    }


def _of_withdrawals(all_of_it: str) -> str:
    """A withdrawal names a version, which has another name now."""
    return (
        "select w.* replace (coalesce(r.new_record, w.record_id) as record_id,"
        f" coalesce(r.new_version, w.version_id) as version_id) from ({all_of_it}) as w"
        " left join renamed as r on w.table_name = r.of_table and w.record_id = r.old_record"
        " and w.version_id = r.old_version"
    )


def _of_shared(all_of_it: str) -> str:
    old, new = _KEY.format("old_record", "old_version"), _KEY.format("new_record", "new_version")
    return (
        f"select s.* replace (coalesce(r.new_key, s.version_key) as version_key) from ({all_of_it}) as s"
        f" left join (select of_table, {old} as old_key, {new} as new_key from renamed) as r"
        " on s.table_name = r.of_table and s.version_key = r.old_key"
    )
