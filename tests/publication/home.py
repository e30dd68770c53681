"""A place where answers are published, and what is then read there.

Belongs here: publishing and reading. Does not belong here: any expectation.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from publication.publish import PublishReport, publish
from tests.publication.warehouse import Answer, fill


class Home:
    """A place where answers are published, one state after another."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(exist_ok=True)

    def publish(self, answers: list[Answer], as_of: date) -> PublishReport:
        return publish(fill(self.path / "warehouse.duckdb", answers, as_of), self.path / "published", as_of)

    def read(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.path / "published" / "current" / "nps.duckdb", read_only=True) as reader:
            return reader.execute(query).fetchall()

    def causes(self) -> set[tuple[str, str]]:
        """Answer and cause of every restated answer."""
        return {(str(a), str(c)) for a, c in self.read("select answer_id, cause from restated_answers")}

    def restated(self, measure: str = "in_period") -> set[tuple[Any, ...]]:
        """Segment, branch, period and cause of every restated figure of a measure."""
        return set(
            self.read(
                "select segment, branch, period_grain, period_start, cause from restatements"
                f" where measure = '{measure}'"
            )
        )
