"""What a hand-made company of a few records should publish, rule by rule.

Belongs here: dispositions, identities and attributes. Does not belong here: revenue, suppression and the laws
of a big company (`test_truth_figures.py`); arithmetic (`test_truth_rules.py`).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.demo.hand_made import ACCOUNT, CONTACT, NOON, Row, answer, dispositions, members


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
