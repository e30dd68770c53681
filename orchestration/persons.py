"""Everything that is held of a person: of each raw table every version, and what the last build made of it.

Belongs here: reading it. Does not belong here: which records are theirs (`erasure.finding`), or printing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import pyarrow as pa

from erasure.finding import find
from erasure.persons import QUARANTINE, Named
from orchestration.environment import ConfigurationError, Home
from orchestration.sealed import InVault

_ANSWERS: Final = "marts.fct_survey_responses"
#: Of no interest to the person: how a record was kept.
_OURS: Final = frozenset(
    ("content_hash", "version_id", "position", "_dlt_load_id", "original_hash", "answer_fingerprint")
)


#: What may be a token within a payload.
_TOKEN: Final = re.compile(r"[tp]:[0-9a-f]{32}|[0-9a-f]{32}@[0-9a-f]{32}")


@dataclass(frozen=True)
class Table:
    """Rows of one table, each without what is empty."""

    name: str
    rows: tuple[dict[str, Any], ...]


def held(home: Home, named: Named) -> list[Table]:
    """All of it, by table. Raises ConfigurationError for nobody, and where nothing was loaded."""
    if not named.all():
        raise ConfigurationError("name whose data to show: --contact, --email or --response")
    if not home.warehouse.exists():
        raise ConfigurationError(f"{home.warehouse} is not there: nothing was loaded here")
    vault = InVault(home)
    found = find(home.warehouse, named, vault)
    meant = vault.meant(found)
    tables = []
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for (source, table), records in sorted(found.records.items()):
            connection.register("theirs", pa.table({"record_id": pa.array(sorted(records), pa.string())}))
            rows = f"select * from raw_{source}.{table} semi join theirs using (record_id) order by position"
            tables.append(Table(f"{source}.{table}", _rows(connection, rows)))
        for source, keys in sorted(found.quarantined.items()):
            rows = f"select * from raw_{source}.{QUARANTINE} order by position"
            theirs = connection.execute(rows).to_arrow_table().to_pylist()
            of_them = [
                row for row in theirs if (row["table_name"], row["origin"], row["original_hash"]) in keys
            ]
            tables.append(Table(f"{source}.{QUARANTINE}", tuple(map(_told, of_them))))
        tables += _answers(
            connection,
            [f"{source}:{record}" for (source, _), records in found.records.items() for record in records],
        )
    return [Table(table.name, tuple(_opened(row, meant) for row in table.rows)) for table in tables]


def _answers(connection: duckdb.DuckDBPyConnection, keys: list[str]) -> list[Table]:
    """What their answers count as, where anything is built."""
    built = connection.execute(
        "select 1 from duckdb_tables() where schema_name || '.' || table_name = ?", [_ANSWERS]
    ).fetchone()
    if not built:
        return []
    connection.register("theirs", pa.table({"answer_key": pa.array(keys, pa.string())}))
    rows = _rows(
        connection, f"select * from {_ANSWERS} semi join theirs using (answer_key) order by answer_key"
    )
    return [Table(_ANSWERS, rows)] if rows else []


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[dict[str, Any], ...]:
    return tuple(map(_told, connection.execute(query).to_arrow_table().to_pylist()))


def _opened(row: dict[str, Any], meant: Mapping[str, str]) -> dict[str, Any]:
    """A row with what its tokens stand for, where the vault may be read."""
    return {name: _text(value, meant) if isinstance(value, str) else value for name, value in row.items()}


def _text(text: str, meant: Mapping[str, str]) -> str:
    return meant.get(text) or _TOKEN.sub(lambda found: meant.get(found[0], found[0]), text)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value not in (None, "") and name not in _OURS}
