"""Rows of any SQL database as batches of texts, at the pace at which it gives them.

PostgreSQL copies its rows out as text, which is many times faster than a driver that makes an object of each
value. Every other database is read through its driver, and each value is written down here. Either way a
value is text, and our own casting judges it.

Belongs here: connecting, statements, what the database's errors mean. Does not belong here: columns
(`billing_database_tables.py`), versions (`billing_database.py`).
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NoReturn

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
from dlt.sources.credentials import ConnectionStringCredentials
from dlt.sources.sql_database import engine_from_credentials
from sqlalchemy import Connection, Engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError

from ingestion import masking, warehouse
from ingestion.billing.billing_database_tables import NAME, Wanted
from ingestion.errors import ConfigurationError, RefusedError, SourceError

_BLOCK_BYTES: Final = 8 << 20
_FETCHED: Final = 20_000
_RUN_AGAIN: Final = "run again; the load goes on from the last one that succeeded"
#: Beginnings of PostgreSQL's codes of errors that last: credentials, permissions, no such database.
_LASTING: Final = ("28", "3D", "42")


class Database:
    """One database, during one load."""

    def __init__(self) -> None:
        given = warehouse.required_setting(NAME, "url")
        try:
            url = make_url(given)
        except ArgumentError:
            raise ConfigurationError(
                f"{NAME}: `url` is no address of a database; write postgresql://user@host:5432/database"
            ) from None
        if url.password:
            masking.remember("password", url.password)
            raise ConfigurationError(
                f"{NAME}: `url` holds a password; put it as `password` under [sources.{NAME}] in secrets.toml"
            )
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        self.place = url.render_as_string()
        password = warehouse.setting(NAME, "password")
        if password is not None:
            url = url.set(password=str(password))
        try:
            credentials = ConnectionStringCredentials(url.render_as_string(hide_password=False))
            self._engine: Engine = engine_from_credentials(credentials, may_dispose_after_use=False)
        except (NoSuchModuleError, ImportError) as failure:
            raise ConfigurationError(
                f"{NAME}: the driver of {self.place} is not installed ({failure})"
            ) from None

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection that writes nothing."""
        try:
            connection = self._engine.connect()
        except SQLAlchemyError as failure:
            self._raise("could not be opened", failure)
        try:
            yield connection
        except (SQLAlchemyError, psycopg.Error) as failure:
            self._raise("could not be read", failure)
        finally:
            connection.close()
            self._engine.dispose()

    def names(self, connection: Connection, wanted: Wanted) -> tuple[str, ...]:
        """The columns of a table or query. Raises `ConfigurationError` where there is no such thing."""
        try:
            found = connection.exec_driver_sql(f"select * from {self._relation(wanted)} where 1 = 0")
        except SQLAlchemyError as failure:
            raise wanted.error(f"cannot be read in {self.place}: {_said(failure)}") from None
        return tuple(found.keys())

    def statement(self, wanted: Wanted, columns: Sequence[str], since: str | None = None) -> str:
        """The rows whose `since` is late enough, or all."""
        quote = self._engine.dialect.identifier_preparer.quote
        query = f"select {', '.join(map(quote, columns))} from {self._relation(wanted)}"
        if since is None:
            return query
        cursor = quote(wanted.columns.get("updated_at", "updated_at"))
        return f"{query} where {cursor} >= '{since}' or {cursor} is null"

    def check_key(self, connection: Connection, wanted: Wanted, key: str) -> None:
        """Raises where two rows have one key, which no constraint of the database forbids."""
        quote = self._engine.dialect.identifier_preparer.quote
        if not wanted.is_query and self._is_unique(connection, wanted, key):
            return
        query = f"select {quote(key)} from {self._relation(wanted)} group by {quote(key)} having count(*) > 1"
        found = connection.exec_driver_sql(query).first()
        if found is not None and found[0] is not None:
            raise wanted.error(
                f"has several rows with `{key}` {found[0]!r}; name a column that tells them apart"
            )

    def _is_unique(self, connection: Connection, wanted: Wanted, key: str) -> bool:
        *schemas, table = wanted.relation.split(".")
        schema = schemas[-1] if schemas else None
        inspector = inspect(connection)
        try:
            keys = [inspector.get_pk_constraint(table, schema)["constrained_columns"]]
            keys += [each["column_names"] for each in inspector.get_unique_constraints(table, schema)]
        except NoSuchTableError:  # a view
            return False
        return [key] in keys

    def newest(self, connection: Connection, wanted: Wanted, column: str) -> Any:
        """The last moment in a column: as the driver gives it, or a text."""
        quote = self._engine.dialect.identifier_preparer.quote
        query = f"select max({quote(column)}) from {self._relation(wanted)}"
        return connection.exec_driver_sql(query).scalar()

    def batches(self, connection: Connection, statement: str, width: int) -> Iterator[pa.Table]:
        """The rows of a statement, each column as text under `c0`, `c1`, …"""
        names = [f"c{at}" for at in range(width)]
        if self._engine.dialect.name == "postgresql":
            yield from _copied(connection, statement, names)
            return
        streamed = connection.execution_options(stream_results=True, max_row_buffer=_FETCHED)
        for rows in streamed.exec_driver_sql(statement).partitions(_FETCHED):
            columns = zip(*rows, strict=True)
            texts = [pa.array(map(_written, column), pa.string(), size=len(rows)) for column in columns]
            yield pa.table(dict(zip(names, texts, strict=True)))

    def error(self, problem: str, remedy: str = _RUN_AGAIN) -> SourceError:
        """An error that names the database."""
        return SourceError(NAME, self.place, problem, remedy)

    def _relation(self, wanted: Wanted) -> str:
        if wanted.is_query:
            return f"({wanted.relation}) as billing_source"
        quote = self._engine.dialect.identifier_preparer.quote
        return ".".join(quote(part) for part in wanted.relation.split("."))

    def _raise(self, problem: str, failure: Exception) -> NoReturn:
        code = getattr(getattr(failure, "orig", failure), "sqlstate", None) or ""
        said = _said(failure)
        is_lasting = code.startswith(_LASTING) or "authentication failed" in said
        kind = RefusedError if is_lasting else SourceError
        remedy = (
            f"check `url` and `password` of [sources.{NAME}], and that the server runs, then {_RUN_AGAIN}"
        )
        raise kind(NAME, self.place, f"{problem}: {said}", remedy) from None


