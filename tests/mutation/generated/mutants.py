"""Which mutants there are, and which of them a run tries: all, or a few that a date draws.

Belongs here: choosing. Does not belong here: what a mutant is made of (`operators`, `seeds`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from random import Random
from typing import Final

from tests.mutation.generated import seeds
from tests.mutation.generated.models import Model, models
from tests.mutation.generated.operators import Change, changes
from tests.mutation.generated.screening import Effect, Screen
from tests.mutation.mutations import Mutation
from tests.mutation.worker import ROOT, Base

#: Of a model's changes by one operator: the first so many in the order of their names, which is nobody's.
_OF_A_KIND: Final = 5
_OF_A_DAY, _OF_A_MODEL, _SEEDS_OF_A_DAY = 16, 2, 4


@dataclass(frozen=True)
class Mutant:
    """A mutation that nobody chose, by which operator, and what it does to its own model."""

    operator: str
    mutation: Mutation
    effect: Effect


def every_mutant(base: Base) -> Iterator[Mutant]:
    """All mutants, each judged by what it does to its own model on the base company."""
    with Screen(base.warehouse) as screen:
        for model in models(base.manifest):
            yield from _of_model(screen, model)
    yield from _of_seeds()


def sample_of(base: Base, day: date) -> list[Mutant]:
    """A few mutants that change rows, drawn by a date: the same on the same day, others on another."""
    drawn = Random(day.isoformat())
    found = models(base.manifest)
    chosen: list[Mutant] = []
    with Screen(base.warehouse) as screen:
        for model in drawn.sample(found, len(found)):
            changing = [each for each in _of_model(screen, model) if each.effect is Effect.CHANGES]
            chosen += drawn.sample(changing, min(_OF_A_MODEL, len(changing)))
            if len(chosen) >= _OF_A_DAY:
                break
    return [*chosen, *drawn.sample(list(_of_seeds()), _SEEDS_OF_A_DAY)]


def _of_model(screen: Screen, model: Model) -> Iterator[Mutant]:
    sound = screen.digest(model)
    for change in _chosen(model, list(changes(model.sql, screen.columns(model)))):
        effect = screen.effect(model, sound, change.sql)
        yield Mutant(change.operator, model.mutation(change, ROOT), effect)


def _chosen(model: Model, made: list[Change]) -> list[Change]:
    """A few of each operator: one place of a macro that is called a hundred times says it all."""
    taken: Counter[str] = Counter()
    chosen = []
    for change in sorted(made, key=lambda each: sha256(each.sql.encode()).digest()):
        taken[change.operator] += 1
        if taken[change.operator] <= _OF_A_KIND:
            chosen.append(change)
    return chosen


def _of_seeds() -> Iterator[Mutant]:
    """Governed data is judged by a refresh alone: what reads it is everything."""
    for mutation in seeds.of_seeds(ROOT):
        yield Mutant("seed", mutation, Effect.CHANGES)
    for mutation in seeds.of_contracts(ROOT):
        yield Mutant("contract", mutation, Effect.CHANGES)
