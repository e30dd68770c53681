"""A publication with figures of every reportability, and with names that a spreadsheet would calculate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from publication.publish import publish
from tests.publication import warehouse
from tests.publication.warehouse import Answer
from tests.serving.postgresql import Server, server

AS_OF = date(2026, 4, 1)
HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://a.example";"B1")',
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "'=1",
    "_x003D_1",
    "＝1",
)


def answers() -> list[Answer]:
    """A few of each branch, one branch with too few for anything, and many of the hostile names."""
    named = ["B1"] * 12 + ["B2"] * 5 + ["Zürich, «Süd»"] * 3 + list(HOSTILE)
    found = [
        Answer(
            key=f"qualtrics:R{index}:QID1",
            day=date(2025, 11, 1) + timedelta(days=index % 150),
            score=(index * 7) % 11,
            person=f"p{index}",
            branch=named[index % len(named)],
            region="North" if index % 3 else "South",
            plan="=plan" if index % 2 else "Scale",
            journey_stage=("support", "onboarding", "renewal")[min(index % 40, 2)],
        )
        for index in range(400)
    ]
    return [
        *found,
        *(
            Answer(f"qualtrics:F{index}:QID1", date(2026, 1, 5), 10, branch="B9", journey_stage="=stage")
            for index in range(3)
        ),
    ]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("serving")
    publish(warehouse.fill(home / "warehouse.duckdb", answers(), AS_OF), home / "published", AS_OF)
    return home / "published"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    with server() as started:
        yield started
