"""A real Spark for the models, and tables that pass between it and DuckDB as Parquet.

Belongs here: the other engine. Does not belong here: what is built in it and compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from pyspark.sql import SparkSession


@dataclass
class Spark:
    """A session of this process, which dbt finds by itself, with a catalog of its own."""

    session: SparkSession
    scratch: Path
    settings: dict[str, str] = field(default_factory=dict)
    target = "spark"

    def put(self, engine: duckdb.DuckDBPyConnection, table: str, kinds: dict[str, str]) -> None:
        """Copy a table of DuckDB, `schema.table`, here under the same name."""
        rows = self.scratch / f"{table}.raw"
        rows.mkdir()
        engine.execute(f"copy {table} to '{rows}/rows.parquet' (format parquet)")
        self.session.sql(f"create schema if not exists {table.partition('.')[0]}")
        self.session.sql(f"create table {table} using parquet location '{rows}'")

    def fetch(self, table: str, kinds: dict[str, str]) -> str:
        """A table of this catalog as a subquery for DuckDB, with columns of these kinds."""
        rows = self.scratch / table
        self.session.table(table).select(*kinds).coalesce(1).write.parquet(str(rows))
        cast = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in kinds.items())
        return f"(select {cast} from '{rows}/*.parquet')"


@contextmanager
def spark(folder: Path) -> Iterator[Spark]:
    """A Spark on two cores, all of whose state is in `folder`."""
    settings = {
        # What it keeps of each of three hundred nodes fills four.
        "spark.driver.memory": "8g",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        # dbt would ask for Hive's, which is a database of its own
        "spark.sql.catalogImplementation": "in-memory",
    }
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield Spark(session, folder)
    finally:
        session.stop()
