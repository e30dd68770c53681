"""Requests to be forgotten: who makes them in the simulated company, how they arrive, and what they erase.

Belongs here: erasures only. Does not belong here: the other dispositions (`test_truth.py`).
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from demo import inbox
from demo.company import Size, World, simulate
from demo.truth import expected_dispositions
from tests.demo.hand_made import CONTACT, NOON, Row, answer, dispositions

LATER = NOON + timedelta(days=1)
CONTACTS = [
    CONTACT,
    CONTACT | {"contact_id": "003B", "email": "b@x.example", "merged_into_id": "003A"},
    CONTACT | {"contact_id": "003C", "email": "c@x.example"},
]


def request(**changes: Any) -> Row:
    return {"erasure_id": "ER_1", "requested_at": LATER, "visible_at": LATER} | changes


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"response_id": " r_1"}, {}),
        ({"response_id": "R_1", "source": " Qualtrics"}, {}),
        ({"contact_id": "003a "}, {}),
        # The survivor's request reaches what the merged contact has said, and the other way round.
        ({"contact_id": "003A"}, {"contact_id": "003B"}),
        ({"contact_id": "003B"}, {}),
        # However the answer leads to the contact: by its invitation, by its address, beside another one's id.
        ({"contact_id": "003A"}, {"contact_id": None, "invitation_id": "CGC_1"}),
        ({"contact_id": "003A"}, {"contact_id": "003C", "invitation_id": "CGC_1"}),
        ({"contact_id": "003A"}, {"contact_id": None, "email": "A@x.example"}),
        # Somebody the CRM does not know has an id all the same.
        ({"contact_id": "003ZZ"}, {"contact_id": "003zz"}),
        ({"email": "X@y.example "}, {"email": " x@Y.example"}),
        ({"email": "x@y.example", "response_id": "R_9"}, {"email": "x@y.example"}),
        # Being erased comes before every other reason.
        ({"response_id": "R_1"}, {"status": 2, "score_text": None}),
    ],
)
def test_a_request_erases_what_it_names(company: Any, named: Row, said: Row) -> None:
    invitation = {"invitation_id": "CGC_1", "contact_id": "003B", "sent_at": NOON - timedelta(days=1)}
    world = company(
        contacts=CONTACTS,
        invitations=[invitation | {"visible_at": NOON}],
        erasures=[request(**named)],
        responses=[answer(**said)],
    )
    assert dispositions(world) == {"erased": 1}


@pytest.mark.parametrize(
    "named",
    [
        {"response_id": "R_2"},
        {"contact_id": "003C"},
        # An address reaches only answers given under it, not the contact who has it.
        {"email": "a@x.example"},
        {"response_id": "R_1", "source": "files"},
        # What is said after the request is said in the knowledge of it.
        {"response_id": "R_1", "requested_at": NOON},
        {"response_id": "R_1", "requested_at": datetime(2024, 7, 1, tzinfo=UTC)},
        {"response_id": "R_1", "visible_at": datetime(2024, 7, 1, 0, 0, 1, tzinfo=UTC)},
    ],
)
def test_a_request_erases_nothing_else(company: Any, named: Row) -> None:
    world = company(contacts=CONTACTS, erasures=[request(**named)], responses=[answer()])
    assert dispositions(world) == {"counted": 1}


def test_an_erased_answer_takes_part_in_no_other_rule(company: Any) -> None:
    # The later answer would put the first into quarantine, and supersede it.
    rows = [
        answer(1, invitation_id="CGC_1"),
        answer(2, invitation_id="CGC_1", recorded_at=NOON + timedelta(hours=1)),
    ]
    assert dispositions(company(responses=rows)) == {"superseded": 1, "counted": 1}
    world = company(responses=rows, erasures=[request(response_id="R_2")])
    assert dispositions(world) == {"erased": 1, "counted": 1}


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(Size(seed=5, accounts=300, branches=20, employees=30, invitations=6_000, answers=2_500))


def test_people_ask_in_every_way_and_go_on_asking_in_the_days_ahead(world: World) -> None:
    requests = world.erasures.to_pylist()
    names = [{"response_id", "contact_id", "email"} & {n for n, v in row.items() if v} for row in requests]
    assert {name for each in names for name in each} == {"response_id", "contact_id", "email"}
    assert all(len(each) == 1 for each in names)
    assert world.truth["erasure_requests"] == {"response": 4, "contact": 4, "email": 4}
    assert all(row["requested_at"] < row["visible_at"] for row in requests)
    merged = pc.utf8_lower(
        world.contacts.filter(pc.is_valid(pc.field("merged_into_id")))["contact_id"]
    ).to_pylist()
    assert any((row["contact_id"] or "").strip().lower() in merged for row in requests)
    erased = []
    for as_of in (date(2026, 1, 1), date(2026, 1, 20)):
        found = expected_dispositions(world, as_of).to_pylist()
        erased += [row["answers"] for row in found if row["disposition"] == "erased"]
    assert 0 < erased[0] < erased[1]


def test_what_has_arrived_lies_in_the_inbox_and_is_written_once(world: World, tmp_path: Path) -> None:
    first = inbox.deliver(world.erasures, datetime(2026, 1, 1, tzinfo=UTC), tmp_path)
    assert all(path.parent == tmp_path / "surveys" / "erasures" for path in first)
    times = {path: path.stat().st_mtime for path in first}
    second = inbox.deliver(world.erasures, datetime(2026, 1, 20, tzinfo=UTC), tmp_path)
    assert set(first) < set(second)
    assert {path: path.stat().st_mtime for path in first} == times
    rows = []
    for path in second:
        with path.open(encoding="utf-8") as file:
            rows += list(csv.DictReader(file))
    wanted = world.erasures.to_pylist()
    assert {row["erasure_id"] for row in rows} == {row["erasure_id"] for row in wanted}
    assert {row["requested_at"] for row in rows} == {row["requested_at"].isoformat() for row in wanted}


def test_a_day_s_file_grows_with_the_day(company: Any, tmp_path: Path) -> None:
    table = company(
        erasures=[request(), request(erasure_id="ER_2", visible_at=LATER + timedelta(hours=1))]
    ).erasures
    [path] = inbox.deliver(table, LATER, tmp_path)
    assert path.read_text("utf-8").count("ER_") == 1
    assert inbox.deliver(table, LATER + timedelta(hours=1), tmp_path) == [path]
    assert path.read_text("utf-8").count("ER_") == 2
    assert inbox.deliver(table, LATER - timedelta(seconds=1), tmp_path / "before") == []
