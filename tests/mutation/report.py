"""What came of a run, for a person, for a page and for a program.

Belongs here: tables. Does not belong here: any verdict but the one the outcomes carry.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.table import Table

from tests.mutation.mutations import Mutation
from tests.mutation.worker import Outcome


def mutation_table(mutations: Mapping[str, Sequence[Mutation]], outcomes: Mapping[str, Outcome]) -> Table:
    """One line per mutation that was tried, by concern, with the check that stopped it."""
    table = Table("concern", "somebody…", "stopped by", "at", title="Mutations", title_justify="left")
    for concern, members in mutations.items():
        for mutation in members:
            if mutation.name in outcomes:
                outcome = outcomes[mutation.name]
                table.add_row(concern, f"{mutation.careless} [dim]({mutation.name})", *_verdict(outcome))
    return table


def checks_table(outcomes: Sequence[Outcome]) -> Table:
    """Which check stopped how many."""
    table = Table("check", "at", "stopped", title="Checks", title_justify="left")
    stopped = Counter(
        (outcome.stopped_by.check, outcome.stopped_by.stage) for outcome in outcomes if outcome.stopped_by
    )
    for (check, stage), times in stopped.most_common():
        table.add_row(check, stage, str(times))
    return table


def write(path: Path, mutations: Mapping[str, Sequence[Mutation]], outcomes: Mapping[str, Outcome]) -> None:
    """`path` with the suffixes `.md` and `.json`: every mutation with its outcome."""
    tried = [
        (concern, mutation, outcomes[mutation.name])
        for concern, members in mutations.items()
        for mutation in members
        if mutation.name in outcomes
    ]
    lines = ["| concern | mutation | somebody… | stopped by | at |", "|---|---|---|---|---|"]
    for concern, mutation, outcome in tried:
        check, stage = _verdict(outcome)
        lines.append(f"| {concern} | `{mutation.name}` | {mutation.careless} | {check} | {stage} |")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".md").write_text("\n".join(lines) + "\n", "utf-8")
    records = [
        {"concern": concern, "careless": mutation.careless, **asdict(outcome)}
        for concern, mutation, outcome in tried
    ]
    path.with_suffix(".json").write_text(json.dumps(records, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _verdict(outcome: Outcome) -> tuple[str, str]:
    if outcome.stopped_by:
        return outcome.stopped_by.check, outcome.stopped_by.stage
    changed = ", ".join(outcome.changed)
    return "NOTHING", f"published; changed: {changed}" if changed else "published; no published row changed"
