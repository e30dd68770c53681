"""Upgrades a warehouse from an earlier release: adds newly declared columns to existing tables.

Belongs here: columns that a release adds. Does not belong here: the rules for a load (`contracts.py`).
"""

from typing import Final

import dlt
from dlt.extract import DltSource

from ingestion.errors import LoadMismatchError

_TYPES: Final = {
    "text": "varchar",
    "double": "double",
    "bigint": "bigint",
    "bool": "boolean",
    "timestamp": "timestamp with time zone",
    "date": "date",
    "decimal": "decimal(18, 4)",
}


def declare(source: DltSource) -> DltSource:
    """Tells dlt every declared column before it looks at records: the contract refuses a new column of a
    known table, and what is declared is not new."""
    for resource in source.resources.values():
        source.schema.update_table(resource.compute_table_schema())
    return source


def add_columns(pipeline: dlt.Pipeline, source: DltSource) -> None:
    """Adds what a raw table lacks before it is read: loaders compare what comes with all of its columns.

    Raises `LoadMismatchError` for a column that the warehouse has under another type: what came before and
    what comes now would not be the same values.
    """
    with pipeline.sql_client() as client:
        found = client.execute_sql(
            "select table_name, column_name, data_type from information_schema.columns "
            "where table_schema = %s",
            pipeline.dataset_name,
        )
        held = {(table, name): _spelt(kind) for table, name, kind in found or []}
        there = {table for table, _ in held if not table.startswith("_dlt")}
        for resource, table in source.schema.tables.items():
            for name, column in table["columns"].items():
                kind = column.get("data_type")
                if not kind or resource not in there:
                    continue
                if (resource, name) not in held:
                    place = client.make_qualified_table_name(resource)
                    client.execute_sql(f"alter table {place} add column {name} {_TYPES[kind]}")
                elif held[resource, name] != _spelt(_TYPES[kind]):
                    raise LoadMismatchError(
                        f"{pipeline.pipeline_name}: {resource} has the column {name} as "
                        f"{held[resource, name].lower()} and its loader declares {_TYPES[kind]}; declare "
                        "the existing type, or load the source again from scratch"
                    )


def _spelt(kind: str) -> str:
    return kind.upper().replace(" ", "")
