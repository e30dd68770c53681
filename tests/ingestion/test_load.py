"""Whole loads: idempotent, incremental, the same after a crash, and proved by counting."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pytest
from dlt.destinations.impl.duckdb.duck import DuckDbClient

from demo.server import VendorServers
from ingestion import registry, warehouse
from ingestion.contracts import check_load
from ingestion.errors import ConfigurationError, LoadError, LoadMismatchError
from ingestion.known import KnownKeys, New
from ingestion.landing import Landing, raw_resource
from ingestion.load import load_source, recovered
from ingestion.registry import SourceSpec
from ingestion.tables import Column, Kind, TableSpec

Query = Callable[[str], list[tuple[Any, ...]]]

THINGS = TableSpec(
    "things",
    ("thing_id",),
    (Column("thing_id", source="id", required=True), Column("size", Kind.DOUBLE, "size")),
)


class Shop:
    """A source whose records a test puts on the shelf; it keeps a cursor like a vendor's loader."""

    def __init__(self) -> None:
        self.shelf: list[dict[str, Any]] = []
        self.cursors: list[int] = []

    def source(self) -> Any:
        def read(landing: Landing) -> Iterator[Any]:
            state = dlt.current.resource_state()
            start = state.get("read", 0)
            self.cursors.append(start)
            fresh = self.shelf[start:]
            lines = [repr(record).encode() for record in fresh]
            yield from landing.land(landing.batch(lines, "/shelf", given=fresh))
            state["read"] = len(self.shelf)

        @dlt.source(name="shop")
        def shop() -> Any:
            return [raw_resource(THINGS, read)]

        return shop()


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop()
    monkeypatch.setattr(registry, "SOURCES", (SourceSpec("shop", ("crm",), shop.source, ("things",)),))
    return shop


@pytest.mark.parametrize("group_bytes", [1 << 20, 100])
def test_rows_are_handed_on_by_whole_groups_and_none_is_lost(
    shop: Shop, query: Query, monkeypatch: pytest.MonkeyPatch, group_bytes: int
) -> None:
    monkeypatch.setattr("ingestion.landing.GROUP_ROWS", 10)
    monkeypatch.setattr("ingestion.landing.GROUP_BYTES", group_bytes)
    for size in (25, 3, 20):
        start = len(shop.shelf)
        shop.shelf += [{"id": str(at)} for at in range(start, start + size)]
        assert load_source("shop").rows == {"things": size}
    held = query("select thing_id, position from raw_shop.things order by _dlt_load_id, position")
    assert held == [(str(at), place) for at, place in enumerate([*range(1, 26), 1, 2, 3, *range(1, 21)])]


@pytest.mark.parametrize("source", ["qualtrics", "salesforce", "stripe"])
def test_a_second_load_of_nothing_new_adds_nothing(
    moving_vendors: VendorServers, query: Query, source: str
) -> None:
    first = load_source(source)
    tables = registry.source_spec(source).tables
    assert tuple(first.rows) == tables
    assert all(first.rows[table] for table in tables if table != "tasks")  # asked for where an outbox is
    assert {t: first.rows[t] + first.quarantined[t] for t in tables} == first.received
    counted = {t: query(f"select count(*) from raw_{source}.{t}")[0][0] for t in tables}
    assert counted == first.rows

    second = load_source(source)
    assert (set(second.rows.values()), set(second.quarantined.values())) == ({0}, {0})
    assert sum(second.received.values()) < sum(first.received.values()), "nothing was incremental"

    moving_vendors.clock.advance(30)
    third = load_source(source)
    assert sum(third.rows.values()) > 0
    duplicated = [
        query(f"select count(*) - count(distinct (record_id, version_id)) from raw_{source}.{t}")[0][0]
        for t in tables
    ]
    assert set(duplicated) == {0}


