"""`nps definition`: who may propose and approve, what is printed, and what a change does to figures."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from orchestration import preflight, preview
from orchestration.cli import app
from orchestration.cli.previewing import write
from orchestration.environment import ConfigurationError, prepare
from tests.companies import VERDANT
from tests.company.test_checking import replaced

WINDOWS = "definition/nps_quarantine_windows.csv"


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A company that has shortened a window."""
    folder = shutil.copytree(VERDANT, tmp_path / "acme")
    monkeypatch.setenv("NPS_COMPANY", str(folder))
    replaced(WINDOWS, "180", "90")(folder)
    return folder


def nps(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["definition", *arguments])


def test_a_refresh_refuses_what_nobody_has_approved_before_it_loads(acme: Path, state: Path) -> None:
    home = prepare()
    with pytest.raises(
        ConfigurationError, match=rf"{WINDOWS}:2: version 2023\.1 has changed since Tomas Berg"
    ):
        preflight.refuse(home)
    assert not home.warehouse.exists()


def test_it_is_shown_proposed_and_approved_by_another(acme: Path) -> None:
    shown = nps("diff", "2023.1")
    assert "nps_quarantine_windows of version 2023.1, since Tomas Berg approved it" in shown.stdout
    assert "relationship changed: window_days 180 → 90" in shown.stdout
    assert "nothing is published yet" in shown.stdout
    early = nps("approve", "2023.1", "--by", "Bo", "--reason", "Shorter")
    assert (early.exit_code, early.stderr.count("\n")) == (2, 1)
    assert "nps definition propose 2023.1" in early.stderr
    proposed = nps("propose", "2023.1", "--by", "Ann Lee")
    assert proposed.exit_code == 0
    assert 'Now somebody else: nps definition approve 2023.1 --by NAME --reason "…"' in proposed.stdout
    own = nps("approve", "2023.1", "--by", " ann  LEE", "--reason", "Shorter")
    assert (own.exit_code, own.stderr.count("\n")) == (2, 1)
    assert "is the author" in own.stderr
    approved = nps("approve", "2023.1", "--by", "Bo", "--reason", "Shorter")
    assert (approved.exit_code, approved.stdout.splitlines()[-1]) == (0, f"{acme}: approved by Bo")
    assert nps("diff").stdout == f"{acme}: approved as it is\n"
    preflight.refuse(prepare())


def test_a_version_that_is_not_there_is_one_line(acme: Path) -> None:
    for command in (["diff", "9"], ["propose", "9", "--by", "Ann"]):
        refused = nps(*command)
        assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
        assert 'there is no version or shared table "9"; there are 2023.1' in refused.stderr


def test_a_folder_with_a_mistake_has_no_difference_to_show(acme: Path) -> None:
    replaced(WINDOWS, ",90", ",soon")(acme)
    refused = nps("diff")
    assert refused.exit_code == 2
    assert f'{WINDOWS}:2: window_days is "soon"' in refused.stderr


def scores(path: Path, schema: str, rows: Sequence[tuple[object, ...]]) -> Path:
    """A table of figures: survey type, branch, first day, answers, score, coverage."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(
            f"""
            create table {schema}.nps_scores (
                survey_type varchar, branch varchar, period_start date, responses bigint, nps double,
                revenue_coverage double, measure varchar default 'in_period',
                period_grain varchar default 'quarter', period_end date,
                segment varchar, branch_name varchar, customer_value_tier varchar default '(all)',
                journey_stage varchar default '(all)', region varchar default '(all)',
                plan varchar default '(all)', channel varchar default '(all)',
                definition_version varchar default '1'
            )
            """
        )
        connection.executemany(
            f"insert into {schema}.nps_scores (survey_type, branch, period_start, responses, nps,"
            " revenue_coverage) values (?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.execute(
            f"update {schema}.nps_scores set period_end = period_start + interval 3 month,"
            " segment = case branch when '(all)' then 'company' else 'branch' end,"
            " branch_name = case branch when 'b1' then 'North' else branch end"
        )
    return path


def test_the_effect_is_every_figure_that_would_be_another(tmp_path: Path) -> None:
    old, last, now = date(2025, 4, 1), date(2025, 7, 1), date(2025, 10, 1)
    before = [
        ("relationship", "(all)", old, 90, 9.0, 0.5),  # too old to be shown
        ("relationship", "(all)", last, 100, 10.0, 0.5),  # only its coverage
        ("relationship", "(all)", now, 100, 10.0, 0.5),
        ("relationship", "b1", now, 40, 20.0, 0.5),
        ("relationship", "b2", now, 9, None, 0.5),  # stays
        ("relationship", "b3", now, 5, None, 0.5),  # gone
    ]
    after = [
        ("relationship", "(all)", old, 91, 9.0, 0.5),
        ("relationship", "(all)", last, 100, 10.0, 0.6),
        ("relationship", "(all)", now, 103, 12.0, 0.5),
        ("relationship", "b1", now, 41, 20.0, 0.5 + 1e-13),
        ("relationship", "b2", now, 9, None, 0.5),
        ("relationship", "b4", now, 7, None, 0.5),  # new
    ]
    published = scores(tmp_path / "published.duckdb", "main", before)
    made = preview._compared(published, scores(tmp_path / "made.duckdb", "publication", after), now)
    assert (made.cells, made.changed, made.scores, made.gone, made.new) == (6, 4, 3, 1, 1)
    assert [(each.member, each.responses, each.new_responses, each.new_nps) for each in made.shown] == [
        ("", 100, 103, 12.0),
        ("North", 40, 41, 20.0),
        ("b3", 5, None, None),
        ("b4", None, 7, None),
    ]
    console = Console(width=140)
    with console.capture() as printed:
        write(made, console)
    assert (
        "of 6 published figures 4 would change (3 in score or number of answers) and 1 disappear; 1 would be"
        in (printed.get())
    )
    same = preview._compared(published, scores(tmp_path / "same.duckdb", "publication", before), now)
    with console.capture() as printed:
        write(same, console)
    assert printed.get() == "none of the 6 published figures would change (as of 2025-10-01)\n"
