"""Raw's records of a CRM beside the ids that the CRM still lists: a deletion that no API reports is found so.

Every `full_comparison_days` (7; 0: never) a loader lists all ids. A record that raw has and nobody lists is
missing: its last text is landed once more, marked, as a tombstone. One that is listed again has returned, and
is landed as the CRM has it now. A marked text begins with `foundAt`, when that was found, and a tombstone
goes on with `isMissing`; what follows is the CRM's own.

More than `missing_percent` (5) missing is no deletion but a permission that was lost, and fails the load.

Belongs here: the comparison, its settings and the marks. Does not belong here: how a CRM lists ids or gives
records by their ids (its loader).
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import duckdb
import pyarrow as pa

from ingestion import warehouse
from ingestion.http import VendorClient

FOUND: Final = "foundAt"
MISSING: Final = "isMissing"
#: So few may be missing whatever share they are: a company may have only a handful.
_FEW: Final = 10
_CURRENT: Final = """
    select rowid as place, record_id, coalesce(is_deleted, false) as is_deleted
    from warehouse."{schema}"."{table}"
    where _dlt_load_id in (select load_id from warehouse."{schema}"._dlt_loads where status = 0)
    qualify row_number() over (
        partition by record_id order by version_at desc nulls last, _dlt_load_id desc, position desc
    ) = 1
"""
_NONE: Final = "select 0 as place, '' as record_id, true as is_deleted where false"


class Listed(NamedTuple):
    """Ids that a CRM still knows, and whether their records are deleted or merged there."""

    ids: list[str]
    is_deleted: bool = False


@dataclass(frozen=True)
class Compared:
    """What raw thinks alive and nobody lists, with its last text; what raw thinks gone and is listed."""

    missing: Mapping[str, bytes]
    returned: list[str]


class Comparison:
    """One raw table of a CRM, and when it was compared last (`state` is the resource's own)."""

    def __init__(self, client: VendorClient, table: str, state: dict[str, Any]) -> None:
        self._client = client
        self._source = client.source
        self._place = {"schema": warehouse.dataset(self._source), "table": table}
        self._state = state
        self._days = float(warehouse.setting(self._source, "full_comparison_days", 7))
        self._allowed = float(warehouse.setting(self._source, "missing_percent", 5))

    def is_due(self) -> bool:
        """Whether all ids are to be listed now; never in a first load, which lists every record itself."""
        last = self._state.get("compared_at")
        since = timedelta.max if last is None else datetime.now(UTC) - datetime.fromisoformat(last)
        if not self._days or since < timedelta(days=self._days):
            return False
        self._state["compared_at"] = datetime.now(UTC).isoformat()
        return self._has_rows()

    def _has_rows(self) -> bool:
        if not warehouse.working_file().exists():
            return False
        with self._beside(()) as engine:
            return engine.execute("select 1 from current limit 1").fetchone() is not None

    def alive(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Those of the records that raw thinks alive, with their last texts."""
        with self._beside([Listed(list(ids))]) as engine:
            return _texts(engine, "record_id in (select id from listed) and not is_deleted", self._place)

    def with_all(self, listed: Iterable[Listed], path: str) -> Compared:
        """Raw beside all ids. `SourceError` where so many are missing that they were hardly deleted."""
        with self._beside(listed) as engine:
            missing = "record_id not in (select id from listed) and not is_deleted"
            [(gone, known)] = engine.execute(
                f"select count(*) filter ({missing}), count(*) filter (not is_deleted) from current"
            ).fetchall()
            if gone > max(_FEW, known * self._allowed / 100):
                raise self._client.error(
                    path,
                    f"no longer lists {gone} of the {known} {self._place['table']} that were loaded, more "
                    f"than `missing_percent` ({self._allowed:g}) allows",
                    "check what the credentials may see; if these records are deleted, raise it for one load "
                    f"under [sources.{self._source}] in config.toml",
                )
            returned = engine.execute(
                "select record_id from current where is_deleted"
                " and record_id in (select id from listed where not is_gone) order by record_id"
            ).fetchall()
            return Compared(_texts(engine, missing, self._place), [record for (record,) in returned])

    @contextmanager
    def _beside(self, listed: Iterable[Listed]) -> Iterator[duckdb.DuckDBPyConnection]:
        """An engine with the ids as `listed` and raw's records as `current`."""
        file = str(warehouse.working_file()).replace("'", "''")
        with duckdb.connect(config={"threads": 1}) as engine:
            engine.execute("create temp table listed (id varchar, is_gone boolean)")
            for ids, is_deleted in listed:
                engine.register("given", pa.table({"id": pa.array(ids, pa.string())}))
                engine.execute("insert into listed select id, ? from given", [is_deleted])
            engine.execute(f"attach '{file}' as warehouse (read_only)")
            there = engine.execute(
                "select 1 from duckdb_tables() where database_name = 'warehouse'"
                " and schema_name = $schema and table_name = $table",
                self._place,
            ).fetchone()
            rows = _CURRENT.format(**self._place) if there else _NONE
            engine.execute(f"create temp table current as {rows}")
            yield engine


def tombstone(text: bytes, found: str) -> bytes:
    """The last text of a record that is missing since that moment."""
    return b'{"%b":"%b","%b":true,%b' % (FOUND.encode(), found.encode(), MISSING.encode(), _own(text)[1:])


def returned(text: bytes, found: str) -> bytes:
    """The text of a record that is listed again since that moment."""
    return b'{"%b":"%b",%b' % (FOUND.encode(), found.encode(), text[1:])


def now() -> str:
    """The moment at which something is found."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _own(text: bytes) -> bytes:
    """A text without the mark of a return; of what is alive there is no other."""
    mark = b'{"%b":"' % FOUND.encode()
    return b"{" + text.partition(b",")[2] if text.startswith(mark) else text


def _texts(engine: duckdb.DuckDBPyConnection, condition: str, place: Mapping[str, str]) -> dict[str, bytes]:
    found = engine.execute(
        f'select record_id, payload from warehouse."{place["schema"]}"."{place["table"]}" '
        f"where rowid in (select place from current where {condition}) order by record_id"
    ).fetchall()
    return {record: payload.encode("utf-8", "surrogatepass") for record, payload in found}
