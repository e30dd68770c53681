"""`nps why`: what changed in words, what it is made of, and what is said where nothing can be compared."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from rich.console import Console

from expectations.definition import Version
from expectations.dimensions import BUILT_IN
from expectations.recount.changes import Explained, explained
from expectations.recount.coding import rows_as_table
from orchestration.cli import why_view

DAY = 86_400_000_000
FLOORS = (("reportable", 100), ("indicative", 30), ("interval_only", 5), ("suppressed", 0))
VERSION = Version("1", date(2020, 1, 1), None, {}, {}, (), FLOORS, (), ())


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """January: 40 answers of each branch at 50 and 0; February: 40 at 60, 80 at 10."""
    version = tmp_path / "versions" / "1"
    version.mkdir(parents=True)
    (tmp_path / "current").symlink_to(version)
    counts = ((1, "B1", 20, 40), (1, "B2", 0, 40), (2, "B1", 24, 40), (2, "B2", 8, 80))
    rows = [
        (month, branch, band)
        for month, branch, promoters, answers in counts
        for band in ["promoter"] * promoters + ["passive"] * (answers - promoters)
    ]
    moments = [(date(2026, month, 5) - date(1970, 1, 1)).days * DAY for month, _, _ in rows]
    alike = {"survey_type": "r", "definition_version": "1", **dict.fromkeys(BUILT_IN.names, "X")}
    given = pa.table(
        {
            **{name: pa.array([value] * len(rows)) for name, value in alike.items()},
            "branch": pa.array([branch for _, branch, _ in rows]),
            "responded_at": pa.array(moments),
            "nps_band": pa.array([band for *_, band in rows]),
        }
    )
    sent = given.append_column("sent_day", pa.array(np.array(moments) // DAY))
    with duckdb.connect(version / "nps.duckdb") as connection:
        made = explained(connection, given, sent, [VERSION], date(2026, 3, 1), BUILT_IN)
        connection.register("made", rows_as_table(Explained, made))
        connection.execute(
            "create table nps_changes_explained as select *, 'North ' || branch as branch_name from made"
        )
        connection.execute(
            "create table nps_scores as select 'r' as survey_type, 'all_time' as period_grain,"
            " date '2026-03-01' as period_end"
        )
    return tmp_path


def said(published: Path, by: str | None = None, grain: str = "month", against: str = "previous") -> str:
    console = Console(width=160)
    with console.capture() as captured:
        why_view.run(published, grain, against, None, by, "table", console)
    return captured.get()


def test_a_change_is_told_with_its_parts_and_cells(published: Path) -> None:
    text = said(published)
    assert "r, 2026-02 against 2026-01: NPS 25.0 to 26.7, +1.7 (" in text
    assert "chance alone may have made it" in text
    assert "+10.0 (" in text
    assert "-8.3 (" in text
    assert "came" not in text.split("\n")[1]
    assert "North B2" in text
    assert "40 to 80" in text
    assert "North B1" in said(published, by="branch")


def test_json_is_not_rounded_and_markdown_is_a_table(
    published: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    why_view.run(published, "month", "previous", "r", None, "json", Console())
    rows = json.loads(capsys.readouterr().out)
    (company,) = (row for row in rows if row["segment"] == "company")
    assert company["contribution"] == pytest.approx(5 / 3, abs=1e-9)
    assert {row["member"] for row in rows} == {"(all)", "B1", "B2"}
    why_view.run(published, "month", "previous", "r", None, "csv", Console())
    assert capsys.readouterr().out.startswith("survey_type,period_grain,")
    why_view.run(published, "month", "previous", "r", "branch", "md", Console())
    assert "| split by | scores moved | mix shifted |" in capsys.readouterr().out


def test_what_is_not_published_is_said(published: Path) -> None:
    with pytest.raises(LookupError, match="no month can be compared with the year before"):
        said(published, against="year")
    with pytest.raises(ValueError, match="choose one of month, quarter, trailing_365d"):
        said(published, grain="year")
    with pytest.raises(ValueError, match="choose one of previous, year"):
        said(published, against="budget")
    with pytest.raises(ValueError, match="choose one of branch"):
        said(published, by="plan")
    with pytest.raises(ValueError, match="choose one of r"):
        why_view.run(published, "month", "previous", "q", None, "table", Console())
