"""Zendesk: every version of a ticket and each change of its status once, through pages and deletions."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import orjson
import pytest

from demo.company.world import World
from demo.server import VendorServers, serve
from demo.vendors import scripts, zendesk
from demo.vendors.faults import Script
from demo.vendors.limits import Limits
from ingestion.errors import LoadError
from ingestion.load import load_source
from ingestion.pages import Page, split_page
from ingestion.support.zendesk import with_metrics

from .conftest import NOW, Extracted, texts

pytestmark = pytest.mark.long  # its vendor's emulator, load by load: half a minute

Query = Callable[[str], list[tuple[Any, ...]]]
Extract = Callable[[str, str], Extracted]
EARLIER = datetime(2025, 3, 1)
LAST = """
    select {columns} from raw_zendesk.{table}
    qualify row_number() over (partition by record_id order by version_at desc, _dlt_load_id desc) = 1
"""


def known(world: World, table: str, until: datetime) -> list[dict[str, Any]]:
    """The rows of the company's table that an export shows at a moment: all but those of the last minute."""
    shown = until - timedelta(minutes=1)
    return [
        row for row in world.tables()[table].to_pylist() if row["visible_at"].replace(tzinfo=None) <= shown
    ]


def test_two_loads_bring_each_ticket_as_it_is_and_each_change_once(
    moving_vendors: VendorServers, world: World, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__ZENDESK__PAGE_SIZE", "60")
    moving_vendors.clock.move_to(EARLIER)
    first = load_source("zendesk")
    moving_vendors.clock.move_to(NOW)
    second, idle = load_source("zendesk"), load_source("zendesk")
    assert min(first.rows["tickets"], second.rows["tickets"]) > 20
    assert set(idle.rows.values()) == {0}
    assert idle.received["tickets"] == idle.received["requesters"] == 0, "the cursor was not used"
    assert idle.received["ticket_events"] <= 3
    assert sum(sum(load.quarantined.values()) for load in (first, second, idle)) == 0

    rows = known(world, "tickets", NOW)
    current = {row["ticket_id"]: row for row in rows}
    columns = ("status", "priority", "channel", "created_at", "solved_at", "first_reply_minutes", "reopens")
    of_raw = "ticket_id, status, priority, channel, opened_at, solved_at, first_reply_minutes, reopen_count"
    assert set(query(LAST.format(columns=of_raw, table="tickets"))) == {
        (str(key), *(row[column] for column in columns)) for key, row in current.items()
    }
    assert "deleted" in {row["status"] for row in current.values()}
    assert set(query("select ticket_id, status, changed_at from raw_zendesk.ticket_events")) == {
        (str(row["ticket_id"]), row["new_status"], row["visible_at"])
        for row in known(world, "ticket_events", NOW)
    }
    assert query("select count(*) = count(distinct record_id) from raw_zendesk.ticket_events") == [(True,)]
    assert set(query("select requester_id, contact_id, email from raw_zendesk.requesters")) == {
        (str(row["requester_id"]), row["contact_id"], row["email"]) for row in known(world, "requesters", NOW)
    }
    assert set(query("select organization_id, account_id, name from raw_zendesk.organizations")) == {
        (str(row["organization_id"]), row["account_id"], row["name"])
        for row in known(world, "organizations", NOW)
    }


def in_progress(world: World) -> datetime:
    """A moment at which a ticket is shown that will change and is not the last that has changed."""
    rows = sorted(world.tables()["tickets"].to_pylist(), key=lambda row: row["visible_at"])
    for first, second in pairwise(rows):
        moment: datetime = second["visible_at"] + timedelta(minutes=2)
        later = [row for row in rows if row["ticket_id"] == first["ticket_id"] and row["visible_at"] > moment]
        if first["ticket_id"] != second["ticket_id"] and later:
            return moment.replace(tzinfo=None)
    raise AssertionError("there is no such moment")


def test_a_ticket_that_changes_between_two_pages_comes_again_and_loses_nothing(
    moving_vendors: VendorServers, world: World, extract: Extract, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = in_progress(world)
    all_but_one = len({row["ticket_id"] for row in known(world, "tickets", shown)}) - 1
    monkeypatch.setenv("SOURCES__ZENDESK__PAGE_SIZE", str(all_but_one))
    moving_vendors.clock.move_to(shown)

    def later(body: bytes) -> bytes:
        moving_vendors.clock.move_to(NOW)
        return body

    moving_vendors.faults.script(Script(r"/tickets/cursor$", times=1, change=later))
    rows = extract("zendesk", "tickets").rows
    current = {str(row["ticket_id"]): row["status"] for row in known(world, "tickets", NOW)}
    found = dict(zip(texts(rows, "ticket_id"), texts(rows, "status"), strict=True))
    assert rows.num_rows > len(found), "no ticket came again"
    assert found == current


def test_what_changes_within_the_last_minute_comes_later(
    moving_vendors: VendorServers, world: World, extract: Extract
) -> None:
    newest = max(row["visible_at"] for row in known(world, "tickets", NOW))
    moving_vendors.clock.move_to(newest + timedelta(seconds=30))
    assert newest not in extract("zendesk", "tickets").rows["version_at"].to_pylist()
    moving_vendors.clock.move_to(newest + timedelta(seconds=90))
    assert newest in extract("zendesk", "tickets").rows["version_at"].to_pylist()


def test_metrics_beside_the_tickets_are_read_like_those_within() -> None:
    within = b'{"id":7,"status":"open","metric_set":{"ticket_id":7,"reopens":2}}'
    beside = split_page(
        b'{"tickets":[{"id":7,"status":"open"},{"id":8,"status":"new"}],'
        b'"metric_sets":[{"ticket_id":7,"reopens":2}]}',
        "tickets",
    )
    assert beside is not None
    assert with_metrics(beside) == [within, b'{"id":8,"status":"new"}']
    assert with_metrics(Page([within], {})) == [within]


def test_an_event_says_the_last_status_that_it_set(vendors: VendorServers, extract: Extract) -> None:
    def set_again(event: dict[str, Any]) -> None:
        event["child_events"].append({"event_type": "Change", "status": "hold", "previous_value": "open"})

    expected = extract("zendesk", "ticket_events").rows.num_rows
    path = r"/incremental/ticket_events$"
    vendors.faults.script(scripts.changed_records(path, set_again))
    rows, rejects = extract("zendesk", "ticket_events")
    assert (rows.num_rows, rejects.num_rows) == (expected, 0)
    assert set(rows["status"].to_pylist()) == {"hold"}
    vendors.faults.scripts.clear()
    vendors.faults.script(scripts.changed_type(path, "child_events", "none"))
    rows, rejects = extract("zendesk", "ticket_events")
    assert (rows.num_rows, rejects.num_rows) == (0, expected)
    assert set(rejects["reason"].to_pylist()) == {"wrong_type"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"end_of_stream": None}, "without `end_of_stream`"),
        ({"end_of_stream": False, "after_cursor": None}, "`after_cursor` is empty"),
    ],
)
def test_a_page_that_does_not_say_how_it_goes_on_is_refused(
    vendors: VendorServers, change: dict[str, Any], told: str
) -> None:
    path = r"/tickets/cursor$"
    spoil = Script(path, times=None, change=lambda body: orjson.dumps(orjson.loads(body) | change))
    vendors.faults.script(spoil)
    with pytest.raises(LoadError, match=told):
        load_source("zendesk")


def test_zendesk_refuses_as_documented(world: World) -> None:
    headers = {"Authorization": f"Bearer {zendesk.TOKEN}"}
    with serve(world, NOW, limits=Limits(zendesk_exports=2)) as servers:
        exported = f"{servers.base_url}/zendesk/api/v2/incremental/tickets/cursor"
        assert httpx.get(exported).status_code == 401
        recent = httpx.get(exported, params={"start_time": int(NOW.timestamp())}, headers=headers)
        assert recent.status_code == 422
        assert "older than 60 seconds" in recent.json()["description"]
        assert httpx.get(exported, params={"start_time": 0}, headers=headers).status_code == 200
        throttled = httpx.get(exported, params={"start_time": 0}, headers=headers)
        assert (throttled.status_code, throttled.json()["error"]) == (429, "APIRateLimitExceeded")
        assert 0 < int(throttled.headers["Retry-After"]) <= 61
