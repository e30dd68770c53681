"""A place with two publications, and what stands behind the figures of the second."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from publication import evidence, manifest, selection, versions
from publication.evidence import Evidence
from publication.publish import publish
from publication.selection import Question
from tests.publication.warehouse import fill, some

AS_OF = date(2026, 1, 2)


def published_twice(path: Path) -> Path:
    """Publish two days in the folder `path`, with a document and records; returns it."""
    for number, as_of in ((60, date(2026, 1, 1)), (62, AS_OF)):
        publish(
            fill(path / "warehouse.duckdb", some(number), as_of),
            path / "published",
            as_of,
            documents={"osi_document.json": b"{}"},
            records={"sql/nps_scores.sql": b"select 1", "guard/marts.json": b"[]"},
        )
    return path


def version(home: Path) -> Path:
    current = versions.current(home / "published")
    assert current
    return current


def collected(home: Path, question: Question | None) -> Evidence:
    sequence = manifest.read(version(home)).sequence
    figures = selection.figures(version(home), home / "ledger", sequence, question)
    return evidence.collect(home / "warehouse.duckdb", version(home), figures)
