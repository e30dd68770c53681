"""`make mutate-all`: tries every mutant that changes a table of the base company, and goes on where it ended.

Exit code 1 when one is published with another figure, or a line of `equivalent.toml` is refuted or in vain.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.mutation import running
from tests.mutation.generated.equivalent import reasons
from tests.mutation.generated.kept import Fate, Kept
from tests.mutation.generated.mutants import Mutant, every_mutant, nobodys, sample_of
from tests.mutation.generated.screening import Effect
from tests.mutation.worker import Outcome

EQUIVALENT = "equivalent"
VERDICTS = (
    "stopped",
    "survived",
    "unpublished",
    EQUIVALENT,
    *(effect.value for effect in Effect if effect != "changes rows"),
)


def main() -> int:
    """Try what the arguments say; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.generated", description=__doc__)
    parser.add_argument("--kept", type=Path, default=Path("data/mutants.jsonl"), help="where fates are kept")
    parser.add_argument("--day", type=date.fromisoformat, help="only the mutants that this date draws")
    parser.add_argument("--screen", action="store_true", help="say what meets data, and refresh nothing")
    parser.add_argument("--workers", type=int, default=running.WORKERS)
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    kept, equivalent = Kept(options.kept), reasons()
    with running.base_company(options.workers) as company:
        found = (
            sample_of(company.base, options.day) if options.day else every_mutant(company.base, kept.fates)
        )
        waiting = []
        for mutant in found:
            if mutant.name in kept.fates:
                continue
            if mutant.effect is Effect.CHANGES:
                waiting.append(mutant)
            else:
                kept.keep(_fate(mutant, mutant.effect.value))
        waiting.sort(key=lambda mutant: nobodys(mutant.name))  # what was tried so far is a fair sample
        console.print(f"{len(kept.fates)} mutants are known, {len(waiting)} change rows and are to be tried")
        if not options.screen:
            try_each(console, company, waiting, kept)
    fates = told(kept.fates, equivalent)
    console.print(table(fates))
    survivors = [fate for fate in fates if fate.verdict == "survived"]
    for fate in survivors:
        console.print(f"[red]survived: {fate.name}: {fate.change}; changed {', '.join(fate.changed)}")
    refuted = [] if options.day or options.screen else refutations(kept.fates, equivalent)
    for name in refuted:
        console.print(f"[red]there is no such mutant, or it is not equivalent: {name}: {equivalent[name]}")
    return 1 if survivors or refuted else 0


def refutations(fates: Mapping[str, Fate], equivalent: Iterable[str]) -> list[str]:
    """Mutants that are said to be equivalent, and either change rows or do not exist."""
    idle = {Effect.IDLE.value, Effect.ENDLESS.value}  # one that a busy machine did not end says nothing
    return [name for name in equivalent if name not in fates or fates[name].verdict not in idle]


def told(fates: Mapping[str, Fate], equivalent: Container[str]) -> list[Fate]:
    """The fates; what met no data and is shown to be equivalent is called so."""
    return [
        replace(fate, verdict=EQUIVALENT)
        if fate.verdict == Effect.IDLE.value and fate.name in equivalent
        else fate
        for fate in fates.values()
    ]


def try_each(console: Console, company: running.BaseCompany, waiting: list[Mutant], kept: Kept) -> None:
    """Refreshes the base company with each mutant, and keeps what became of it."""
    by_name = {mutant.mutation.name: mutant for mutant in waiting}
    known = [(mutant.mutation, mutant.statements) for mutant in waiting if mutant.statements]
    others = [mutant.mutation for mutant in waiting if not mutant.statements]
    outcomes = chain(company.tried_statements(known), company.tried(others))
    for at, outcome in enumerate(outcomes, 1):
        fate = judged(by_name[outcome.name], outcome)
        kept.keep(fate)
        console.print(
            f"{at:>4}/{len(waiting)} {fate.name}: {fate.verdict} {fate.by}, {outcome.seconds:.1f} s",
            highlight=False,
        )


def judged(mutant: Mutant, outcome: Outcome) -> Fate:
    """What an outcome means for the mutant."""
    if outcome.stopped_by:
        return _fate(mutant, "stopped", f"{outcome.stopped_by.check} ({outcome.stopped_by.stage})")
    return _fate(mutant, "survived" if outcome.changed else "unpublished", changed=outcome.changed)


def table(fates: Sequence[Fate]) -> Table:
    """Mutants by operator and verdict."""
    counts = Counter((fate.operator, fate.verdict) for fate in fates)
    shown = Table("operator", *VERDICTS, "all", title="Mutants", title_justify="left")
    for operator in [*sorted({operator for operator, _ in counts}), None]:
        row = [
            sum(many for (name, fate), many in counts.items() if operator in (None, name) and fate == verdict)
            for verdict in VERDICTS
        ]
        shown.add_row(operator or "all", *(str(many) for many in row), str(sum(row)))
    return shown


def _fate(mutant: Mutant, verdict: str, by: str = "", changed: tuple[str, ...] = ()) -> Fate:
    return Fate(mutant.name, mutant.operator, mutant.mutation.careless, verdict, by, changed)


if __name__ == "__main__":
    sys.exit(main())
