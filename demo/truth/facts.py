"""What figures are made of, as columns: counted answers, invitations, and the customers of a day.

Belongs here: each fact with its dimensions. Does not belong here: which answers count (`judged.py`), cells.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np

from demo.company import World
from demo.truth.attributes import Attributes, texts
from demo.truth.definition import BANDS, DAY, REGISTRY, UNASSIGNED
from demo.truth.judged import Answer
from demo.truth.known import Floats, Ints, Known, Texts
from demo.truth.revenue import Revenue, recognised
from demo.truth.rules import tier

EPOCH = date(1970, 1, 1)
ARRIVED = ("sent", "opened", "started", "finished")
"""The states of an invitation that somebody got."""
BAND_ORDER = ("promoter", "passive", "detractor")


@dataclass(frozen=True)
class Answers:
    """Counted answers in order of time. `account` is a number or -1; `band` a place in BAND_ORDER; `comment`
    is empty where there is none.

    `next` is the place of the same person's next answer of the survey type, or how many answers there are.
    """

    day: Ints
    band: Ints
    account: Ints
    next: Ints
    comment: Texts
    members: dict[str, Texts]
    codes: dict[str, Ints] = field(default_factory=dict)


@dataclass(frozen=True)
class Invitations:
    """Delivered invitations sent before as-of, in order of time, and whether each was answered."""

    day: Ints
    answered: Ints
    members: dict[str, Texts]
    codes: dict[str, Ints] = field(default_factory=dict)


@dataclass(frozen=True)
class Standings:
    """The customers of a day: accounts with revenue in the 365 days before it, in EUR."""

    account: Ints
    revenue: Floats
    members: dict[str, Texts]
    codes: dict[str, Ints] = field(default_factory=dict)


class Facts:
    """Everything there is to count, from a world whose answers have been judged."""

    def __init__(self, world: World, known: Known, answers: list[Answer], verdicts: list[str]) -> None:
        self._known = known
        self.accounts = len(known.account_number)
        self._attributes = Attributes(world, known)
        self._revenue: Revenue = recognised(world, known)
        judged = list(zip(answers, verdicts, strict=True))
        self.answers = self._answers([answer for answer, verdict in judged if verdict == "counted"])
        unanswered = ("erased", "preview_or_test", "unregistered_question", "unanswered")
        self.invitations = self._invitations(
            {(answer.invitation, answer.survey_id) for answer, verdict in judged if verdict not in unanswered}
        )

    def _numbers(self, accounts: list[str | None]) -> Ints:
        return np.array([self._known.account_number.get(one or "", -1) for one in accounts], dtype=np.int64)

    def _answers(self, kept: list[Answer]) -> Answers:
        kept = sorted(kept, key=lambda answer: (answer.responded, answer.answer_key))
        questions = [REGISTRY[answer.survey_id, answer.question_id] for answer in kept]
        account = self._numbers([answer.account for answer in kept])
        at = np.array([answer.responded for answer in kept], dtype=np.int64)
        amount = self._revenue.trailing(account, at)
        following = np.full(len(kept), len(kept), dtype=np.int64)
        last: dict[tuple[str, str], int] = {}
        for place, (answer, question) in enumerate(zip(kept, questions, strict=True)):
            whose = (answer.person, question.survey_type)
            if whose in last:
                following[last[whose]] = place
            last[whose] = place
        return Answers(
            day=at // DAY,
            band=np.array([BAND_ORDER.index(BANDS[int(answer.score or 0)]) for answer in kept], np.int64),
            account=account,
            next=following,
            comment=np.array([answer.comment or "" for answer in kept], dtype=object),
            members={
                "survey_type": texts(question.survey_type for question in questions),
                "customer_value_tier": _tiers(account, amount),
                "journey_stage": self._attributes.stages(account, at, [q.journey_stage for q in questions]),
                **self._attributes.dimensions(account, at, [answer.branch for answer in kept]),
                "channel": texts(answer.channel for answer in kept),
            },
        )

    def _invitations(self, answered: set[tuple[str | None, str]]) -> Invitations:
        """With the dimensions as of sending, but the value at the beginning of the month of sending."""
        asking = {survey: question for (survey, _), question in REGISTRY.items()}
        sent = [
            (key, invitation)
            for key, invitation in sorted(self._known.invitations.items(), key=lambda item: item[1].sent)
            if invitation.status in ARRIVED and invitation.survey_id in asking
            if invitation.sent < self._known.clock
        ]
        questions = [asking[invitation.survey_id] for _, invitation in sent]
        homes = [self._known.contact_account.get(invitation.contact or "") for _, invitation in sent]
        account, at = self._numbers(homes), np.array([one.sent for _, one in sent], dtype=np.int64)
        month = at.astype("datetime64[s]").astype("datetime64[M]").astype("datetime64[s]").astype(np.int64)
        standing = self._revenue.trailing(account, month)
        return Invitations(
            day=at // DAY,
            answered=np.array([(key, one.survey_id) in answered for key, one in sent], dtype=np.int64),
            members={
                "survey_type": texts(question.survey_type for question in questions),
                "customer_value_tier": _tiers(account, np.maximum(standing, 0.0)),
                "journey_stage": self._attributes.stages(account, at, [q.journey_stage for q in questions]),
                **self._attributes.dimensions(account, at, [None] * len(sent)),
                "channel": texts(one.channel for _, one in sent),
            },
        )

    def standings(self, day: date) -> Standings:
        """The customers at the beginning of a day."""
        everyone = np.arange(len(self._known.account_number), dtype=np.int64)
        at = np.full(len(everyone), int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))
        revenue = self._revenue.trailing(everyone, at)
        account = np.flatnonzero(revenue > 0)
        at, revenue = at[account], revenue[account]
        dimensions = self._attributes.dimensions(account, at, [None] * len(account))
        return Standings(account, revenue, {"customer_value_tier": _tiers(account, revenue), **dimensions})

    @property
    def first_day(self) -> date:
        """The day of the first counted answer. There must be one."""
        return EPOCH + timedelta(days=int(self.answers.day[0]))


def _tiers(account: Ints, amount: Floats) -> Texts:
    pairs = zip(account.tolist(), amount.tolist(), strict=True)
    return np.array([UNASSIGNED if one < 0 else tier(worth) for one, worth in pairs], dtype=object)