def _copied(connection: Connection, statement: str, names: list[str]) -> Iterator[pa.Table]:
    """The rows as PostgreSQL writes them, moments in UTC. An empty text has quotation marks, a null none."""
    connection.exec_driver_sql("set local time zone 'UTC'")
    connection.exec_driver_sql("set local datestyle = 'ISO, YMD'")
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"copy ({statement}) to stdout (format csv)") as rows:
        block, size = list[bytes](), 0
        for row in rows:  # each is a whole row
            block.append(bytes(row))
            size += len(row)
            if size >= _BLOCK_BYTES:
                yield _parsed(block, names)
                block, size = [], 0
        if block:
            yield _parsed(block, names)


def _parsed(rows: Sequence[bytes], names: list[str]) -> pa.Table:
    text = b"".join(rows)
    return pacsv.read_csv(
        io.BytesIO(text),
        # A row may be longer than any block.
        read_options=pacsv.ReadOptions(column_names=names, block_size=len(text) + 1),
        parse_options=pacsv.ParseOptions(newlines_in_values=True),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _written(value: Any) -> str | None:
    """A value of a driver as text; a moment with the zone that it has, or with none."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def _said(failure: Exception) -> str:
    """The database's own words, in one line, without the statement."""
    return " ".join(str(getattr(failure, "orig", None) or failure).split())[:300]
