"""What a hand-made company of a few records should publish, rule by rule, and the laws of a big one.

Belongs here: worlds and the expected tables. Does not belong here: arithmetic (`test_truth_rules.py`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from demo.company import Size, World, simulate
from demo.truth import expected_dispositions, expected_scores

AS_OF = date(2024, 7, 1)
NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SURVEY = "SV_BranchVisit001"
Row = dict[str, Any]

ACCOUNT: Row = {
    "account_id": "001A",
    "branch_id": "BR2",
    "plan": "Scale",
    "lifecycle_stage": "renewal",
    "is_deleted": False,
    "created_at": LONG_AGO,
    "visible_at": LONG_AGO,
}
CONTACT: Row = {"contact_id": "003A", "account_id": "001A", "email": "a@x.example", "visible_at": LONG_AGO}
CUSTOMER: Row = {"customer_id": "cus_a", "account_id": " 001a", "is_deleted": False, "visible_at": LONG_AGO}
RESPONSE: Row = {
    "response_id": "R_1",
    "survey_id": SURVEY,
    "status": 0,
    "score_text": "9",
    "started_at": NOON - timedelta(minutes=3),
    "recorded_at": NOON,
    "account_id": "001A",
    "contact_id": "003A",
    "distribution_channel": "Email",
    "visible_at": NOON,
}


@pytest.fixture(scope="module")
def schemas() -> dict[str, pa.Schema]:
    size = Size(seed=1, accounts=50, branches=20, employees=20, invitations=200, answers=100)
    return {name: table.schema for name, table in simulate(size).tables().items()}


@pytest.fixture
def company(schemas: dict[str, pa.Schema]) -> Any:
    """Builds a world from rows; tables that are not given have two branches, an account, a contact."""

    def build(**rows: list[Row]) -> World:
        given: dict[str, list[Row]] = {
            "branches": [
                {"branch_id": f"BR{n}", "name": f"Branch {n}", "region": f"R{n}", "visible_at": LONG_AGO}
                for n in (1, 2)
            ],
            "employees": [{"user_id": "005A", "email": "Eve@Contractor.example", "visible_at": LONG_AGO}],
            "accounts": [ACCOUNT],
            "contacts": [CONTACT],
            "customers": [CUSTOMER],
            **rows,
        }
        tables = {
            name: pa.Table.from_pylist(given.get(name, []), schema=schema) for name, schema in schemas.items()
        }
        return World(**tables, truth={})

    return build


def dispositions(world: World, as_of: date = AS_OF) -> dict[str, int]:
    rows = expected_dispositions(world, as_of).to_pylist()
    return {row["disposition"]: row["answers"] for row in rows}


def members(world: World, segment: str, as_of: date = AS_OF) -> dict[str, int]:
    """Answers of each member of a one-dimensional segment, over all time."""
    rows = expected_scores(world, as_of).filter(
        (pc.field("segment") == segment) & (pc.field("period_grain") == "all_time")
    )
    return {row[segment]: row["responses"] for row in rows.to_pylist()}


def answer(number: int = 1, **changes: Any) -> Row:
    return RESPONSE | {"response_id": f"R_{number}"} | changes


@pytest.mark.parametrize(
    ("changes", "disposition"),
    [
        ({}, "counted"),
        ({"status": 1, "score_text": None}, "preview_or_test"),
        ({"status": 8}, "preview_or_test"),
        ({"survey_id": "SV_Product0000001", "score_text": None}, "unregistered_question"),
        ({"score_text": None}, "unanswered"),
        ({"score_text": "6.5"}, "non_integer"),
        ({"score_text": "11"}, "off_scale"),
        ({"score_text": "-1"}, "off_scale"),
        ({"score_text": '"ten"'}, "quarantined"),
        ({"recorded_at": datetime(2099, 1, 1, tzinfo=UTC)}, "in_future"),
        ({"recorded_at": datetime(2024, 7, 1, tzinfo=UTC)}, "in_future"),
        ({"event_at": NOON + timedelta(seconds=1)}, "before_event"),
        ({"event_at": NOON}, "counted"),
        ({"email": " eve@contractor.EXAMPLE "}, "staff_or_own_domain"),
        ({"email": "somebody@Verdant.example"}, "staff_or_own_domain"),
        ({"email": "somebody@notverdant.example"}, "counted"),
    ],
)
def test_one_answer_has_the_first_disposition_that_holds(
    company: Any, changes: Row, disposition: str
) -> None:
    assert dispositions(company(responses=[answer(**changes)])) == {disposition: 1}


def test_the_other_question_of_the_support_survey_is_received_and_not_nps(company: Any) -> None:
    row = answer(survey_id="SV_Support0000001", other_score_text="3")
    assert dispositions(company(responses=[row])) == {"unregistered_question": 1, "counted": 1}


def test_an_answer_before_its_invitation_is_found_whatever_the_case_of_its_id(company: Any) -> None:
    invitation = {"invitation_id": "CGC_x", "contact_id": "003A", "visible_at": NOON}
    sent = [invitation | {"sent_at": NOON - timedelta(minutes=2)}]
    assert dispositions(company(invitations=sent, responses=[answer(invitation_id=" cgc_X")])) == {
        "before_invitation": 1
    }
    sent = [invitation | {"sent_at": NOON - timedelta(minutes=3)}]
    assert dispositions(company(invitations=sent, responses=[answer(invitation_id=" cgc_X")])) == {
        "counted": 1
    }


def test_of_two_answers_to_an_invitation_the_later_counts_unless_it_is_not_valid(company: Any) -> None:
    first = answer(1, invitation_id="CGC_x")
    later = answer(2, invitation_id="CGC_X ", recorded_at=NOON + timedelta(days=200), score_text="0")
    world = company(responses=[first, later | {"recorded_at": NOON + timedelta(days=100)}])
    assert dispositions(world) == {"superseded": 1, "counted": 1}
    world = company(responses=[first, later | {"score_text": "6.5"}])
    assert dispositions(world)["counted"] == 1


@pytest.mark.parametrize(
    ("gap", "found"),
    [
        (timedelta(days=90, seconds=-1), {"quarantine_window": 1, "counted": 1}),
        (timedelta(days=90), {"counted": 2}),
    ],
)
def test_within_the_window_the_later_answer_of_a_person_counts(
    company: Any, gap: timedelta, found: dict[str, int]
) -> None:
    # The second answer has only the address of the same contact.
    second = answer(2, contact_id=None, account_id=None, email=" A@x.example", recorded_at=NOON + gap)
    assert dispositions(company(responses=[answer(1), second])) == found


def test_other_touchpoints_and_other_people_do_not_disturb_each_other(company: Any) -> None:
    rows = [
        answer(1),
        answer(2, survey_id="SV_Renewal0000001"),
        answer(3, contact_id=None, email="b@x.example"),
        answer(4, contact_id=None),
        answer(5, contact_id=None),
    ]
    assert dispositions(company(responses=rows)) == {"counted": 5}


def test_merged_contacts_are_one_person(company: Any) -> None:
    contacts = [
        CONTACT,
        CONTACT | {"contact_id": "003B", "is_deleted": True, "merged_into_id": "003C"},
        CONTACT | {"contact_id": "003C", "is_deleted": True, "merged_into_id": "003a"},
    ]
    rows = [answer(1), answer(2, contact_id="003b", recorded_at=NOON + timedelta(days=1))]
    assert dispositions(company(contacts=contacts, responses=rows)) == {"quarantine_window": 1, "counted": 1}


def test_only_what_is_visible_counts_and_the_latest_version_wins(company: Any) -> None:
    late = datetime(2024, 7, 1, 0, 0, 1, tzinfo=UTC)
    rows = [
        answer(1),
        answer(1, score_text="2", visible_at=late),
        answer(2, contact_id=None, visible_at=late),
    ]
    world = company(responses=[*rows, rows[0]])
    assert dispositions(world) == {"counted": 1}
    assert dispositions(world, date(2024, 7, 2)) == {"counted": 2}


def test_attributes_are_those_in_force_at_the_answer(company: Any) -> None:
    def change(number: int, field: str, old: str, new: str, at: datetime) -> Row:
        return {
            "history_id": f"017{number}",
            "account_id": "001a",
            "field": field,
            "old_value": old,
            "new_value": new,
            "visible_at": at,
        }

    history = [
        change(1, "Branch__c", "BR1", "BR2", NOON + timedelta(days=1)),
        change(2, "Plan__c", "Growth", "Scale", NOON),
        change(3, "Lifecycle_Stage__c", "onboarding", "adoption", NOON - timedelta(days=9)),
        change(4, "Lifecycle_Stage__c", "adoption", "renewal", NOON + timedelta(days=9)),
    ]
    world = company(account_history=history, responses=[answer(survey_id="SV_Relationship001")])
    assert members(world, "branch") == {"BR1": 1}
    assert members(world, "region") == {"R1": 1}
    assert members(world, "plan") == {"Scale": 1}
    assert members(world, "journey_stage") == {"adoption": 1}


def test_the_answer_s_own_branch_wins_and_its_account_s_comes_next(company: Any) -> None:
    rows = [answer(1, branch_id=" br1"), answer(2, contact_id=None, branch_id="BR9")]
    assert members(company(responses=rows), "branch") == {"BR1": 1, "BR2": 1}


def test_a_loser_s_answers_belong_to_the_survivor_and_its_history_to_nobody(company: Any) -> None:
    accounts = [
        ACCOUNT,
        ACCOUNT | {"account_id": "001B", "plan": "Lost", "is_deleted": True, "merged_into_id": "001A"},
    ]
    history = [
        {
            "history_id": "0171",
            "account_id": "001B",
            "field": "Plan__c",
            "old_value": "Older",
            "new_value": "Lost",
            "visible_at": NOON,
        }
    ]
    world = company(accounts=accounts, account_history=history, responses=[answer(account_id="001b ")])
    assert members(world, "plan") == {"Scale": 1}


def test_an_unknown_account_is_unassigned_unless_the_contact_leads_to_one(company: Any) -> None:
    rows = [
        answer(1, account_id="001ZZZ"),
        answer(2, account_id="001ZZZ", contact_id=None, branch_id="BR1"),
        answer(3, account_id=None, contact_id=None, distribution_channel=None),
    ]
    world = company(responses=rows)
    assert members(world, "plan") == {"Scale": 1, "Unassigned": 2}
    assert members(world, "branch") == {"BR2": 1, "BR1": 1, "Unassigned": 1}
    assert members(world, "customer_value_tier") == {"starter": 1, "Unassigned": 2}
    assert members(world, "channel") == {"email": 2, "Unassigned": 1}


def invoice(**changes: Any) -> Row:
    """6,000 EUR for the year that ends at the answer."""
    return {
        "invoice_id": "in_1",
        "customer_id": "cus_a",
        "status": "paid",
        "currency": "eur",
        "subtotal_minor": 600_000,
        "tax_minor": 120_000,
        "total_minor": 720_000,
        "period_start": NOON - timedelta(days=365),
        "period_end": NOON,
        "visible_at": NOON,
    } | changes


def refund(**changes: Any) -> Row:
    return {
        "refund_id": "re_1",
        "customer_id": "cus_a",
        "invoice_id": "in_1",
        "status": "succeeded",
        "currency": "eur",
        "amount_minor": 130_000,
        "created_at": NOON - timedelta(seconds=1),
        "visible_at": NOON,
    } | changes


CREDIT_NOTE: Row = {
    "credit_note_id": "cn_1",
    "customer_id": "cus_a",
    "invoice_id": "in_1",
    "status": "issued",
    "currency": "eur",
    "subtotal_minor": 90_000,
    "refund_id": "re_1",
    "created_at": NOON - timedelta(days=1),
    "visible_at": NOON,
}


@pytest.mark.parametrize(
    ("invoices", "credit_notes", "refunds", "expected"),
    [
        ([invoice()], [], [], "core"),
        ([invoice(status="open")], [], [], "core"),
        ([invoice(status="draft")], [], [], "starter"),
        ([invoice(status="void")], [], [], "starter"),
        ([invoice(), invoice(status="void", visible_at=NOON + timedelta(days=3))], [], [], "starter"),
        ([invoice(period_end=NOON + timedelta(days=365))], [], [], "starter"),
        (
            [invoice(period_end=NOON - timedelta(days=365), issued_at=NOON - timedelta(days=1))],
            [],
            [],
            "core",
        ),
        ([invoice(period_end=None, issued_at=NOON - timedelta(days=366))], [], [], "starter"),
        ([invoice(currency="jpy", subtotal_minor=810_000)], [], [], "core"),
        ([invoice(currency="usd", subtotal_minor=540_000)], [], [], "starter"),
        ([invoice(currency="gbp", subtotal_minor=430_000)], [], [], "core"),
        # 1,300 with tax is 1,083.33 without: 4,916.67 are left.
        ([invoice()], [], [refund()], "starter"),
        ([invoice()], [], [refund(amount_minor=119_999)], "core"),
        ([invoice()], [], [refund(status="failed")], "core"),
        ([invoice()], [], [refund(created_at=NOON)], "core"),
        # The refund is the money side of the credit note: 900 are taken once.
        ([invoice()], [CREDIT_NOTE], [refund(amount_minor=108_000)], "core"),
        ([invoice()], [CREDIT_NOTE | {"status": "void"}], [refund()], "starter"),
        ([invoice()], [CREDIT_NOTE | {"subtotal_minor": 100_001, "refund_id": None}], [], "starter"),
    ],
)
def test_customer_value_is_the_revenue_recognised_in_the_year_before(
    company: Any, invoices: list[Row], credit_notes: list[Row], refunds: list[Row], expected: str
) -> None:
    world = company(invoices=invoices, credit_notes=credit_notes, refunds=refunds, responses=[answer()])
    assert members(world, "customer_value_tier") == {expected: 1}


def test_small_cells_are_withheld(company: Any) -> None:
    def company_of(count: int) -> Row:
        world = company(responses=[answer(n, contact_id=None) for n in range(count)])
        rows = expected_scores(world, AS_OF).filter(
            (pc.field("segment") == "company") & (pc.field("period_grain") == "month")
        )
        [row] = rows.to_pylist()
        return dict(row)

    four, five, thirty = company_of(4), company_of(5), company_of(30)
    hidden = ("promoters", "passives", "detractors", "nps", "nps_low", "nps_high")
    assert [four[name] for name in hidden] == [None] * 6
    assert (four["responses"], four["reportability"]) == (4, "suppressed")
    assert (five["promoters"], five["nps"], five["reportability"]) == (5, None, "interval_only")
    assert five["nps_high"] == 100.0
    assert (thirty["nps"], thirty["reportability"]) == (100.0, "indicative")
    assert (thirty["period_start"], thirty["period_end"]) == (date(2024, 3, 1), date(2024, 4, 1))


def test_a_company_without_answers_publishes_no_score(company: Any) -> None:
    assert len(expected_scores(company(), AS_OF)) == 0
    assert len(expected_dispositions(company(), AS_OF)) == 0


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(Size(seed=3, accounts=600, branches=20, employees=20, invitations=6_000, answers=2_500))


@pytest.mark.parametrize("as_of", [date(2024, 2, 29), date(2026, 1, 1), date(2026, 1, 20)])
def test_nothing_is_lost_and_every_split_adds_up(world: World, as_of: date) -> None:
    seen = world.responses.filter(
        pc.field("visible_at") <= pa.scalar(datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC))
    )
    support = seen.filter(pc.field("survey_id") == "SV_Support0000001")
    received = sum(pc.count_distinct(table["response_id"]).as_py() for table in (seen, support))
    found = dispositions(world, as_of)
    assert sum(found.values()) == received
    scores = expected_scores(world, as_of)
    key = scores.schema.names[: scores.schema.names.index("promoters")]
    assert len(scores.group_by(key).aggregate([])) == len(scores)
    totals = (
        scores.filter(~pc.field("period_grain").isin(["trailing_90d", "trailing_365d"]))
        .group_by(["segment", "period_grain"])
        .aggregate([("responses", "sum")])
    )
    assert set(totals["responses_sum"].to_pylist()) == {found["counted"]}
    assert len(totals) == 10 * 4


def test_truth_does_not_depend_on_the_order_of_rows(world: World) -> None:
    as_of = date(2026, 1, 1)
    order = pa.array(range(len(world.invitations) - 1, -1, -1))
    turned = replace(world, invitations=world.invitations.take(order))
    assert expected_scores(turned, as_of).equals(expected_scores(world, as_of))
