"""Pages beside the publications: what the guard found in its last run, and the page that leads to everything.

They say when they were written, so equal content does not give equal bytes, and no manifest names them.

Belongs here: what these pages show. Does not belong here: judging (`expectations`), or when they are written
(`orchestration`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from publication.acceptance import Acceptance
from publication.manifest import Manifest
from review.rendering import Page, Renderer

#: The page that leads to everything.
INDEX = "index.html"
LIMITS = "limits.html"
#: dbt's documentation, which dbt itself writes.
MODELS = "dbt.html"
#: Stage of the guard → what it judges.
STAGES = {"raw": "What was loaded", "marts": "The models", "publication": "What is to be published"}
_OVERVIEW = [("Overview", INDEX)]


class Judged(Protocol):
    """A sentence about a table, as the guard judged it; `examples` are rows that offend."""

    @property
    def table(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def success(self) -> bool: ...
    @property
    def observed(self) -> str: ...
    @property
    def examples(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Limit:
    """A limit of one subject: observed, the most it may be, how many records are affected, one of them."""

    name: str
    subject: str
    observed: float
    maximum: float
    unit: str
    affected: int
    is_exceeded: bool
    example: str | None


def stage(folder: Path, name: str, judged: Sequence[Judged], at: datetime) -> Path:
    """Write the page of one stage: what does not hold with its examples, then every sentence."""
    failed = [(each, _columns(each.examples)) for each in judged if not each.success]
    tables: dict[str, list[Judged]] = {}
    for each in judged:
        tables.setdefault(each.table, []).append(each)
    return _write(
        folder,
        Page(
            f"{name}.html",
            STAGES[name],
            "guard.html",
            {"at": at, "judged": judged, "tables": tables, "failed": failed},
        ),
    )


def limits(folder: Path, applied: Sequence[Limit], accepted: Sequence[Acceptance], at: datetime) -> Path:
    """Write the page of limits, the exceeded ones first."""
    by = {(each.limit, each.subject): each for each in accepted}
    rows = sorted(applied, key=lambda each: not each.is_exceeded)
    content = {"at": at, "rows": [(each, by.get((each.name, each.subject))) for each in rows]}
    return _write(folder, Page(LIMITS, "Limits", "limits.html", content))


def front(folder: Path, said: Manifest | None, has_pages: bool, dagster: str) -> Path:
    """Write the page that leads to everything. `said` describes the current publication, if there is one."""
    there = {path.name for path in folder.glob("*.html")} if folder.is_dir() else set()
    content = {
        "said": said,
        "has_pages": has_pages,
        "dagster": dagster,
        "guard": [
            *((title, f"{name}.html") for name, title in STAGES.items() if f"{name}.html" in there),
            *([("Limits", LIMITS)] if LIMITS in there else []),
        ],
        "models": MODELS if MODELS in there else None,
    }
    return _write(folder, Page(INDEX, "Where everything is", "overview.html", content))


def _columns(examples: Sequence[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in examples for name in row))


def _write(folder: Path, page: Page) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return Renderer(folder, _OVERVIEW).write(page)
