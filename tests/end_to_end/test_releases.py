"""A company with a release calendar publishes on three days: who has all three learns of nobody in between.

Every refresh recounts what is held back by itself, and would stop where the models hold back something else.
"""

from __future__ import annotations

import csv
import os
import subprocess
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import pytest

from publication.figure import DIMENSIONS
from tests.end_to_end.simulated import NPS, ROOT

pytestmark = [pytest.mark.xdist_group("files_only"), pytest.mark.long]

FLOOR = 5
BEGIN = date(2025, 8, 1)
#: As-of of the publications: a release day, the day after, and the next release day.
DAYS = (date(2025, 12, 1), date(2025, 12, 2), date(2026, 1, 1))
CALENDAR = "figures,release_unit\ncompany,month\nmembers,month\n"
CELL = ", ".join(("survey_type", "definition_version", "measure", "segment", *DIMENSIONS))
Figures = dict[tuple[Any, ...], tuple[int | None, ...]]


def write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)


def deliver(inbox: Path) -> None:
    """Two answers a day over two channels, and each 21st by a third: about three a month."""
    days = [BEGIN + timedelta(days=day) for day in range(153)]
    answered = [
        {
            **{"response_id": f"R{i}", "respondent_email": f"p{i}@x.example"},
            **{"responded_at": f"{days[i // 2]}T10:00:00Z", "score": (10, 9, 7, 3, 10, 8, 5)[i % 7]},
            "channel": "letter" if i % 21 == 0 else ("web", "mail")[i % 2],
        }
        for i in range(2 * len(days))
    ]
    write(inbox / "surveys" / "responses" / "r.csv", answered)


def changed(figures: dict[date, Figures], days: tuple[date, date]) -> list[tuple[int, ...]]:
    """What a reader of two publications learns: how bands of a cell changed that both show."""
    before, after = (figures[day] for day in days)
    return [
        tuple((later or 0) - (earlier or 0) for earlier, later in zip(before[cell], after[cell], strict=True))
        for cell in before.keys() & after.keys()
        if before[cell][0] is not None and after[cell][0] is not None
    ]


def of_few(change: tuple[int, ...]) -> bool:
    return any(change) and (sum(change) < FLOOR or max(change) == sum(change))


def test_two_publications_tell_of_enough_or_of_nobody(tmp_path: Path) -> None:
    home, company = tmp_path / "home", tmp_path / "acme"
    shown: dict[date, Figures] = {}
    exact: dict[date, Figures] = {}
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SOURCES__")}
    environment |= {"NPS_HOME": str(home), "NPS_COMPANY": str(company), "NPS_PAGES": "off"}

    def nps(*words: str, day: date = DAYS[0]) -> str:
        there = environment | {"NPS_AS_OF": day.isoformat()}
        done = subprocess.run([NPS, *words], cwd=ROOT, env=there, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    nps("init", str(company))
    (company / "definition" / "release_calendar.csv").write_text(CALENDAR, "utf-8")
    nps("definition", "propose", "release_calendar", "--by", "Ann Lee")
    nps("definition", "approve", "release_calendar", "--by", "Bo Ek", "--reason", "We publish every day")
    deliver(home / "inbox")
    for day in DAYS:
        nps("refresh", day=day)
        bands = "promoters, passives, detractors"
        for found, path, table in (
            (shown, home / "published" / "current" / "nps.duckdb", "nps_scores"),
            (exact, home / "warehouse.duckdb", "marts.fct_nps_cells"),
        ):
            with duckdb.connect(str(path), read_only=True) as reader:
                rows = reader.execute(
                    f"select {CELL}, {bands} from {table}"
                    " where period_grain = 'all_time' and measure = 'in_period'"
                ).fetchall()
            found[day] = {row[:-3]: row[-3:] for row in rows}

    pairs = [*combinations(DAYS, 2)]
    # without a calendar: a day apart all is told of two people, and a month apart of those who wrote letters
    assert [any(map(of_few, changed(exact, days))) for days in pairs] == [True, True, True]
    assert not any(of_few(change) for days in pairs for change in changed(shown, days))
    # the company is told on release days, with what came in between
    [of_company] = [key for key in shown[DAYS[0]] if "company" in key]
    assert [shown[day][of_company][0] is not None for day in DAYS] == [True, False, True]
    assert any(sum(change) >= FLOOR for change in changed(shown, (DAYS[0], DAYS[2])))
