"""A restatement judges every answer under one version, beside the published figures and never among them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration import environment, preview, restatement
from orchestration.cli import app
from orchestration.cli.restating import write
from publication.publish import publish
from tests.companies import VERDANT
from tests.dbt.test_definition.conftest import SECOND

pytestmark = pytest.mark.xdist_group("definition")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """`NPS_HOME` of one's own, and no other setting."""
    for name in [*os.environ]:
        if name.startswith(("SOURCES__", "NPS_", "DBT_", "DAGSTER_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("NPS_HOME", str(tmp_path))
    monkeypatch.setenv("NPS_COMPANY", str(VERDANT))
    with environment.restored():
        yield tmp_path


def content(warehouse: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table and the text of every view outside the restatement's schemas."""
    with warehouse.connection() as opened:
        tables = opened.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema not like 'restated%' and table_type <> 'VIEW'"
        ).fetchall()
        views = opened.execute(
            "select sql from duckdb_views() "
            "where not internal and schema_name not like 'restated%' order by sql"
        ).fetchall()
        rows = {name: opened.execute(f"from {name} order by all").fetchall() for (name,) in tables}
    return rows | {"views": views}


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.long
def test_a_restatement_stands_beside_what_is_published(company: Any, home: Path) -> None:
    shutil.copy(company.warehouse.path, home)
    warehouse = replace(company.warehouse, home=home)
    publish(warehouse.path, home / "published", date(2026, 1, 1))
    tables, published = content(warehouse), files(home / "published")

    os.environ["NPS_COMPANY"] = str(warehouse.project)
    made = restatement.restate("2025.2")

    assert content(warehouse) == tables
    assert files(home / "published") == published
    shown = [(f.definition_version, f.responses, f.reportability) for f in made.published]
    assert shown == [("2023.1", 1, "suppressed"), ("2025.2", 5, "reportable")]
    [figure] = made.restated
    assert (figure.definition_version, figure.responses, figure.reportability) == ("2025.2", 7, "reportable")
    assert figure.nps == pytest.approx(100 * (3 - 1) / 7)
    answers = warehouse.query(
        "select response_id, disposition, definition_version, nps_band, customer_value_tier, journey_stage "
        "from restated_marts.fct_survey_responses "
        "where response_id in ('last moment', '44 days under the first') order by response_id"
    )
    assert answers == [
        ("44 days under the first", "counted", "2025.2", "promoter", "core", "Unassigned"),
        ("last moment", "counted", "2025.2", "passive", "core", "Unassigned"),
    ]
    labels = duckdb.sql(f"select distinct definition_version from read_parquet('{made.path}')").fetchall()
    assert (made.path, labels) == (home / "restated" / "2025.2" / "nps_scores.parquet", [("2025.2",)])

    console = Console(width=120)
    with console.capture() as printed:
        write(made, console)
    lines = [line.split() for line in printed.get().splitlines()]
    assert ["relationship", "2025.2", "published", "5", "20.0"] in [line[:5] for line in lines]
    assert ["relationship", "2025.2", "restated", "7", "28.6"] in [line[:5] for line in lines]


@pytest.mark.long
def test_a_change_that_nobody_approved_is_calculated_in_a_copy(
    company: Any, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(company.warehouse.path, home)
    warehouse = replace(company.warehouse, home=home)
    publish(warehouse.path, home / "published", date(2026, 1, 1))
    tables, published = content(warehouse), files(home / "published")
    acme = tmp_path / "acme"
    shutil.copytree(company.warehouse.project / "definition", acme / "definition")
    monkeypatch.setenv("NPS_COMPANY", str(acme))
    unchanged = preview.preview(["nps_quarantine_windows"])
    assert (unchanged.changed, unchanged.gone, unchanged.new) == (0, 0, 0)
    windows = acme / "definition" / "nps_quarantine_windows.csv"
    windows.write_text(
        windows.read_text("utf-8").replace(f"{SECOND},relationship,30", f"{SECOND},relationship,60")
    )

    made = preview.preview(["nps_quarantine_windows"])

    assert content(warehouse) == tables
    assert files(home / "published") == published
    assert not list(home.glob("preview-*"))
    [year] = [
        each
        for each in made.shown
        if each.segment == "company"
        and each.period_grain == "trailing_365d"
        and each.definition_version == SECOND
    ]
    # "44 days under the second" no longer counts
    assert (year.responses, year.new_responses) == (5, 4)


def test_an_unknown_version_is_one_line_that_names_the_known_ones(home: Path) -> None:
    result = CliRunner().invoke(app, ["restate", "1999.1"])
    assert result.exit_code == 2
    assert result.stderr.startswith("error: there is no definition version '1999.1'")
    assert result.stderr.rstrip().endswith("nps_definitions.csv has 2023.1")
    assert result.stderr.count("\n") == 1


def test_a_working_file_in_use_is_one_line(home: Path) -> None:
    program = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    warehouse = home / "warehouse.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(restatement.RestatementError, match="another program may have it open"):
            restatement._free(warehouse)
        holder.communicate(b"\n")
    restatement._free(warehouse)


def test_there_must_be_something_to_compare_with(home: Path) -> None:
    result = CliRunner().invoke(app, ["restate", "2023.1"])
    assert result.exit_code == 1
    assert "nothing is published" in result.stderr
    assert not (home / "restated").exists()
