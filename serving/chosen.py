"""The figures of an export, and what each of its files says of them.

Belongs here: reading them from the published tables. Does not belong here: the form of a file (`excel`,
`spss`, `csv_files`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from publication import reader
from publication.manifest import Manifest


@dataclass(frozen=True)
class Question:
    """Which figures: what `nps show` calls `--by`, `--period`, `--survey-type`, `--last`, `--measure`."""

    by: str = "company"
    period: str = "trailing_365d"
    survey_type: str | None = None
    last: int | None = None
    measure: str = "in_period"

    def __str__(self) -> str:
        newest = f"the newest {self.last} periods" if self.last else "all periods"
        return (
            f"by {self.by}, {self.period}, {self.measure}, {self.survey_type or 'all survey types'}, {newest}"
        )


@dataclass(frozen=True)
class Chosen:
    """`figures` are rows of `nps_scores`, `definitions` the lines of the versions that they follow;
    `descriptions` says what each column of `figures` means."""

    question: Question
    manifest: Manifest
    figures: pa.Table
    definitions: pa.Table
    descriptions: dict[str, str]

    @property
    def stand(self) -> dict[str, str | int]:
        """What every file carries, so that its figures can be proved."""
        return {
            "publication_version": self.manifest.version,
            "publication_sequence": self.manifest.sequence,
            "ledger_head": self.manifest.ledger_head,
        }

    @property
    def versions(self) -> str:
        """The versions of the definition that the figures follow."""
        return ", ".join(sorted({str(version) for version in self.figures["definition_version"].to_pylist()}))

    @property
    def lines(self) -> list[str]:
        """The same for people, a line each."""
        return [
            f"publication {self.manifest.version}, number {self.manifest.sequence} of the ledger",
            f"definition {self.versions}",
            f"as of {self.manifest.as_of} (exclusive)",
            "ledger head:",
            self.manifest.ledger_head,
            f"figures: {self.question}",
            "Empty cells are figures of too few answers.",
        ]


def choose(published: Path, question: Question) -> Chosen:
    """The figures that a question means; there may be none.

    Raises ValueError, naming the choices, for a question nobody can answer; NothingPublishedError.
    """
    segment = reader.checked(published, question.by, question.period, question.measure)
    with reader.read_current(published) as (manifest, connection):
        rows = reader.chosen(
            connection, segment, question.period, question.survey_type, question.last, question.measure
        )
        figures = rows.to_arrow_table().drop_columns("members")
        connection.register("chosen_figures", figures)
        definitions = connection.execute(
            "select * from metric_definitions"
            " where definition_version in (select definition_version from chosen_figures)"
            " order by valid_from, element, item"
        ).to_arrow_table()
        described = connection.execute(
            "select column_name, comment from duckdb_columns() where table_name = 'nps_scores'"
        ).fetchall()
    return Chosen(question, manifest, figures, definitions, {name: text or "" for name, text in described})
