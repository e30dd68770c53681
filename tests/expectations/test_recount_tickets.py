"""Tickets recounted from payloads: whose they are, where they stood when, what an answer knows of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import duckdb
import pytest

from expectations.recount import comparison, tickets
from expectations.recount.crm import ALWAYS, Crm, Timeline
from expectations.recount.identities import Identities
from expectations.recount.members import Members
from expectations.recount.raw import Contact
from expectations.recount.versions import RawRecords


def at(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1_000_000


class Answer(NamedTuple):
    key: str
    account: str | None
    responded_at: int | None


def ticket(number: int, status: str, updated: str, **others: Any) -> dict[str, Any]:
    created = others.pop("created", "2025-05-01T00:00:00Z")
    said = {"id": number, "status": status, "created_at": created, "updated_at": updated, "priority": "High"}
    metrics = {"solved_at": None, "reopens": 1, "reply_time_in_minutes": {"calendar": 90}}
    return {**said, "organization_id": 7, "requester_id": 9, "metric_set": metrics, **others}


def event(number: int, ticket_id: int, created: str, *statuses: str | None) -> dict[str, Any]:
    children = [{"event_type": "Change", **({"status": each} if each else {})} for each in statuses]
    return {"id": number, "ticket_id": ticket_id, "created_at": created, "child_events": children}


RAW: dict[str, list[dict[str, Any]]] = {
    "tickets": [
        ticket(1, "new", "2025-05-01T00:00:00Z"),
        ticket(1, "solved", "2025-05-03T00:00:00Z"),
        ticket(2, "deleted", "2025-05-02T00:00:00Z", organization_id=8, created="2025-03-03T00:00:00Z"),
        ticket(3, "open", "2025-06-01T00:00:00Z", organization_id=None, created="2025-06-01T00:00:00Z"),
        ticket(4, "open", "2025-05-01T00:00:00Z", organization_id=None, requester_id=10),
    ],
    "ticket_events": [
        event(1, 1, "2025-05-01T00:00:00Z", "new"),
        event(2, 1, "2025-05-02T00:00:00Z", None),
        event(3, 1, "2025-05-03T00:00:00Z", "open", "solved"),
        event(4, 1, "2025-06-02T00:00:00Z", "open"),
        event(5, 2, "2025-03-03T00:00:00Z", "new"),
        event(6, 2, "2025-05-02T00:00:00Z", "deleted"),
    ],
    "requesters": [
        {"id": 9, "external_id": None, "email": "One@x.example", "updated_at": "2025-01-01T00:00:00Z"},
        {"id": 10, "external_id": "C9", "email": None, "updated_at": "2025-01-01T00:00:00Z"},
    ],
    "organizations": [
        {"id": 7, "external_id": " A1", "updated_at": "2025-01-01T00:00:00Z"},
        {"id": 8, "external_id": None, "updated_at": "2025-01-01T00:00:00Z"},
    ],
}
CUSTOMERS = Crm(
    survivors={"a1": "a2", "a2": "a2"},
    timelines={("a2", "plan"): Timeline([ALWAYS, at("2025-05-01")], ["old", "new"])},
    branches={},
)
PEOPLE = Identities(contacts={"c1": Contact("one@x.example", None, "a2")}, accounts={"a1": "a2", "a2": "a2"})
ANSWERS = [
    Answer("just opened", "a2", at("2025-05-01")),
    Answer("solved at it", "a2", at("2025-05-03")),
    Answer("ninety days", "a2", at("2025-06-01")),
    Answer("reopened", "a2", at("2025-06-03")),
    Answer("of nobody", None, at("2025-06-03")),
]


@pytest.fixture
def records() -> Iterator[RawRecords]:
    """A working file in memory with the payloads of a support tool."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; create schema raw_zendesk; create schema marts")
        connection.execute("create table raw_zendesk._dlt_loads as select '1' as load_id, 0 as status")
        for table, payloads in RAW.items():
            connection.execute(
                f"create table raw_zendesk.{table} (record_id varchar, _dlt_load_id varchar, version_at"
                " timestamptz, position bigint, payload varchar)"
            )
            for place, payload in enumerate(payloads, start=1):
                moment = payload.get("updated_at", payload.get("created_at"))
                connection.execute(
                    f"insert into raw_zendesk.{table} values (?, '1', ?, ?, ?)",
                    [str(payload["id"]), moment, place, json.dumps(payload)],
                )
        yield RawRecords(connection)


def recounted(records: RawRecords) -> dict[str, Members]:
    found = tickets.of_answers(records, CUSTOMERS, PEOPLE, ANSWERS, None)
    return {each.dimension: each for each in found}


def test_a_ticket_is_the_organisations_else_the_contacts_account_with_what_held_then(
    records: RawRecords,
) -> None:
    rows = recounted(records)["fct_support_tickets"].rows.to_pylist()
    told = ("ticket_key", "account_key", "contact_key", "plan", "status", "is_deleted")
    assert [tuple(row[name] for name in told) for row in rows] == [
        ("zendesk:1", "a2", "c1", "new", "solved", False),
        ("zendesk:2", "a2", "c1", "old", "deleted", True),
        ("zendesk:3", "a2", "c1", "new", "open", False),
        ("zendesk:4", None, None, None, "open", False),
    ]
    assert rows[0]["first_replied_at"] == at("2025-05-01") + 90 * 60_000_000
    assert (rows[0]["priority"], rows[0]["reopen_count"]) == ("high", 1)


def test_an_answer_knows_the_tickets_before_it_and_none_after_it(records: RawRecords) -> None:
    rows = recounted(records)["fct_answer_tickets"].rows.to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("just opened", 1, 1, "1-2"),  # the deleted one, which was there then
        ("solved at it", 1, 2, "1-2"),
        ("ninety days", 0, 2, "1-2"),
        ("reopened", 2, 2, "1-2"),
    ]


def test_each_difference_is_named(records: RawRecords) -> None:
    expected = recounted(records)
    engine = records.connection
    for name, each in expected.items():
        engine.register("expected", each.rows)
        moments = [column for column in each.rows.column_names if column.endswith("_at")]
        replaced = ", ".join(f"make_timestamp({column}) as {column}" for column in moments)
        columns = f"* replace ({replaced})" if moments else "*"
        engine.execute(f"create table marts.{name} as select {columns} from expected")
        engine.unregister("expected")
    engine.execute(
        "create table marts.fct_survey_responses as select answer_key from marts.fct_answer_tickets"
    )
    assert comparison.of_members(engine, list(expected.values())) == []
    for change, told in (
        ("update marts.fct_support_tickets set account_key = 'a1' where ticket_id = '1'", "account_key"),
        ("update marts.fct_support_tickets set reopen_count = 0 where ticket_id = '1'", "reopen_count"),
        ("delete from marts.fct_support_tickets where ticket_id = '2'", "row"),
        (
            "update marts.fct_answer_tickets set tickets_open = 9 where answer_key = 'reopened'",
            "tickets_open",
        ),
        ("update marts.fct_answer_tickets set tickets_90d = 9 where answer_key = 'reopened'", "tickets_90d"),
    ):
        engine.execute(f"begin; {change}")
        [difference] = comparison.of_members(engine, list(expected.values()))
        assert told in str(difference)
        engine.execute("rollback")


def test_without_a_support_tool_nothing_is_recounted() -> None:
    with duckdb.connect() as connection:
        assert tickets.of_answers(RawRecords(connection), CUSTOMERS, PEOPLE, ANSWERS, None) == []
