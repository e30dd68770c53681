"""The billing tables that a company's own SQL database fills, and how its configuration names them.

    [sources.billing_database.tables.invoices]
    table = "billing.invoices"        # or query = "select …"
    columns = {invoice_id = "id", net_minor_amount = "net_cents", updated_at = "changed_at"}
    time_zone = "Europe/Berlin"       # of timestamps without a zone; UTC
    lag_minutes = 60                  # how late a row may be committed
    statuses = {Bezahlt = "paid"}     # words of theirs

Belongs here: columns, settings and what is wrong with them. Does not belong here: a connection
(`billing_database_reading.py`).
"""

from collections.abc import Mapping as Settings
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingestion.errors import ConfigurationError
from ingestion.files.mapping import Mapping
from ingestion.files.statuses import KNOWN_STATUSES
from ingestion.files.tables import FileTable
from ingestion.tables import Column, Kind, TableSpec

NAME: Final = "billing_database"
#: A row says that it is deleted in one of these; without them, a row that is gone was deleted.
SOFT_DELETES: Final = ("is_deleted", "deleted_at")
CURSOR: Final = "updated_at"
_COMMON: Final = f"is_deleted deleted_at {CURSOR}"
_NET: Final = ("net_amount", "net_minor_amount")
_KEYS: Final = ("table", "query", "columns", "time_zone", "lag_minutes", "statuses")


class DatabaseTable(FileTable):
    """A raw table whose cells are texts, as those of a file are; it comes from no file."""

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.spec.columns


@dataclass(frozen=True)
class Wanted:
    """What a company says of one table: where it is, and which of its columns are ours (ours → theirs)."""

    table: DatabaseTable
    relation: str
    is_query: bool
    columns: dict[str, str]
    time_zone: str
    lag: timedelta
    statuses: dict[str, str]

    def found(self, names: tuple[str, ...]) -> Mapping:
        """Ours → theirs of the columns that are there. Raises `ConfigurationError` where one is missing."""
        named = {
            column.name: self.columns.get(column.name, column.name)
            for column in self.table.columns
            if column.name in self.columns or column.name in names
        }
        for ours, theirs in named.items():
            if theirs not in names:
                raise self.error(f"has no column `{theirs}` for `{ours}`; it has {', '.join(names)}")
        for ours in self.table.required:
            if ours not in named:
                raise self.error(
                    f"has no column `{ours}`; name it under `columns`. It has {', '.join(names)}"
                )
        if self.table.one_of and not set(self.table.one_of) & named.keys():
            raise self.error(f"has no amount; name {' or '.join(self.table.one_of)} under `columns`")
        return Mapping(columns=named, timezone=self.time_zone, null_tokens=("",), statuses=self.statuses)

    def error(self, problem: str) -> ConfigurationError:
        """An error that names the table and its section."""
        shown = "the query" if self.is_query else f"the table {self.relation}"
        return ConfigurationError(f"{NAME}: {shown} of [sources.{NAME}.tables.{self.table.name}] {problem}")


def _column(name: str, required: bool) -> Column:
    kinds = {"_at": Kind.TIMESTAMP, "_amount": Kind.AMOUNT, "is_deleted": Kind.BOOLEAN}
    kind = next((kind for ending, kind in kinds.items() if name.endswith(ending)), Kind.TEXT)
    return Column(name, kind, required=required)


def _table(name: str, required: str, optional: str, one_of: tuple[str, ...] = ()) -> DatabaseTable:
    columns = [_column(each, True) for each in required.split()]
    columns += [_column(each, False) for each in (*one_of, *optional.split(), *_COMMON.split())]
    spec = TableSpec(name, (columns[0].name,), tuple(columns), columns[-1])
    return DatabaseTable("billing", name, spec, one_of=one_of)


TABLES: Final[dict[str, DatabaseTable]] = {
    table.name: table
    for table in (
        _table("customers", "customer_id", "account_id email name"),
        _table(
            "subscriptions", "subscription_id customer_id status", "plan currency started_at cancelled_at"
        ),
        _table(
            "invoices",
            "invoice_id customer_id status currency issued_at",
            "total_amount total_minor_amount subscription_id period_start_at period_end_at",
            _NET,
        ),
        _table("invoice_lines", "line_id invoice_id", "period_start_at period_end_at", _NET),
        _table("credit_notes", "credit_note_id invoice_id status currency created_at", "customer_id", _NET),
        _table(
            "refunds",
            "refund_id status currency created_at",
            "invoice_id credit_note_id customer_id",
            ("refunded_amount", "refunded_minor_amount"),
        ),
    )
}


def wanted(settings: Settings[str, Any]) -> list[Wanted]:
    """The tables that a company names. Raises `ConfigurationError` for what cannot be meant."""
    for name in settings:
        if name not in TABLES:
            raise ConfigurationError(
                f"{NAME}: there is no table `{name}`; under [sources.{NAME}.tables] name {', '.join(TABLES)}"
            )
    for name in ("customers", "invoices"):
        if name not in settings:
            raise ConfigurationError(
                f"{NAME}: [sources.{NAME}.tables.{name}] is missing; say where its {name} are"
            )
    return [_wanted(TABLES[name], settings[name]) for name in TABLES if name in settings]


def _wanted(table: DatabaseTable, said: Any) -> Wanted:
    place = f"{NAME}: [sources.{NAME}.tables.{table.name}]"
    if not isinstance(said, dict) or not set(said) <= set(_KEYS):
        raise ConfigurationError(f"{place} may have {', '.join(_KEYS)}, and nothing else")
    places = [said[key] for key in ("table", "query") if key in said]
    if len(places) != 1 or not isinstance(places[0], str) or not places[0].strip():
        raise ConfigurationError(f"{place} names one `table` or one `query`")
    columns = said.get("columns", {})
    known = [column.name for column in table.columns]
    if not isinstance(columns, dict) or not all(isinstance(theirs, str) for theirs in columns.values()):
        raise ConfigurationError(f'{place}: `columns` are a table: ours = "theirs"')
    for ours in columns:
        if ours not in known:
            raise ConfigurationError(f"{place}: there is no column `{ours}`; there are {', '.join(known)}")
    zone, lag = said.get("time_zone", "UTC"), said.get("lag_minutes", 60)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError):
        raise ConfigurationError(f"{place}: there is no `time_zone` {zone!r}; write Europe/Berlin") from None
    if isinstance(lag, bool) or not isinstance(lag, int | float) or lag < 0:
        raise ConfigurationError(f"{place}: `lag_minutes` is a number of minutes, and not {lag!r}")
    statuses, words = said.get("statuses", {}), KNOWN_STATUSES.get(table.name, ())
    if not isinstance(statuses, dict) or not all(meant in words for meant in statuses.values()):
        raise ConfigurationError(
            f"{place}: `statuses` are a table of words; known are {', '.join(words) or 'none'}"
        )
    relation = places[0].strip().rstrip(";")
    return Wanted(table, relation, "query" in said, columns, zone, timedelta(minutes=lag), statuses)
