"""Whether a company folder is in order: every mistake of it, without loading anything.

Belongs here: what is judged in which order, and the mappings. Does not belong here: a rule about the
definition, its dimensions, its topics, who follows up, its targets, what it leaves out, how long it keeps
personal data or the settings (`reading`, `wholeness`, `approvals`, `dimensions`, `taxonomy`, `follow_up`,
`targets`, `left_out`, `retention`, `witnessing`, `settings`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from company import (
    approvals,
    bonuses,
    dimensions,
    follow_up,
    holdouts,
    labels,
    left_out,
    reading,
    retention,
    settings,
    targets,
    taxonomy,
    wholeness,
    witnessing,
)
from company.folder import MAPPINGS
from company.mistakes import Mistake, listed, read
from ingestion.files.errors import FileNotUnderstoodError
from ingestion.files.mapping_checks import read_mapping
from ingestion.files.tables import FILE_TABLES


def judge(folder: Path) -> list[Mistake]:
    """All mistakes, in the order of files and lines; none means that it is in order.

    Of a folder of another release only that is said: what its files should hold is not known here.
    """
    if other := settings.of_another_release(folder):
        return [other]
    definition = reading.definition(folder)
    found = [*settings.judge(folder), *_mappings(folder)]
    wrong = [
        *definition.mistakes,
        *dimensions.judge(folder),
        *taxonomy.judge(folder),
        *left_out.judge(folder),
        *retention.judge(folder),
        *witnessing.judge_keys(folder),
    ]
    # Labels name topics: a taxonomy that cannot be read is told first.
    wrong = wrong or [*labels.judge(folder)]
    if not definition.mistakes:
        wrong += wholeness.judge(definition)
        # which name tiers, stages and topics
        wrong = wrong or [
            *follow_up.judge(definition),
            *targets.judge(definition),
            *bonuses.judge(definition),
        ]
    # What is not in order cannot be approved: its approval is judged when nothing else is wrong with it.
    found += wrong or [*approvals.judge(folder, definition), *holdouts.judge(folder, definition)]
    return sorted(set(found))


def _mappings(folder: Path) -> Iterator[Mistake]:
    """Each TOML lies in the folder of a table and can be read as a mapping of it."""
    tables = {f"{table.family}/{table.folder}": table for table in FILE_TABLES}
    for path in sorted((folder / MAPPINGS).rglob("*")):
        file, place = str(path.relative_to(folder)), str(path.parent.relative_to(folder / MAPPINGS))
        if path.is_dir() or path.name.startswith(".") or path.name == "README.md":
            continue
        if place not in tables or path.suffix != ".toml":
            remedy = f"put a TOML into one of {listed(f'{MAPPINGS}/{known}' for known in tables)}"
            yield Mistake(file, 0, "no mapping is read from here", remedy)
            continue
        page = read(folder, file)
        if page.mistake:
            yield page.mistake
            continue
        try:
            read_mapping(path, tables[place])
        except FileNotUnderstoodError as error:
            about = re.search(r'"([^"]+)"', error.problem)  # the word that is wrong
            yield Mistake(file, page.holding(about[1]) if about else 0, error.problem, error.remedy)
