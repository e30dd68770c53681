"""Every answer received, with its disposition; and the counted ones with their dimensions.

Belongs here: the order of the rules, persons, and attributes as of the answer. Does not belong here:
aggregation (`scores.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from demo.company import World
from demo.truth.definition import (
    OWN_DOMAINS,
    QUARANTINE_DAYS,
    REGISTRY,
    SOURCE,
    SURVEYS_ASKING_EASE,
    UNASSIGNED,
    Question,
)
from demo.truth.known import NO_MOMENT, Known, current, seconds_of, tidy
from demo.truth.revenue import recognised
from demo.truth.rules import is_quarantined, tier


@dataclass(frozen=True)
class Answer:
    """One answer received: what was said, about what, and by whom. Moments in seconds since 1970."""

    answer_key: str
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
    person: str
    account: str | None
    branch: str | None
    channel: str | None
    email: str | None


@dataclass(frozen=True)
class Counted:
    """One counted answer: its score and the value of every dimension."""

    survey_type: str
    responded: int
    score: int
    customer_value_tier: str
    journey_stage: str
    branch: str
    region: str
    plan: str
    channel: str


def answers_received(world: World, known: Known) -> tuple[list[Answer], int]:
    """Current version of every answer to a scored question, and how many versions could not be read."""
    received: list[Answer] = []
    quarantined = 0
    seen = world.responses.filter(pa.array(seconds_of(world.responses["visible_at"]) <= known.clock))
    asks_ease = np.isin(np.array(seen["survey_id"].to_pylist(), dtype=object), list(SURVEYS_ASKING_EASE))
    for question_id, column in (("QID1", "score_text"), ("QID3", "other_score_text")):
        asked = seen if question_id == "QID1" else seen.filter(pa.array(asks_ease))
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
    lists = [table[name].to_pylist() for name in (*names, "branch_id", "distribution_channel", column)]
    moments = [seconds_of(table[name]).tolist() for name in ("recorded_at", "started_at", "event_at")]
    answers = []
    for row in zip(*lists, *moments, strict=True):
        response, survey, status, invitation, account, contact, email, branch, channel, literal = row[:10]
        responded, started, event = row[10:]
        answer_key = f"{SOURCE}:{response}:{question_id}"
        invitation, email = tidy(invitation), tidy(email)
        survivor = _contact(known, tidy(contact), invitation, email)
        home = known.account.get(tidy(account) or "")
        if home is None and survivor is not None:
            home = known.contact_account.get(survivor)
        answers.append(
            Answer(
                answer_key=answer_key,
                survey_id=survey,
                question_id=question_id,
                question=REGISTRY.get((survey, question_id)),
                score=None if literal is None else float(json.loads(literal)),
                status=status,
                responded=responded,
                started=started,
                event=event,
                invitation=invitation,
                sent=known.invitation_sent.get(invitation or "", NO_MOMENT),
                person=survivor or email or answer_key,
                account=home,
                branch=tidy(branch),
                channel=tidy(channel),
                email=email,
            )
        )
    return answers


def _contact(known: Known, contact: str | None, invitation: str | None, email: str | None) -> str | None:
    """The surviving contact: the answer's own, else its invitation's, else the one with that address."""
    for candidate in (contact, known.invitation_contact.get(invitation or "")):
        survivor = known.contact.get(candidate or "")
        if survivor is not None:
            return survivor
    return known.contact_by_email.get(email or "")


def own_disposition(answer: Answer, known: Known) -> str | None:
    """The first rule that excludes the answer without regard to others; None if none does."""
    score = answer.score
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
    if min(answer.responded, answer.started) < answer.sent:
        return "before_invitation"
    if answer.responded < answer.event:
        return "before_event"
    if answer.email is not None:
        domain = answer.email.rpartition("@")[2]
        if answer.email in known.staff or domain in OWN_DOMAINS:
            return "staff_or_own_domain"
    return None


def judge(answers: list[Answer], known: Known) -> list[str]:
    """The disposition of every answer, in the order given."""
    verdicts = [own_disposition(answer, known) for answer in answers]
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


def counted(world: World, known: Known, answers: list[Answer], verdicts: list[str]) -> list[Counted]:
    """The counted answers with every dimension as of the answer."""
    kept = [answer for answer, verdict in zip(answers, verdicts, strict=True) if verdict == "counted"]
    moments = np.array([answer.responded for answer in kept], dtype=np.int64)
    revenue = recognised(world, known).trailing([answer.account for answer in kept], moments)
    return [_dimensions(known, answer, amount) for answer, amount in zip(kept, revenue.tolist(), strict=True)]


def _dimensions(known: Known, answer: Answer, amount: float) -> Counted:
    if answer.question is None or answer.score is None:
        raise ValueError(f"{answer.answer_key} cannot be counted: no registered question or no score")

    def attribute(name: str) -> str | None:
        if answer.account is None:
            return None
        return known.attributes.value(answer.account, name, answer.responded)

    branch = known.branches.get(answer.branch or "")
    if branch is None:
        branch = known.branches.get(tidy(attribute("Branch__c")) or "")
    return Counted(
        survey_type=answer.question.survey_type,
        responded=answer.responded,
        score=int(answer.score),
        customer_value_tier=UNASSIGNED if answer.account is None else tier(amount),
        journey_stage=answer.question.journey_stage or attribute("Lifecycle_Stage__c") or UNASSIGNED,
        branch=branch.branch_id if branch else UNASSIGNED,
        region=branch.region if branch else UNASSIGNED,
        plan=attribute("Plan__c") or UNASSIGNED,
        channel=answer.channel or UNASSIGNED,
    )
