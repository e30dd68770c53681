"""Which changes of a model meet data: its statement with the change, run on the base company's own tables.

A change after which the model's rows are the same needs no refresh: nothing downstream can differ. Belongs
here: asking the engine. Does not belong here: what a change is (`operators`), or who stops it (`worker`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

import duckdb
import sqlglot
from sqlglot import exp

from tests.mutation.generated.models import Model
from tests.mutation.generated.operators import DIALECT, Columns

#: A join without its condition may have no end.
_SECONDS: Final = 5.0


class Effect(StrEnum):
    """What a change does to its own model."""

    STILLBORN = "does not run"
    ENDLESS = "does not end"
    IDLE = "met no data"
    CHANGES = "changes rows"


class Screen:
    """The base company's built warehouse, read-only. Use as a context manager."""

    def __init__(self, warehouse: Path) -> None:
        self._engine = duckdb.connect(str(warehouse), read_only=True)
        self._engine.execute("set TimeZone = 'UTC'; set memory_limit = '2GB'")
        self._sound: dict[str, tuple[object, ...]] = {}

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def columns(self, model: Model) -> Columns:
        """The columns of each step of a model's statement, with their types."""
        tree = sqlglot.parse_one(model.sql, dialect=DIALECT)
        assert isinstance(tree, exp.Query)
        written: list[str] = []
        found = {"": self.types(model.relation)}
        recursive = "recursive " if " recursive " in model.sql[:200] else ""
        for step in tree.ctes:
            written.append(step.sql(DIALECT))
            found[step.alias] = self.types(
                f"(with {recursive}{', '.join(written)} select * from {step.alias})"
            )
        return found

    def _digest(self, model: Model, sql: str | None = None) -> tuple[object, ...]:
        """What tells the rows of a model, or of another statement in its place, from other rows."""
        values = ", ".join(
            f'round("{name}", 9)' if kind == "DOUBLE" else f'"{name}"'
            for name, kind in self.types(model.relation).items()
        )
        relation = model.relation if sql is None else f"({sql})"
        [row] = self._engine.execute(
            f"select count(*), coalesce(sum(hash({values})), 0) from {relation} as t"
        ).fetchall()
        return tuple(row)

    def effect(self, model: Model, sql: str) -> Effect:
        """What a changed statement does to the rows of its model."""
        if model.name not in self._sound:
            self._sound[model.name] = self._digest(model)
        try:
            with self._ended_after(_SECONDS):
                is_same = self._digest(model, sql) == self._sound[model.name]
                return Effect.IDLE if is_same else Effect.CHANGES
        except duckdb.InterruptException:
            return Effect.ENDLESS
        except duckdb.Error:
            return Effect.STILLBORN

    def types(self, relation: str) -> dict[str, str]:
        """The columns of a relation with their types."""
        found = self._engine.execute(f"describe select * from {relation} as t").fetchall()
        return {name: kind for name, kind, *_ in found}

    @contextmanager
    def _ended_after(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._engine.interrupt)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
