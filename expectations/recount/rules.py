"""Which answers count, in plain Python: the auditor's own reading of the definition.

Belongs here: the disposition of an answer and the definition it is judged by. Does not belong here: reading
raw (`raw`), who a person is (`identities`) or adding up periods (`cells`). Written from docs/definition.md
and docs/contracts/, not from the models.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import NamedTuple, TypeVar

from expectations.definition import Version
from expectations.recount.identities import Identities
from expectations.recount.raw import Answer, Erasure

T = TypeVar("T", "Question", "Definition")
_EPOCH = date(1970, 1, 1)
_DAY = 86_400_000_000


class Question(NamedTuple):
    """A line of the question registry; from–to in microseconds, half-open, no end: for ever."""

    survey_type: str
    touchpoint: str
    valid_from: int
    valid_to: int | None
    journey_stage: str | None = None


class Definition(NamedTuple):
    """A version of the definition and when it is in force, half-open, microseconds."""

    version: Version
    valid_from: int
    valid_to: int | None

    @classmethod
    def of(cls, version: Version) -> Definition:
        return cls(version, _microseconds(version.valid_from), end_of(version.valid_to))


@dataclass(frozen=True)
class Inputs:
    """What the recount takes as given: registry, requests and identities, no rule and no threshold."""

    questions: Mapping[tuple[str, str, str], list[Question]]
    definitions: Sequence[Definition]
    own_domains: frozenset[str]
    staff: frozenset[str] = frozenset()
    identities: Identities = field(default_factory=Identities)
    erasures: Sequence[Erasure] = ()


class Judged(NamedTuple):
    """An answer with its disposition; `question` and `version` are None where nothing is registered."""

    answer: Answer
    disposition: str
    question: Question | None
    version: Version | None


def judge(answers: Iterable[Answer], inputs: Inputs, as_of: int) -> list[Judged]:
    """The disposition of every answer, known at `as_of` (microseconds, exclusive)."""
    requests = _Requests(inputs, as_of)
    judged = [_judge_alone(answer, inputs, requests, as_of) for answer in answers]
    judged = _excluded(judged, _superseded(judged), "superseded")
    return _excluded(judged, _followed_within_window(judged, inputs.identities), "quarantine_window")


class _Requests:
    """Requests to be forgotten, found by what they name; each holds for answers given before it."""

    def __init__(self, inputs: Inputs, as_of: int) -> None:
        self._identities = inputs.identities
        self._until: dict[tuple[str, str, str | None], int] = {}
        self._named: set[tuple[str, str | None]] = set()
        for request in inputs.erasures:
            if request.requested_at >= as_of:
                continue
            named = {
                "response": request.response,
                "contact": self._identities.same_contact(request.contact),
                "email": request.email,
                "person": request.person,
            }
            for kind, value in named.items():
                if value is not None:
                    key = (kind, value, request.source)
                    self._named.add((kind, value))
                    self._until[key] = max(request.requested_at, self._until.get(key, request.requested_at))

    def cover(self, answer: Answer) -> bool:
        """Whether any of them erases the answer: by response, e-mail or any contact it leads to."""
        if not self._until or answer.responded_at is None:
            return False
        invitation = self._identities.invitation(answer)
        named = [
            ("response", answer.response),
            ("email", answer.address),
            ("person", answer.person),
            ("contact", self._identities.same_contact(answer.contact)),
            ("contact", self._identities.same_contact(invitation.contact) if invitation else None),
            ("contact", self._identities.invited(invitation) if invitation else None),
            ("contact", self._identities.contact(answer)),
        ]
        if self._named.isdisjoint(named):
            return False
        return any(
            answer.responded_at < self._until.get((kind, value, source), answer.responded_at)
            for kind, value in named
            if value is not None
            for source in (answer.source, None)
        )


def _judge_alone(answer: Answer, inputs: Inputs, requests: _Requests, as_of: int) -> Judged:
    definition = in_force(inputs.definitions, answer.responded_at)
    registered = inputs.questions.get((answer.source, answer.survey, answer.question), [])
    question = in_force(registered, answer.responded_at) if definition else None
    reason = "erased" if requests.cover(answer) else _own_reason(answer, question, inputs, as_of)
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
    if answer.is_on_another_scale or not 0 <= answer.score <= 10:
        return "off_scale"
    if answer.responded_at >= as_of:
        return "in_future"
    invitation = inputs.identities.invitation(answer)
    if invitation is not None and invitation.sent_at is not None:
        began = answer.responded_at if answer.started_at is None else answer.started_at
        if _is_before(answer.responded_at, invitation.sent_at) or _is_before(began, invitation.sent_at):
            return "before_invitation"
    if answer.event_at is not None and _is_before(answer.responded_at, answer.event_at):
        return "before_event"
    if answer.email is not None:
        domain = answer.email.rpartition("@")[2]
        if answer.email in inputs.staff or domain in inputs.own_domains:
            return "staff_or_own_domain"
    return "counted"


def _is_before(moment: int, other: int) -> bool:
    """Midnight UTC stands for its whole day, because a date without a time of day is kept as that."""
    return moment // _DAY < other // _DAY if moment % _DAY == 0 else moment < other


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


def _followed_within_window(judged: list[Judged], identities: Identities) -> set[str]:
    """Of a person's valid answers each that the next one follows within the window of its definition."""
    series: dict[tuple[str, str, str], list[tuple[int, str, int]]] = defaultdict(list)
    for answer, disposition, question, version in judged:
        if disposition == "counted" and question is not None and version is not None:
            person = (identities.person(answer), question.survey_type, question.touchpoint)
            window = version.window_days.get(question.survey_type, 0) * _DAY
            series[person].append((*_order(answer), window))
    followed: set[str] = set()
    for times in series.values():
        times.sort()
        followed.update(
            key for (at, key, window), (following, _, _) in pairwise(times) if following - at < window
        )
    return followed


def in_force(lines: Sequence[T], at: int | None) -> T | None:
    """The line of a registry that holds at a moment."""
    if at is None:
        return None
    for line in lines:
        if line.valid_from <= at and (line.valid_to is None or at < line.valid_to):
            return line
    return None


def _order(answer: Answer) -> tuple[int, str]:
    return (answer.responded_at or 0, answer.key)


def end_of(day: date | None) -> int | None:
    """The end of a period of validity in microseconds; None: it has none."""
    return None if day is None else _microseconds(day)


def _microseconds(day: date) -> int:
    return (day - _EPOCH).days * _DAY
