"""The surveys the company sends, and every invitation it might send.

Belongs here: the catalogue of surveys, who is asked when. Does not belong here: what they answer.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final, Self

import numpy as np

from demo.company.effects import Effects
from demo.company.people import RENEWAL, People
from demo.company.size import DAY, END, HOUR, MISSING, START, Bools, Floats, Ints, Size


@dataclass(frozen=True)
class Survey:
    """A survey; `scored` are its questions with a 0-10 scale, in order: id and wording."""

    survey_id: str
    name: str
    survey_type: str
    journey_stage: str
    scored: tuple[tuple[str, str], ...]
    share: float


RECOMMEND: Final = "How likely is it that you would recommend Verdant to a friend or colleague?"
_NPS: Final = (("QID1", RECOMMEND),)
_EASE: Final = ("QID3", "How easy was it to get your case solved? (0 very hard, 10 very easy)")
_ON_TIME: Final = ("QID3", "How well were you set up in time? (0 far too late, 10 as agreed)")
_VALUE: Final = (("QID1", "How useful is the new report builder? (0 not at all, 10 extremely)"),)

SURVEYS: Final = (
    Survey("SV_Relationship001", "Relationship", "relationship", "", _NPS, 0.43),
    Survey(
        *("SV_Onboarding0001", "After onboarding", "transactional", "onboarding"), (*_NPS, _ON_TIME), 0.09
    ),
    Survey("SV_Adoption000001", "After training", "transactional", "adoption", _NPS, 0.12),
    Survey("SV_Support0000001", "After a support case", "transactional", "support", (*_NPS, _EASE), 0.15),
    Survey("SV_BranchVisit001", "After a branch visit", "transactional", "branch_visit", _NPS, 0.12),
    Survey("SV_Renewal0000001", "After renewal", "transactional", "renewal", _NPS, 0.06),
    Survey("SV_Product0000001", "Report builder", "", "", _VALUE, 0.03),
)
RELATIONSHIP, ONBOARDING, ADOPTION, SUPPORT, BRANCH_VISIT, RENEWED, PRODUCT = range(len(SURVEYS))
CHANNELS: Final = ("email", "sms", "web", "in_app")
_CHANNEL_SHARES: Final = (0.62, 0.14, 0.14, 0.1)


@dataclass(frozen=True)
class Asked:
    """Invitations, one entry each; `branch` and `employee` of the event are -1 where it has none."""

    survey: Ints
    account: Ints
    contact: Ints
    sent: Ints
    event: Ints
    branch: Ints
    employee: Ints
    channel: Ints
    willingness: Floats

    def where(self, keep: Bools | Ints) -> Self:
        """Only some of them."""
        return replace(self, **{f.name: getattr(self, f.name)[keep] for f in fields(self)})


def possible_invitations(size: Size, effects: Effects, people: People) -> Asked:
    """More invitations than the size asks for, because customers who leave are not asked any more."""
    rng = size.stream("invitations")
    wanted = round(size.invitations * 1.45) + 200
    survey = np.sort(rng.choice(len(SURVEYS), wanted, p=[s.share for s in SURVEYS])).astype(np.int64)
    account, sent = _when(rng, people, survey)
    allowed = sent < END - HOUR
    # A link sent before a merge keeps the loser's id, so some are still asked as who they were.
    allowed &= (sent < people.accounts.gone[account]) | (
        (people.accounts.merged_into[account] >= 0) & (rng.random(wanted) < 0.3)
    )
    survey, account, sent = survey[allowed], account[allowed], sent[allowed]
    order = rng.permutation(len(survey))
    survey, account, sent = survey[order], account[order], sent[order]
    n = len(survey)
    contacts = people.contacts
    contact = contacts.first[account] + (rng.random(n) * contacts.count[account]).astype(np.int64)
    sent = np.maximum(sent, contacts.created[contact] + HOUR)
    event = np.where(survey == RELATIONSHIP, MISSING, sent - rng.integers(2 * HOUR, 3 * DAY, n))
    event = np.where(survey == PRODUCT, MISSING, event)
    home = people.accounts.branch.value_at(account, sent)
    elsewhere = rng.random(n) < 0.15
    visited = np.where(elsewhere, rng.integers(0, size.branches, n), home)
    at_branch = (survey == BRANCH_VISIT) | (rng.random(n) < 0.04)
    owner = people.accounts.owner.value_at(account, sent)
    return Asked(
        survey=survey,
        account=account,
        contact=contact,
        sent=sent,
        event=event,
        branch=np.where(at_branch, np.where(survey == BRANCH_VISIT, visited, home), -1),
        employee=np.where(event != MISSING, owner, -1),
        channel=rng.choice(len(CHANNELS), n, p=_CHANNEL_SHARES).astype(np.int64),
        willingness=rng.random(n),
    )


def _when(rng: np.random.Generator, people: People, survey: Ints) -> tuple[Ints, Ints]:
    """An account and a moment for each invitation, evenly over the time the accounts were customers."""
    created = people.accounts.created
    since = np.maximum(created + DAY, START)
    exposure = np.cumsum(np.maximum(END - since, 0)).astype(np.float64)
    n = len(survey)
    account = np.searchsorted(exposure, rng.random(n) * exposure[-1], side="right").astype(np.int64)
    sent = since[account] + (rng.random(n) * (END - since[account])).astype(np.int64)
    new = np.flatnonzero(created > START - 60 * DAY)
    onboarding = survey == ONBOARDING
    account[onboarding] = rng.choice(new, int(onboarding.sum()))
    sent[onboarding] = np.maximum(created[account] + rng.integers(14, 80, n) * DAY, START + HOUR)[onboarding]
    stage = people.accounts.stage.value_at(account, sent)
    # Who is not in a renewal is not asked about it: the survey then is the relationship survey.
    survey[(survey == RENEWED) & (stage != RENEWAL) & (rng.random(n) < 0.5)] = RELATIONSHIP
    return account, sent
