"""What became of each mutant so far, so that a run of hours can be ended and gone on with.

A line of JSON for each mutant. The file belongs to one state of the project, whose digest is its first line:
what was tried on other code says nothing.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from tests.mutation.generated.equivalent import FILE
from tests.mutation.worker import ROOT

_ROOMS: Final = (
    "dbt_project",
    "expectations",
    "ingestion",
    "publication",
    "semantics",
    "topics",
    "company",
    "orchestration",
    "demo",
    "tests/mutation",
)


@dataclass(frozen=True)
class Fate:
    """`verdict` is one of stopped, survived (a published table changed), unpublished (none did), and what the
    screening says; `by` the check that stopped it, `changed` the published tables that differ."""

    name: str
    operator: str
    change: str
    verdict: str
    by: str = ""
    changed: tuple[str, ...] = ()


class Kept:
    """The fates in a file; those of another state of the project are forgotten."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.fates: dict[str, Fate] = {}
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        state = project_state()
        if lines[:1] == [state]:
            for line in lines[1:]:
                read = json.loads(line)
                fate = Fate(**{**read, "changed": tuple(read["changed"])})
                self.fates[fate.name] = fate
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{state}\n", "utf-8")

    def keep(self, fate: Fate) -> None:
        """Adds a fate, at once."""
        self.fates[fate.name] = fate
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(fate), ensure_ascii=False) + "\n")


def project_state() -> str:
    """A digest of all that decides what becomes of a mutant; the arguments about equivalence do not."""
    digest = sha256()
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path == FILE or "target" in path.parts:
                continue
            if path.suffix in (".py", ".sql", ".yml", ".csv", ".toml"):
                digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()
