"""Changes of governed data and of contracts: a row gone, a cell that says something else, a column's type.

Belongs here: which there are. Does not belong here: SQL (`operators`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutation.mutations import DEFINITION, MODELS, Edit, Mutation

_TYPE: Final = re.compile(r"\b(data_type: )(\w+)(?=[,\n])")
_OTHER_TYPE: Final = {"string": "bigint", "bigint": "string", "double": "bigint", "date": "timestamp"}


@dataclass(frozen=True)
class SeedChange:
    """A change of a seed, and the rows that it then has (the first is the header)."""

    seed: str
    mutation: Mutation
    rows: tuple[tuple[str, ...], ...]

    def statement(self, types: Mapping[str, str]) -> str:
        """The rows as a query, each column (name → type) as dbt loads it: an empty cell is null."""
        header, *rows = self.rows
        values = ", ".join(f"({', '.join(map(_cell, row))})" for row in rows)
        columns = ", ".join(f'cast("{name}" as {types[name]}) as "{name}"' for name in header)
        names = ", ".join(f'"{name}"' for name in header)
        return f"select {columns} from (values {values}) as t({names})"


def of_seeds(root: Path, company: Path) -> Iterator[SeedChange]:
    """Each row of each seed left out, and each cell with the value of the row below or a number more.

    The project's own lie in `root`, the definition in the base company's folder.
    """
    own, governed = (root, MODELS + "seeds/"), (company, DEFINITION)
    for origin, path in [
        (at, path) for at, room in (own, governed) for path in sorted((at / room).glob("*.csv"))
    ]:
        text = path.read_text("utf-8")
        header, *rows = csv.reader(io.StringIO(text))
        for at, row in enumerate(rows):
            yield _seed(path, origin, text, f"drops row {at + 1}", [header, *rows[:at], *rows[at + 1 :]])
            below = rows[(at + 1) % len(rows)]
            for place, cell in enumerate(row):
                other = f"{float(cell) + 1:g}" if _is_number(cell) else below[place]
                if other != cell:
                    changed = [*row[:place], other, *row[place + 1 :]]
                    what = f"writes {other!r} for {cell!r} in {header[place]} of row {at + 1}"
                    yield _seed(path, origin, text, what, [header, *rows[:at], changed, *rows[at + 1 :]])


def of_contracts(root: Path) -> Iterator[Mutation]:
    """The first column of each type in each model's contract, of another type."""
    for path in sorted((root / MODELS / "models" / "publication").glob("*.yml")):
        text = path.read_text("utf-8")
        seen: set[str] = set()
        for found in _TYPE.finditer(text):
            other = _OTHER_TYPE.get(found[2])
            if other is None or found[2] in seen:
                continue
            seen.add(found[2])
            changed = text[: found.start()] + found[1] + other + text[found.end() :]
            name = f"{path.stem}:contract:{found[2]}"
            edit = Edit(str(path.relative_to(root)), text, changed)
            yield Mutation(name, f"promises {other} for {found[2]}", (edit,))


def _seed(path: Path, root: Path, text: str, what: str, rows: list[list[str]]) -> SeedChange:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    name = f"{path.stem}:seed:{what.replace(' ', '_')}"
    edit = Edit(str(path.relative_to(root)), text, written.getvalue())
    return SeedChange(path.stem, Mutation(name, what, (edit,)), tuple(map(tuple, rows)))


def _cell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'" if text else "null::varchar"


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", text))
