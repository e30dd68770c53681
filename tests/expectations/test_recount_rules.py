"""The recount's rules against an oracle that tries all pairs, and against others' mistakes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import definition
from expectations.recount.identities import Identities
from expectations.recount.raw import Answer, Contact, Erasure, Invitation
from expectations.recount.rules import Definition, Inputs, Question, judge

DAY = 86_400_000_000
AS_OF = 1000 * DAY
RELATIONSHIP = Question("relationship", "company", 10 * DAY, None)
SUPPORT = Question("transactional", "support", 0, 900 * DAY)
VERSION = definition.versions()[0]
FIRST, SECOND = (
    replace(VERSION, version="1"),
    replace(VERSION, version="2", window_days={"relationship": 30, "transactional": 20}),
)
INPUTS = Inputs(
    questions={("q", "rel", "q1"): [RELATIONSHIP], ("q", "sup", "q1"): [SUPPORT]},
    definitions=[Definition(FIRST, 0, 500 * DAY), Definition(SECOND, 500 * DAY, None)],
    own_domains=frozenset({"own.example"}),
    staff=frozenset({"boss@else.example"}),
    identities=Identities(
        invitations={
            "q": {
                "i1": Invitation(50 * DAY, "c1", None),
                "i2": Invitation(300 * DAY, None, "d@x.example"),
                "i3": Invitation(None, "nobody", "nobody@x.example"),
            },
            "another source": {"i4": Invitation(AS_OF, "c6", "f@x.example")},
        },
        contacts={
            "c1": Contact("a@x.example", "c2"),
            "c2": Contact("b@x.example", "c3"),
            "c3": Contact(None, None),
            "c4": Contact("d@x.example", "c5"),
            "c5": Contact("b@x.example", "c4"),
            "c6": Contact("f@x.example", "unknown"),
        },
    ),
    erasures=[
        Erasure(200 * DAY, None, None, "c2", None),
        Erasure(450 * DAY, "q", None, None, "new@x.example"),
        Erasure(450 * DAY, "another source", "r1", None, None),
        Erasure(470 * DAY, None, "r2", None, None),
        Erasure(490 * DAY, None, None, "stranger", None),
        Erasure(200 * DAY, "q", None, None, None, "7"),
        Erasure(AS_OF, None, None, None, "d@x.example"),
    ],
)
ERASED = {"contact": {"c3": 200 * DAY, "stranger": 490 * DAY}, "email": {"new@x.example": 450 * DAY}}
CONTACT_SURVIVORS = {"c1": "c3", "c2": "c3", "c3": "c3", "c4": "c4", "c5": "c4", "c6": "c6"}
EMAIL_SURVIVORS = {"a@x.example": "c3", "b@x.example": "c3", "d@x.example": "c4", "f@x.example": "c6"}


def answer(key: str = "q:1", **changes: Any) -> Answer:
    valid = Answer(key, "q", "rel", "q1", 9.0, 480 * DAY, None, None, None, None, None, False)
    return valid._replace(**changes)


moments = st.one_of(
    st.integers(0, 1010).map(lambda day: day * DAY), st.sampled_from([660 * DAY - 1, 660 * DAY])
)
answers_in_any_state = st.lists(
    st.builds(
        answer,
        survey=st.sampled_from(["rel", "rel", "sup", "other"]),
        score=st.sampled_from([None, 0.0, 6.0, 6.5, 7.0, 9.0, 10.0, 11.0, -1.0]),
        responded_at=moments,
        started_at=st.one_of(st.none(), moments),
        event_at=st.one_of(st.none(), st.none(), moments),
        invitation=st.sampled_from([None, "i1", "i2", "i3", "i4"]),
        contact=st.sampled_from([None, "c1", "c3", "c5", "c6", "stranger"]),
        email=st.sampled_from([None, "a@x.example", "d@x.example", "new@x.example", "me@own.example"]),
        is_test=st.sampled_from([False, False, False, True]),
        response=st.sampled_from([None, "r1", "r2"]),
    ),
    max_size=14,
).map(lambda found: [each._replace(key=f"q:{number}") for number, each in enumerate(found)])


def question_of(each: Answer) -> Question | None:
    for line in INPUTS.questions.get(("q", each.survey, each.question), []):
        assert each.responded_at is not None
        if line.valid_from <= each.responded_at and (
            line.valid_to is None or each.responded_at < line.valid_to
        ):
            return line
    return None


NO_ONE = Invitation(None, None, None)


def person(each: Answer) -> str:
    sent = INPUTS.identities.invitations["q"].get(each.invitation or "", NO_ONE)
    found = [
        CONTACT_SURVIVORS.get(each.contact or ""),
        CONTACT_SURVIVORS.get(sent.contact or ""),
        EMAIL_SURVIVORS.get(sent.email or ""),
        EMAIL_SURVIVORS.get(each.email or ""),
        each.email,
        each.key,
    ]
    return next(key for key in found if key)


def naive(answers: list[Answer]) -> dict[str, str]:
    """Every rule as the sentence of the contract, every pair of answers compared."""
    result: dict[str, str] = {}
    for each in answers:
        at = each.responded_at
        assert at is not None
        sent = INPUTS.identities.invitations["q"].get(each.invitation or "", NO_ONE).sent_at
        contacts = {
            CONTACT_SURVIVORS.get(each.contact or "", each.contact),
            CONTACT_SURVIVORS.get(
                INPUTS.identities.invitations["q"].get(each.invitation or "", NO_ONE).contact or ""
            ),
            person(each),
        }
        rules = {
            "erased": any(at < ERASED["contact"].get(contact or "", 0) for contact in contacts)
            or at < ERASED["email"].get(each.email or "", 0)
            or (each.response == "r2" and at < 470 * DAY),
            "preview_or_test": each.is_test,
            "unregistered_question": question_of(each) is None,
            "unanswered": each.score is None,
            "non_integer": each.score == 6.5,
            "off_scale": each.score in (-1.0, 11.0),
            "in_future": at >= AS_OF,
            "before_invitation": sent is not None
            and (at < sent or (each.started_at is not None and each.started_at < sent)),
            "before_event": each.event_at is not None and at < each.event_at,
            "staff_or_own_domain": each.email == "me@own.example",
        }
        result[each.key] = next((name for name, holds in rules.items() if holds), "counted")

    def later(one: Answer, other: Answer) -> bool:
        return (other.responded_at, other.key) > (one.responded_at, one.key)

    valid = [each for each in answers if result[each.key] == "counted"]
    for one in valid:
        rivals = [other for other in valid if one.invitation and other.invitation == one.invitation]
        if any(other.survey == one.survey and later(one, other) for other in rivals):
            result[one.key] = "superseded"
    valid = [each for each in valid if result[each.key] == "counted"]
    for one in valid:
        early = (one.responded_at or 0) < 500 * DAY
        window = (180 if early else 30) * DAY if one.survey == "rel" else (90 if early else 20) * DAY
        for other in valid:
            same = person(one) == person(other) and one.survey == other.survey
            if same and later(one, other) and other.responded_at - one.responded_at < window:  # type: ignore[operator]
                result[one.key] = "quarantine_window"
    return result


@settings(max_examples=150, deadline=None)
@given(answers_in_any_state)
def test_dispositions_equal_those_of_all_pairs(answers: list[Answer]) -> None:
    judged = judge(answers, INPUTS, AS_OF)
    assert {item.answer.key: item.disposition for item in judged} == naive(answers)
    assert [item.answer for item in judged] == answers
    for item in judged:
        assert item.version == (FIRST if (item.answer.responded_at or 0) < 500 * DAY else SECOND)


@settings(max_examples=25, deadline=None)
@given(answers_in_any_state, st.randoms())
def test_the_order_of_raw_does_not_matter(answers: list[Answer], random: Any) -> None:
    shuffled = list(answers)
    random.shuffle(shuffled)
    one = {item.answer.key: item for item in judge(answers, INPUTS, AS_OF)}
    assert one == {item.answer.key: item for item in judge(shuffled, INPUTS, AS_OF)}


@pytest.mark.parametrize(
    ("changes", "disposition"),
    [
        ({"score": 6.5}, "non_integer"),
        ({"score": float("nan")}, "non_integer"),
        ({"score": 0.0}, "counted"),
        ({"score": 11.0}, "off_scale"),
        ({"question": "q3"}, "unregistered_question"),
        ({"survey": "any other 0–10 question"}, "unregistered_question"),
        ({"responded_at": None}, "unregistered_question"),
        ({"responded_at": 10 * DAY - 1}, "unregistered_question"),
        ({"responded_at": AS_OF}, "in_future"),
        ({"responded_at": AS_OF - 1}, "counted"),
        ({"event_at": 480 * DAY}, "counted"),
        ({"event_at": 480 * DAY + 1}, "counted"),
        ({"event_at": 481 * DAY}, "before_event"),
        ({"responded_at": 480 * DAY + 1, "event_at": 480 * DAY + 2}, "before_event"),
        ({"invitation": "i2", "responded_at": 300 * DAY}, "counted"),
        ({"invitation": "i2", "responded_at": 300 * DAY - 1}, "before_invitation"),
        ({"invitation": "i2", "started_at": 300 * DAY - 1}, "before_invitation"),
        ({"email": "boss@else.example"}, "staff_or_own_domain"),
        ({"email": '"a@b"@own.example'}, "staff_or_own_domain"),
        ({"email": "me@not.own.example"}, "counted"),
        ({"email": "ann@sub.own.example"}, "counted"),
        ({"is_test": True, "score": None}, "preview_or_test"),
        ({"person": "7", "responded_at": 200 * DAY - 1}, "erased"),
        ({"person": "7", "source": "another source", "responded_at": 200 * DAY - 1}, "unregistered_question"),
        ({"contact": "c1", "responded_at": 200 * DAY - 1, "is_test": True}, "erased"),
        ({"contact": "c1", "responded_at": 200 * DAY}, "counted"),
        ({"response": "r1"}, "counted"),
    ],
)
def test_one_answer_alone(changes: dict[str, Any], disposition: str) -> None:
    (judged,) = judge([answer(**changes)], INPUTS, AS_OF)
    assert judged.disposition == disposition


def test_the_window_ends_exactly_after_its_days() -> None:
    first = answer("q:1", contact="c6")
    inside = answer("q:2", contact="c6", responded_at=660 * DAY - 1)
    assert [item.disposition for item in judge([first, inside], INPUTS, AS_OF)] == [
        "quarantine_window",
        "counted",
    ]
    outside = inside._replace(responded_at=660 * DAY)
    assert [item.disposition for item in judge([first, outside], INPUTS, AS_OF)] == ["counted", "counted"]
