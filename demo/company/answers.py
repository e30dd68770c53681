"""What customers answer, and what their opinion does afterwards: leaving and referring.

Belongs here: scores, churn and referrals, from the planted effects. Does not belong here: how an answer is
recorded, and everything that goes wrong while recording it (`responses.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np

from demo.company import surveys
from demo.company.effects import Effects
from demo.company.people import STAGES, People
from demo.company.size import DAY, END, HOUR, NEVER, START, Bools, Floats, Ints, Size
from demo.company.surveys import SURVEYS, Asked

_QUARTER = 91 * DAY


@dataclass(frozen=True)
class Given:
    """Answers, one entry each: which invitation, when, and the true score."""

    asked: Ints
    responded: Ints
    duration: Ints
    score: Ints
    persuaded: Bools

    def where(self, keep: Bools | Ints) -> Self:
        """Only some of them."""
        return replace(self, **{f.name: getattr(self, f.name)[keep] for f in fields(self)})


@dataclass(frozen=True)
class Story:
    """Who was asked, who answered what, and who left (NEVER: nobody) or came by referral."""

    asked: Asked
    given: Given
    churned_at: Ints
    referred: Bools


def simulate_answers(size: Size, effects: Effects, people: People) -> Story:
    """Invitations and first answers, as many as the size asks for."""
    rng = size.stream("answers")
    asked = surveys.possible_invitations(size, effects, people)
    n = len(asked.survey)
    # A first answer to each; second answers to the same invitation are recorded in `responses.py`.
    first_answers = size.answers - round(size.answers * effects.dirt.retaken)
    rate = 1.12 * first_answers / size.invitations
    lag = np.minimum(rng.exponential(1.6 * DAY, n), 21 * DAY).astype(np.int64) + HOUR
    responded = asked.sent + lag
    answers = np.flatnonzero((asked.willingness < rate) & (responded < END - HOUR))
    given = Given(
        asked=answers,
        responded=responded[answers],
        duration=(30 + rng.gamma(2.0, 60.0, len(answers))).astype(np.int64).clip(30, 3_000),
        score=np.zeros(len(answers), dtype=np.int64),
        persuaded=np.zeros(len(answers), dtype=bool),
    )
    given = _scored(rng, size, effects, people, asked, given)
    churned_at = _churn(rng, effects, people, asked, given)
    asked, given = _while_customers(rng, size, first_answers, asked, given, churned_at)
    referred = _referred(rng, effects, people, asked, given)
    return Story(asked, given, churned_at, referred)


def _scored(
    rng: np.random.Generator, size: Size, effects: Effects, people: People, asked: Asked, given: Given
) -> Given:
    accounts, opinion = people.accounts, effects.opinion
    about = asked.where(given.asked)
    n = len(given.asked)
    home = accounts.branch.value_at(about.account, given.responded)
    branch = np.where(about.branch >= 0, about.branch, home)
    stage_effects = np.array([opinion.stage.get(s.journey_stage, 0.0) for s in SURVEYS])
    life_effects = np.array([opinion.stage[s] for s in STAGES])
    life = life_effects[accounts.stage.value_at(about.account, given.responded)]
    stage = np.where(about.survey == surveys.RELATIONSHIP, life, stage_effects[about.survey])
    day = (given.responded - START) / DAY
    season = opinion.season_amplitude * np.cos(2 * np.pi * (day - opinion.season_best_day_of_year) / 365.25)
    young = given.responded < accounts.created[about.account] + effects.onboarding.lasting_days * DAY
    failing = young & accounts.onboarding_failed[about.account]
    likelihood = (
        opinion.base
        + people.branch_opinion[branch]
        + stage
        + tier_effects(effects, accounts.monthly_eur(about.account, given.responded))
        + season
        + accounts.opinion[about.account]
        + people.contacts.opinion[about.contact]
        + np.where(failing, effects.onboarding.effect, 0.0)
        + rng.normal(0.0, opinion.noise_spread, n)
    )
    score = np.clip(np.rint(likelihood), 0, 10).astype(np.int64)
    asked_for_nine = about.employee == effects.overselling.employee % size.employees
    persuaded = asked_for_nine & (rng.random(n) < effects.overselling.persuaded_share) & (score < 9)
    score = np.where(persuaded, rng.integers(9, 11, n), score)
    return replace(given, score=score, persuaded=persuaded)


def tier_effects(effects: Effects, monthly_eur: Floats) -> Floats:
    """The effect of customer value, from the list price of a year."""
    tier = effects.opinion.tier
    values = np.array([tier["starter"], tier["core"], tier["key"], tier["strategic"]])
    return values[np.digitize(monthly_eur * 12, (5_000, 25_000, 100_000))]


def _churn(rng: np.random.Generator, effects: Effects, people: People, asked: Asked, given: Given) -> Ints:
    """When each account leaves: every quarter, with a chance that its latest band decides."""
    churn = effects.churn
    accounts = people.accounts
    account = asked.account[given.asked]
    order = np.argsort(account * NEVER + given.responded)
    key = (account * NEVER + given.responded)[order]
    everyone = np.arange(len(accounts.created), dtype=np.int64)
    left = np.full(len(everyone), NEVER, dtype=np.int64)
    chance = np.array([churn.silent, churn.detractor, churn.passive, churn.promoter])
    for quarter in range(START, END, _QUARTER):
        place = order[np.maximum(np.searchsorted(key, everyone * NEVER + quarter) - 1, 0)]
        recent = (account[place] == everyone) & (given.responded[place] < quarter)
        recent &= given.responded[place] >= quarter - churn.look_back_days * DAY
        band = np.where(recent, 1 + np.digitize(given.score[place], (7, 9)), 0)
        customer = (accounts.created < quarter) & (left == NEVER)
        leaves = customer & (rng.random(len(everyone)) < chance[band])
        moment = quarter + rng.integers(DAY, _QUARTER, len(everyone))
        left = np.where(leaves, moment, left)
    # Merged and deleted accounts do not leave: their story goes on elsewhere, or is over.
    return np.where((left < END) & (accounts.gone == NEVER), left, NEVER)


def _while_customers(
    rng: np.random.Generator, size: Size, first_answers: int, asked: Asked, given: Given, churned_at: Ints
) -> tuple[Asked, Given]:
    """Who has left is not asked any more; and the numbers are brought to the size."""
    still = asked.sent < churned_at[asked.account]
    answered = np.zeros(len(asked.survey), dtype=bool)
    answered[given.asked] = True
    with_answer = rng.permutation(np.flatnonzero(still & answered))[:first_answers]
    without = rng.permutation(np.flatnonzero(still & ~answered))[: size.invitations - first_answers]
    kept = np.sort(np.concatenate([with_answer, without]))
    position = np.full(len(asked.survey), -1, dtype=np.int64)
    position[kept] = np.arange(len(kept))
    chosen = np.zeros(len(asked.survey), dtype=bool)
    chosen[with_answer] = True
    given = given.where(chosen[given.asked])
    return asked.where(kept), replace(given, asked=position[given.asked])


def _referred(
    rng: np.random.Generator, effects: Effects, people: People, asked: Asked, given: Given
) -> Bools:
    """New accounts that a promoter of the same branch brought, and a few that came so anyway."""
    referral = effects.referral
    accounts = people.accounts
    referred = rng.random(len(accounts.created)) < referral.unexplained_share
    new = np.flatnonzero(accounts.created > START)
    wanted = round(len(new) * referral.share_of_new_accounts)
    promoters = rng.permutation(np.flatnonzero(given.score >= 9))[:wanted]
    account = asked.account[given.asked[promoters]]
    branch = accounts.branch.value_at(account, given.responded[promoters])
    home = accounts.branch.initial
    for place, at in zip(branch, given.responded[promoters], strict=True):
        early, late = at + referral.earliest_days * DAY, at + referral.latest_days * DAY
        created = accounts.created[new]
        fitting = new[(home[new] == place) & (created > early) & (created < late) & ~referred[new]]
        if len(fitting):
            referred[rng.choice(fitting)] = True
    return referred
