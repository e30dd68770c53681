"""The semantic layer over the wild answers, and copies of it to break.

Belongs here: how a test gets at it. Does not belong here: any expectation.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from semantics import agreement, question
from semantics.agreement import Agreement
from semantics.question import Answer, Question
from semantics.vocabulary import SEMANTIC_MANIFEST


@dataclass(frozen=True)
class Layer:
    """A working file and the folder of dbt's semantic manifest."""

    warehouse: Path
    target: Path

    def ask(
        self, *metrics: str, by: tuple[str, ...] = (), grain: str | None = None, where: str = ""
    ) -> Answer:
        """What is published is what the working file has for it."""
        return question.ask(
            self.warehouse, self.target, self._published(), Question(metrics, by, grain, where)
        )

    @contextmanager
    def _published(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.warehouse), read_only=True) as opened:
            opened.execute("use publication")
            yield opened

    def agreement(self, everything: bool | None = None) -> Agreement:
        return agreement.compare(self.warehouse, self.target, everything)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as opened:
            return opened.execute(statement).fetchall()

    def changed(self, folder: Path, *statements: str) -> Layer:
        """A copy in which the statements have been run."""
        copy = Path(shutil.copy(self.warehouse, folder / self.warehouse.name))
        with duckdb.connect(str(copy)) as opened:
            for statement in statements:
                opened.execute(statement)
        return Layer(copy, self.target)

    def with_metric(self, folder: Path, name: str, change: Callable[[dict[str, Any]], None]) -> Layer:
        """The same file under a semantic manifest in which one metric says something else."""
        manifest = json.loads((self.target / SEMANTIC_MANIFEST).read_text("utf-8"))
        [metric] = [metric for metric in manifest["metrics"] if metric["name"] == name]
        change(metric)
        (folder / SEMANTIC_MANIFEST).write_text(json.dumps(manifest), "utf-8")
        return Layer(self.warehouse, folder)