def test_days_loaded_one_at_a_time_hold_the_same_latest_records(
    moving_vendors: VendorServers, query: Query, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Events come in the account's own version of the API: another text, of which the same is read.
    latest = """
        select record_id, arg_max(
            (customer_id, subscription_id, status, currency, subtotal_minor, tax_minor, total_minor,
                issued_at, lines),
            (coalesce(version_at, timestamptz '1970-01-01'), _dlt_load_id, position)
        ) from raw_stripe.invoices group by record_id order by record_id
    """
    load_source("stripe")
    for _ in range(3):
        moving_vendors.clock.advance(3)
        load_source("stripe")
    daily = query(latest)
    monkeypatch.setenv("NPS_HOME", str(home / "at-once"))
    load_source("stripe")
    assert query(latest) == daily


def test_events_that_are_gone_make_the_lists_be_read_again(
    moving_vendors: VendorServers, query: Query
) -> None:
    first = load_source("stripe")
    moving_vendors.clock.advance(15)
    second = load_source("stripe")
    assert second.received["subscriptions"] < first.received["subscriptions"], "only events were to be read"
    moving_vendors.clock.advance(200)
    third = load_source("stripe")
    assert (
        third.received["subscriptions"]
        >= query("select count(distinct record_id) from raw_stripe.subscriptions")[0][0]
    )
    # What is read from the lists now must come after the events it replaces.
    assert query(
        f"select count(*) from raw_stripe.subscriptions where _dlt_load_id = '{third.load_ids[0]}' "
        "and (version_at is null or version_at < (select max(version_at) from raw_stripe.subscriptions))"
    ) == [(0,)]


def test_what_cannot_be_typed_is_counted_once_and_kept(shop: Shop, query: Query) -> None:
    shop.shelf = [{"id": "a", "size": 1}, {"id": "b", "size": "big"}, {"id": "a", "size": 1}]
    report = load_source("shop")
    assert (report.rows, report.quarantined, report.received) == ({"things": 1}, {"things": 1}, {"things": 2})
    assert query("select table_name, record_id, reason, original_text from raw_shop.quarantine") == [
        ("things", "b", "wrong_type", "{'id': 'b', 'size': 'big'}")
    ]
    assert query("select distinct load_id = _dlt_load_id from raw_shop._dlt_loads, raw_shop.things") == [
        (True,)
    ]


def test_tables_exist_when_nothing_has_come(shop: Shop, query: Query) -> None:
    report = load_source("shop")
    assert report.received == {"things": 0}
    assert query("select * from raw_shop.things") == []
    assert query("select * from raw_shop.quarantine") == []


def test_keys_take_no_memory_while_rows_are_inserted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each engine that is kept here would otherwise live until Python finds it."""
    engines: list[duckdb.DuckDBPyConnection] = []
    connect = duckdb.connect

    def kept(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        engine = connect(*arguments, **options)
        if "keys-" in str(options):
            engines.append(engine)
        return engine

    monkeypatch.setattr("ingestion.known.duckdb.connect", kept)
    shop.shelf = [{"id": "a", "size": 1}, {"id": "b", "size": "wide"}]
    load_source("shop")
    assert len(engines) == 2  # of rows and of what goes to quarantine
    for engine in engines:
        with pytest.raises(duckdb.ConnectionException):
            engine.execute("select 1")


@pytest.mark.parametrize("step", ["initialize_storage", "complete_load"])
def test_a_crash_in_the_middle_is_made_good_by_the_next_run(
    shop: Shop, query: Query, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    shop.shelf = [{"id": "a", "size": 1}]
    load_source("shop")
    shop.shelf.append({"id": "b", "size": 2})

    def crash(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(DuckDbClient, step, crash)
        with pytest.raises(LoadError, match=r"shop: .*No space left on device"):
            load_source("shop")
    finished = "_dlt_load_id in (select load_id from raw_shop._dlt_loads where status = 0)"
    assert query(f"select thing_id from raw_shop.things where {finished}") == [("a",)]

    report = load_source("shop")
    assert shop.cursors == [0, 1, 1], "the cursor moved although the load had failed"
    assert report.rows == {"things": 1}
    assert query(f"select thing_id from raw_shop.things where {finished} order by 1") == [("a",), ("b",)]


def test_what_killed_loads_and_finished_ones_leave_behind_goes_with_the_next(shop: Shop, home: Path) -> None:
    """A killed load leaves its rows; dlt, and an earlier release, the files of those that ended."""
    shop.shelf = [{"id": "a", "size": 1.0}]
    load_source("shop")
    loaded = home / "dlt" / "nps_shop" / "load" / "loaded"
    [first] = loaded.iterdir()
    assert not list(first.rglob("*.parquet")), "dlt keeps what it has loaded"
    (first / "completed_jobs").mkdir(exist_ok=True)
    (first / "completed_jobs" / "sales.1.parquet").write_text("kept by an earlier release")
    orphan = home / "scratch" / "delivery-killed"
    orphan.mkdir(parents=True)
    (orphan / "delivered").write_text("…")
    load_source("shop")
    assert not orphan.exists()
    assert not first.exists()
    assert len(list(loaded.iterdir())) == 1


def test_a_lost_working_folder_is_restored_from_the_warehouse(shop: Shop, home: Path) -> None:
    shop.shelf = [{"id": "a", "size": 1}]
    load_source("shop")
    (home / "dlt").rename(home / "lost")
    assert load_source("shop").rows == {"things": 0}
    assert shop.cursors == [0, 1]


def test_a_row_that_did_not_arrive_stops_the_load(shop: Shop) -> None:
    shop.shelf = [{"id": "a", "size": 1}]
    pipeline = recovered(warehouse.pipeline("shop"))
    info = pipeline.run(shop.source())
    assert check_load(pipeline, info)["things"].landed == 1
    with pipeline.sql_client() as client:
        client.execute_sql("delete from things")
    with pytest.raises(LoadMismatchError, match="1 rows of things landed and 0 are in"):
        check_load(pipeline, info)


def test_a_row_that_arrived_twice_stops_the_load(shop: Shop) -> None:
    shop.shelf = [{"id": "a", "size": 1}]
    pipeline = recovered(warehouse.pipeline("shop"))
    info = pipeline.run(shop.source())
    with pipeline.sql_client() as client:
        client.execute_sql("insert into things select * from things")
    with pytest.raises(LoadMismatchError, match="1 rows of things landed and 2 are in"):
        check_load(pipeline, info)


def test_a_row_that_is_not_accounted_for_stops_the_load(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(keys: KnownKeys, rows: pa.Table) -> New:
        return New(rows.slice(1), rows.num_rows, 0)

    monkeypatch.setattr(KnownKeys, "leave_out", forgetful)
    shop.shelf = [{"id": "a", "size": 1}, {"id": "b", "size": "big"}]
    with pytest.raises(LoadMismatchError, match="received 2 records, but landed 0, quarantined 0 and knew 0"):
        load_source("shop")


def test_a_load_that_does_not_add_up_is_withdrawn_and_made_good_by_the_next_run(
    shop: Shop, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.shelf = [{"id": "a", "size": 1}]
    load_source("shop")
    shop.shelf += [{"id": "b", "size": 2}, {"id": "c", "size": "big"}]
    with monkeypatch.context() as broken:
        broken.setattr(KnownKeys, "leave_out", lambda _, rows: New(rows.slice(1), rows.num_rows, 0))
        with pytest.raises(LoadMismatchError):
            load_source("shop")
    finished = "_dlt_load_id in (select load_id from raw_shop._dlt_loads where status = 0)"
    assert query(f"select thing_id from raw_shop.things where {finished}") == [("a",)]

    report = load_source("shop")
    assert shop.cursors == [0, 1, 1], "the cursor moved although rows were missing"
    assert (report.rows, report.quarantined) == ({"things": 1}, {"things": 1})
    assert query("select thing_id from raw_shop.things order by 1") == [("a",), ("b",)]


def test_overlapping_loads_keep_every_version_once(shop: Shop, query: Query) -> None:
    edited: list[dict[str, Any]] = [
        {"id": "a", "size": 1},
        {"id": "a", "size": 2},
        {"id": "b", "size": "big"},
    ]
    for again in range(3):
        shop.shelf = edited * (again + 1) + [{"id": f"new {again}", "size": 1}]
        report = load_source("shop")
        assert report.rows == {"things": 1 if again else 3}
        assert report.quarantined == {"things": 0 if again else 1}
        assert shop.cursors[-1] < len(shop.shelf)
    assert query("select count(*), count(distinct (record_id, version_id)) from raw_shop.things") == [(5, 5)]
    assert query("select count(*) from raw_shop.quarantine") == [(1,)]


def test_a_row_that_was_dropped_before_extraction_stops_the_load(shop: Shop) -> None:
    shop.shelf = [{"id": "a", "size": 1}, {"id": "b", "size": 1}]
    pipeline = recovered(warehouse.pipeline("shop"))
    source = shop.source()
    source.resources["things"].add_filter(lambda _: False)
    info = pipeline.run(source)
    with pytest.raises(LoadMismatchError, match="gave 2 rows and dlt extracted 0"):
        check_load(pipeline, info)


def test_a_variant_column_stops_the_load(shop: Shop) -> None:
    shop.shelf = [{"id": "a", "size": 1}]
    pipeline = recovered(warehouse.pipeline("shop"))
    info = pipeline.run(shop.source())
    with pipeline.sql_client() as client:
        client.execute_sql("alter table things add column size__v_text varchar")
    with pytest.raises(LoadMismatchError, match="size__v_text"):
        check_load(pipeline, info)


def test_a_source_is_on_with_any_of_its_settings_and_then_needs_all(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [spec.name for spec in registry.enabled_sources()] == ["files"]
    monkeypatch.setenv("SOURCES__STRIPE__API_KEY", "sk_test")
    assert [spec.name for spec in registry.enabled_sources()] == ["stripe", "files"]
    monkeypatch.setenv("SOURCES__QUALTRICS__BASE_URL", "http://localhost")
    with pytest.raises(ConfigurationError, match="SOURCES__QUALTRICS__API_TOKEN"):
        registry.enabled_sources()


def test_an_unknown_source_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match=r"no source `qualtric`.*qualtrics, salesforce"):
        load_source("qualtric")
