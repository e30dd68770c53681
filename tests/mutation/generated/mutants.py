"""Which mutants there are, and which of them a run tries: all, or a few that a date draws.

Belongs here: choosing. Does not belong here: what a mutant is made of (`operators`, `seeds`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import sha256
from itertools import islice
from random import Random
from typing import TypeAlias

from tests.mutation.generated import seeds
from tests.mutation.generated.models import Model, models
from tests.mutation.generated.operators import Change, changes
from tests.mutation.generated.screening import Effect, Screen
from tests.mutation.generated.seeds import SeedChange
from tests.mutation.mutations import Mutation
from tests.mutation.worker import ROOT, Base

#: Of a model's changes by one operator, and of a seed's: the first so many in an order that nobody chose.
_OF_A_KIND, _OF_A_SEED = 2, 20
_OF_A_DAY = 10

Place: TypeAlias = tuple[Model, Change]


@dataclass(frozen=True)
class Mutant:
    """A mutation that nobody chose, by which operator, what it does to its own model, and by their names the
    statements it changes (none: only dbt can tell). `name` is that of its first place."""

    name: str
    operator: str
    mutation: Mutation
    effect: Effect
    statements: Mapping[str, str] = field(default_factory=dict)


def every_mutant(base: Base, known: Container[str] = ()) -> Iterator[Mutant]:
    """All mutants but the known ones, each judged by what it does to its own model on the base company."""
    with Screen(base.warehouse) as screen:
        for name, judged in _candidates(screen, base):
            if name not in known:
                yield judged()


def sample_of(base: Base, day: date) -> list[Mutant]:
    """A few mutants that change rows, drawn by a date: the same on the same day, others on another."""
    with Screen(base.warehouse) as screen:
        candidates = list(_candidates(screen, base))
        Random(day.isoformat()).shuffle(candidates)
        all_judged = (judged() for _, judged in candidates)
        return list(islice((mutant for mutant in all_judged if mutant.effect is Effect.CHANGES), _OF_A_DAY))


def _candidates(screen: Screen, base: Base) -> Iterator[tuple[str, Callable[[], Mutant]]]:
    """The name of each mutant, and what judges it."""
    for places in _chosen(screen, base):
        model, change = places[0]
        yield model.mutant(change), partial(_screened, screen, places)
    yield from _of_seeds(screen, base)
    for mutation in seeds.of_contracts(ROOT):
        yield mutation.name, partial(Mutant, mutation.name, "contract", mutation, Effect.CHANGES)


def _chosen(screen: Screen, base: Base) -> list[list[Place]]:
    """The changes to try, each with all its places: a macro's change has one in every model that calls it."""
    places: dict[object, list[Place]] = {}
    for model in models(base.manifest):
        for change in changes(model.sql, screen.columns(model)):
            is_own = model.writes(change.before)
            same = (model.name, change.before, change.after, change.kind) if is_own else change.kind
            places.setdefault(same, []).append((model, change))
    taken: Counter[tuple[str, str]] = Counter()
    chosen = []
    for found in sorted(places.values(), key=lambda each: nobodys(f"{each[0][0].name}{each[0][1].kind}")):
        model, change = found[0]
        taken[model.name, change.operator] += 1
        if taken[model.name, change.operator] <= _OF_A_KIND:
            chosen.append(found)
    return sorted(chosen, key=lambda each: each[0][0].name)


def _screened(screen: Screen, places: list[Place]) -> Mutant:
    """The change in the first place where it changes rows, otherwise in its first place."""
    effects = []
    for model, change in places:
        effects.append(screen.effect(model, change.sql))
        if effects[-1] is Effect.CHANGES:
            break
    else:
        model, change = places[0]
    effect = Effect.CHANGES if Effect.CHANGES in effects else effects[0]
    name = places[0][0].mutant(places[0][1])
    return Mutant(name, change.operator, model.mutation(change, ROOT), effect, {model.name: change.sql})


def _of_seeds(screen: Screen, base: Base) -> Iterator[tuple[str, Callable[[], Mutant]]]:
    """Changes of governed data are judged by a refresh alone: models, tests and the guard read it."""
    by_seed: dict[str, list[SeedChange]] = {}
    for change in seeds.of_seeds(ROOT, base.folder):
        by_seed.setdefault(change.seed, []).append(change)
    for seed, found in by_seed.items():
        types = screen.types(f"definition.{seed}")
        for change in sorted(found, key=lambda each: nobodys(each.mutation.name))[:_OF_A_SEED]:
            name, statements = change.mutation.name, {seed: change.statement(types)}
            yield name, partial(Mutant, name, "seed", change.mutation, Effect.CHANGES, statements)


def nobodys(text: str) -> bytes:
    """An order that nobody chose."""
    return sha256(text.encode()).digest()
