"""Which answers count, in plain Python: the auditor's own reading of the definition.

Belongs here: persons, dispositions, bands. Does not belong here: reading raw (`recount_raw`) or adding
up periods (`recount`). Written from docs/definition.md and docs/data-contracts.md, not from the models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, TypeVar

from expectations.recount_raw import Answer, Contact, Invitation

T = TypeVar("T", "Question", "Definition")
_DAY = 86_400_000_000
WINDOWS = {"relationship": 180 * _DAY, "transactional": 90 * _DAY}
PROMOTERS, PASSIVES, DETRACTORS = frozenset({9, 10}), frozenset({7, 8}), frozenset(range(7))


class Question(NamedTuple):
    """A line of the question registry; from–to in microseconds, half-open, no end: for ever."""

    survey_type: str
    touchpoint: str
    valid_from: int
    valid_to: int | None


class Definition(NamedTuple):
    """A version of the definition and when it is in force, half-open."""

    version: str
    valid_from: int
    valid_to: int | None


@dataclass(frozen=True)
class Inputs:
    """What the recount takes as given: registries and identities, no rule and no threshold."""

    questions: Mapping[tuple[str, str, str], list[Question]]
    definitions: list[Definition]
    own_domains: frozenset[str]
    staff: frozenset[str] = frozenset()
    invitations: Mapping[str, Mapping[str, Invitation]] = field(default_factory=dict)
    contacts: Mapping[str, Contact] = field(default_factory=dict)


class Judged(NamedTuple):
    """An answer with its disposition; `question` and `version` are None where nothing is registered."""

    answer: Answer
    disposition: str
    question: Question | None
    version: str | None


def judge(answers: Iterable[Answer], inputs: Inputs, as_of: int) -> list[Judged]:
    """The disposition of every answer, known at `as_of` (microseconds, exclusive)."""
    judged = [_judge_alone(answer, inputs, as_of) for answer in answers]
    judged = _excluded(judged, _superseded(judged), "superseded")
    return _excluded(judged, _followed_within_window(judged, _persons(inputs)), "quarantine_window")


def _judge_alone(answer: Answer, inputs: Inputs, as_of: int) -> Judged:
    definition = _in_force(inputs.definitions, answer.responded_at)
    registered = inputs.questions.get((answer.source, answer.survey, answer.question), [])
    question = _in_force(registered, answer.responded_at) if definition else None
    reason = _own_reason(answer, question, inputs, as_of)
    return Judged(answer, reason, question, definition.version if definition else None)


def _own_reason(answer: Answer, question: Question | None, inputs: Inputs, as_of: int) -> str:
    if answer.is_test:
        return "preview_or_test"
    if question is None or answer.responded_at is None:
        return "unregistered_question"
    if answer.score is None:
        return "unanswered"
    if not answer.score.is_integer():
        return "non_integer"
    if not 0 <= answer.score <= 10:
        return "off_scale"
    if answer.responded_at >= as_of:
        return "in_future"
    invitation = _invitation(answer, inputs)
    if invitation is not None and invitation.sent_at is not None:
        began = answer.responded_at if answer.started_at is None else answer.started_at
        if min(answer.responded_at, began) < invitation.sent_at:
            return "before_invitation"
    if answer.event_at is not None and answer.responded_at < answer.event_at:
        return "before_event"
    if answer.email is not None:
        domain = answer.email.rpartition("@")[2]
        if answer.email in inputs.staff or domain in inputs.own_domains:
            return "staff_or_own_domain"
    return "counted"


def _excluded(judged: list[Judged], keys: set[str], disposition: str) -> list[Judged]:
    if not keys:
        return judged
    return [item._replace(disposition=disposition) if item.answer.key in keys else item for item in judged]


def _superseded(judged: list[Judged]) -> set[str]:
    """Of several valid answers to one invitation and question, all but the last."""
    last: dict[tuple[str, str, str, str], Answer] = {}
    superseded: set[str] = set()
    for answer, disposition, _, _ in judged:
        if disposition != "counted" or answer.invitation is None:
            continue
        slot = (answer.source, answer.survey, answer.question, answer.invitation)
        other = last.setdefault(slot, answer)
        if other is not answer:
            earlier, last[slot] = sorted((other, answer), key=_order)
            superseded.add(earlier.key)
    return superseded


def _followed_within_window(judged: list[Judged], person_of: Callable[[Answer], str]) -> set[str]:
    """Of a person's valid answers each that the next one follows within the window."""
    series: dict[tuple[str, str, str], list[tuple[int, str]]] = defaultdict(list)
    for answer, disposition, question, _ in judged:
        if disposition == "counted" and question is not None:
            person = (person_of(answer), question.survey_type, question.touchpoint)
            series[person].append(_order(answer))
    followed: set[str] = set()
    for (_, survey_type, _), times in series.items():
        window = WINDOWS.get(survey_type, 0)
        times.sort()
        followed.update(key for (at, key), (following, _) in pairwise(times) if following - at < window)
    return followed


def _persons(inputs: Inputs) -> Callable[[Answer], str]:
    """Who answered: the surviving contact, else the e-mail, else the answer itself."""
    survivors = {contact: _survivor(contact, inputs.contacts) for contact in inputs.contacts}
    by_email: dict[str, str] = {}
    for contact, record in inputs.contacts.items():
        if record.email is not None:
            survivor = survivors[contact]
            by_email[record.email] = min(survivor, by_email.get(record.email, survivor))

    def person_of(answer: Answer) -> str:
        if answer.contact in survivors:
            return survivors[answer.contact]
        invitation = _invitation(answer, inputs)
        if invitation is not None:
            if invitation.contact in survivors:
                return survivors[invitation.contact]
            if invitation.email in by_email:
                return by_email[invitation.email]
        if answer.email in by_email:
            return by_email[answer.email]
        return answer.email or answer.key

    return person_of


def _invitation(answer: Answer, inputs: Inputs) -> Invitation | None:
    if answer.invitation is None or answer.source not in inputs.invitations:
        return None
    return inputs.invitations[answer.source].get(answer.invitation)


def _survivor(contact: str, contacts: Mapping[str, Contact]) -> str:
    """The end of a chain of merges; of a circle its smallest id; a merge into the unknown is none."""
    walked: list[str] = []
    while contact not in walked:
        walked.append(contact)
        target = contacts[contact].merged_into
        if target is None or target not in contacts:
            return contact
        contact = target
    return min(walked[walked.index(contact) :])


def _in_force(lines: list[T], at: int | None) -> T | None:
    if at is None:
        return None
    for line in lines:
        if line.valid_from <= at and (line.valid_to is None or at < line.valid_to):
            return line
    return None


def _order(answer: Answer) -> tuple[int, str]:
    return (answer.responded_at or 0, answer.key)
