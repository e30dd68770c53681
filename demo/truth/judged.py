"""Every answer received, with its disposition.

Belongs here: persons, and the order of the rules. Does not belong here: which requests erase an answer
(`erased.py`), the dimensions of those that count (`facts.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from demo.company import World
from demo.truth.definition import (
    DAY,
    OWN_DOMAINS,
    QUARANTINE_DAYS,
    REGISTRY,
    SOURCE,
    SURVEYS_ASKING_MORE,
    Question,
)
from demo.truth.erased import Erasures
from demo.truth.known import NO_MOMENT, Known, current, seconds_of, somebody, tidy
from demo.truth.rules import is_quarantined


@dataclass(frozen=True)
class Answer:
    """One answer received: what was said, about what, and by whom. Moments in seconds since 1970.

    `contact` is the surviving one it is resolved to, `contacts` all that it names in any way.
    """

    answer_key: str
    response_id: str
    survey_id: str
    question_id: str
    question: Question | None
    score: float | None
    status: int
    responded: int
    started: int
    event: int
    invitation: str | None
    sent: int
    contact: str | None
    contacts: frozenset[str]
    account: str | None
    branch: str | None
    channel: str | None
    email: str | None
    comment: str | None

    @property
    def person(self) -> str:
        """The contact, else the address, else the answer itself."""
        return self.contact or self.email or self.answer_key


def answers_received(world: World, known: Known) -> tuple[list[Answer], int]:
    """Current version of every answer to a scored question, and how many versions could not be read."""
    received: list[Answer] = []
    quarantined = 0
    seen = world.responses.filter(pa.array(seconds_of(world.responses["visible_at"]) <= known.clock))
    asks_more = np.isin(np.array(seen["survey_id"].to_pylist(), dtype=object), list(SURVEYS_ASKING_MORE))
    for question_id, column in (("QID1", "score_text"), ("QID3", "other_score_text")):
        asked = seen if question_id == "QID1" else seen.filter(pa.array(asks_more))
        unreadable = np.array([_is_text(text) for text in asked[column].to_pylist()], dtype=bool)
        refused = asked.filter(pa.array(unreadable)).select(["response_id", column, "visible_at"])
        quarantined += len(set(zip(*refused.to_pydict().values(), strict=True)))
        readable = current(asked.filter(pa.array(~unreadable)), "response_id", known.clock)
        received += _answers(readable, question_id, column, known)
    return received, quarantined


def _is_text(literal: str | None) -> bool:
    return literal is not None and isinstance(json.loads(literal), str)


def _answers(table: pa.Table, question_id: str, column: str, known: Known) -> list[Answer]:
    names = ("response_id", "survey_id", "status", "invitation_id", "account_id", "contact_id", "email")
    lists = [
        table[name].to_pylist() for name in (*names, "branch_id", "distribution_channel", "comment", column)
    ]
    moments = [seconds_of(table[name]).tolist() for name in ("recorded_at", "started_at", "event_at")]
    answers = []
    for row in zip(*lists, *moments, strict=True):
        response, survey, status, invitation, account, contact, email, branch, channel = row[:9]
        comment, literal, responded, started, event = row[9:]
        answer_key = f"{SOURCE}:{response}:{question_id}"
        invitation, email = somebody(invitation), somebody(email)
        invited = known.invitations.get(invitation or "")
        named = (_survivor(known, contact), invited.contact if invited else None)
        survivor = next(filter(None, (*named, known.contact_by_email.get(email or ""))), None)
        home = known.account.get(known.customer(account))
        if home is None and survivor is not None:
            home = known.contact_account.get(survivor)
        answers.append(
            Answer(
                answer_key=answer_key,
                response_id=str(tidy(response)),
                survey_id=survey,
                question_id=question_id,
                question=REGISTRY.get((survey, question_id)),
                score=None if literal is None else float(json.loads(literal)),
                status=status,
                responded=responded,
                started=started,
                event=event,
                invitation=invitation,
                sent=invited.sent if invited else NO_MOMENT,
                contact=survivor,
                contacts=frozenset(filter(None, (*named, survivor, known.customer(contact)))),
                account=home,
                branch=tidy(branch),
                channel=tidy(channel),
                email=email,
                comment=comment,
            )
        )
    return answers


def _survivor(known: Known, contact: str | None) -> str | None:
    return known.contact.get(known.customer(contact))


def own_disposition(answer: Answer, known: Known, erasures: Erasures) -> str | None:
    """The first rule that excludes the answer without regard to others; None if none does."""
    score = answer.score
    if erasures.reach(answer.responded, answer.response_id, answer.contacts, answer.email):
        return "erased"
    if answer.status != 0:
        return "preview_or_test"
    if answer.question is None:
        return "unregistered_question"
    if score is None:
        return "unanswered"
    if score != int(score):
        return "non_integer"
    if not 0 <= score <= 10:
        return "off_scale"
    if answer.responded >= known.clock:
        return "in_future"
    if _is_before(answer.responded, answer.sent) or _is_before(answer.started, answer.sent):
        return "before_invitation"
    if _is_before(answer.responded, answer.event):
        return "before_event"
    if answer.email is not None:
        domain = answer.email.rpartition("@")[2]
        if answer.email in known.staff or domain in OWN_DOMAINS:
            return "staff_or_own_domain"
    return None


def _is_before(moment: int, other: int) -> bool:
    """What is dated midnight has a date and no time of day: it is before what came on a later day."""
    if moment % DAY == 0:
        return moment // DAY < other // DAY
    return moment < other


def judge(answers: list[Answer], known: Known, erasures: Erasures) -> list[str]:
    """The disposition of every answer, in the order given."""
    verdicts = [own_disposition(answer, known, erasures) for answer in answers]
    valid = [place for place, verdict in enumerate(verdicts) if verdict is None]
    in_time = sorted(valid, key=lambda place: (answers[place].responded, answers[place].answer_key))

    last_to: dict[tuple[str, str, str], int] = {}
    for place in in_time:
        answer = answers[place]
        if answer.invitation is not None:
            asked = (answer.invitation, answer.survey_id, answer.question_id)
            if asked in last_to:
                verdicts[last_to[asked]] = "superseded"
            last_to[asked] = place

    last_of: dict[tuple[str, str, str], int] = {}
    for place in in_time:
        answer = answers[place]
        if verdicts[place] is not None or answer.question is None:
            continue
        survey_type = answer.question.survey_type
        line = (answer.person, survey_type, answer.question.touchpoint)
        if line in last_of:
            before = answers[last_of[line]].responded
            if is_quarantined(before, answer.responded, QUARANTINE_DAYS[survey_type]):
                verdicts[last_of[line]] = "quarantine_window"
        last_of[line] = place
    return [verdict or "counted" for verdict in verdicts]
