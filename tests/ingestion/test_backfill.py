"""A source's past, month by month: whole, each row once, cursors as they were, and on after a kill."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.company.world import World
from demo.server import VendorServers, serve
from demo.vendors import hubspot, scripts
from demo.vendors.faults import Script
from demo.vendors.hubspot_objects import with_ids_of_hubspot
from ingestion import load, warehouse
from ingestion.backfill import Month, backfill, planned
from ingestion.errors import ConfigurationError, FinalLoadError, LoadError
from ingestion.load import load_source
from ingestion.windows import DONE, months

from .conftest import NOW

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Query = Callable[[str], list[tuple[Any, ...]]]

#: Source → its tables that a window limits.
WINDOWED = {
    "qualtrics": ("responses",),
    "surveymonkey": ("responses",),
    "typeform": ("responses",),
    "salesforce": ("accounts", "contacts", "account_history"),
    "hubspot": ("accounts", "contacts"),
    "stripe": ("invoices", "refunds"),
    "chargebee": ("invoices",),
}
QUICK = "typeform"
START, END = date(2025, 10, 15), date(2025, 12, 10)
#: The moment by which a table is limited; for Stripe and Chargebee that of making, not that of a change.
MOMENT = {"stripe": "to_timestamp((payload::json->>'created')::bigint)", "chargebee": "issued_at"}


def read(source: str, start: date = START, end: date = END) -> list[Any]:
    return list(backfill(source, planned(source, start, end)))


def rows_of(query: Query, source: str, table: str, further: str = "") -> set[tuple[Any, ...]]:
    found = query(
        f"select record_id, version_id from raw_{source}.{table} where _dlt_load_id in"
        f" (select load_id from raw_{source}._dlt_loads where status = 0) {further}"
    )
    assert len(found) == len(set(found)), "a row came twice"
    return set(found)


def within(query: Query, source: str, table: str) -> set[tuple[Any, ...]]:
    moment = MOMENT.get(source, "version_at")
    return rows_of(
        query, source, table, f"and {moment} >= '{START} 00:00:00+00' and {moment} < '{END} 00:00:00+00'"
    )


def cursors(source: str) -> dict[str, Any]:
    """The state of a source without the marks of a backfill."""
    pipeline = load.recovered(warehouse.pipeline(source))
    pipeline.sync_destination()
    return {key: value for key, value in pipeline.state["sources"][source].items() if key != DONE}


@pytest.fixture
def vendor(
    request: pytest.FixtureRequest, vendors: VendorServers, world: World, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A source, whose vendor answers; the ids of a HubSpot are numbers."""
    if request.param == "hubspot":
        with serve(with_ids_of_hubspot(world.tables()), NOW) as servers:
            for name, value in hubspot.settings(servers.base_url).items():
                monkeypatch.setenv(name, value)
            yield request.param
    else:
        yield request.param


@pytest.mark.parametrize(
    "vendor",
    [pytest.param(each, marks=[] if each == QUICK else pytest.mark.long) for each in WINDOWED],
    indirect=True,
)
def test_a_window_is_whole_its_rows_are_those_of_a_load_and_no_cursor_moves(
    vendor: str, query: Query
) -> None:
    done = read(vendor)
    assert [month.window.start.month for month in done] == [10, 11, 12]
    assert all(month.report is not None for month in done)
    found = {table: rows_of(query, vendor, table) for table in WINDOWED[vendor]}
    assert all(found.values()), "nothing to be found"
    load_source(vendor)
    for table, rows in found.items():
        expected = within(query, vendor, table)
        assert rows <= expected
        assert {record for record, _ in rows} == {record for record, _ in expected}
        assert vendor == "stripe" or rows == expected, "events have versions that a list does not show"
    before, state = {table: rows_of(query, vendor, table) for table in found}, cursors(vendor)
    assert any(state["resources"].values()), "no cursor to be kept"
    again = read(vendor, START, date(2025, 12, 11))
    assert [month.report is None for month in again] == [True, True, False], "the last window is another"
    assert {table: rows_of(query, vendor, table) for table in found} == before
    assert cursors(vendor) == state


def test_a_month_that_fails_is_asked_for_again_and_those_before_are_not(
    vendors: VendorServers, query: Query
) -> None:
    """Refused in the second month: nothing of it is kept, and the first is not asked for again."""
    counted = Script(r"/Relationship001/responses$", after=1_000_000)
    vendors.faults.script(counted, scripts.refused("/Relationship001/responses", 503, after=1, times=3))
    span = planned(QUICK, START, END)
    done: list[Month] = []
    with pytest.raises(LoadError, match="answered 503"):
        done.extend(backfill(QUICK, span))
    asked = counted.seen
    partly = rows_of(query, QUICK, "responses")
    assert partly
    rest = list(backfill(QUICK, span))
    assert [month.report is None for month in rest] == [True, False, False]
    assert counted.seen == asked + 2
    assert partly < rows_of(query, QUICK, "responses")
    assert [month.report for month in backfill(QUICK, span)] == [None] * 3
    assert counted.seen == asked + 2


@pytest.mark.long
def test_killed_it_goes_on_and_raw_is_the_same(
    vendors: VendorServers, query: Query, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 while the second month is read."""
    program = (
        "import sys; from datetime import date; from ingestion.backfill import backfill, planned\n"
        f"for month in backfill('{QUICK}', planned('{QUICK}', date.fromisoformat(sys.argv[1]),"
        " date.fromisoformat(sys.argv[2]))): print(month.window.name, flush=True)"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", program, str(START), str(END)], stdout=subprocess.PIPE, text=True
    )
    reached = threading.Event()

    def hold(body: bytes) -> bytes:
        killed.kill()
        reached.set()
        return body

    vendors.faults.script(Script(r"/Relationship001/responses$", after=1, change=hold))
    assert killed.stdout is not None
    told = killed.stdout.read().splitlines()
    assert killed.wait() == -signal.SIGKILL
    assert reached.is_set()
    assert len(told) == 1
    rest = read(QUICK)
    assert [month.report is None for month in rest] == [True, False, False]
    in_two_parts = rows_of(query, QUICK, "responses")
    monkeypatch.setenv("NPS_HOME", str(tmp_path / "elsewhere"))
    read(QUICK)
    assert rows_of(query, QUICK, "responses") == in_two_parts


def test_settings_that_have_changed_since_the_last_load_come_first(
    vendors: VendorServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_source(QUICK)
    monkeypatch.setenv("SOURCES__TYPEFORM__HIDDEN", '{"branch_id": "source"}')
    with pytest.raises(FinalLoadError, match="run `nps refresh` first"):
        read(QUICK, date(2025, 12, 1))


@pytest.mark.parametrize(
    ("source", "start", "end", "said"),
    [
        ("files", START, END, "files cannot be asked for a span of time"),
        ("nobody", START, END, "there is no source `nobody`"),
        (QUICK, END, END, "is not before"),
        (QUICK, START, date(2999, 1, 1), "give an earlier day"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(
    vendors: VendorServers, source: str, start: date, end: date, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        planned(source, start, end)


def test_a_source_that_is_not_configured_is_not_asked() -> None:
    with pytest.raises(ConfigurationError, match="typeform is not configured"):
        planned(QUICK, START, END)


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(1, 900))
def test_months_follow_one_another_without_a_gap(start: date, days: int) -> None:
    end = start + timedelta(days=days)
    span = months(start, end)
    assert [span[0].start.date(), span[-1].end.date()] == [start, end]
    assert all(earlier.end == later.start for earlier, later in pairwise(span))
    assert all(each.start < each.end and each.last_second.month == each.start.month for each in span)
