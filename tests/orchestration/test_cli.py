"""The command line: fast help, one-line errors, exit codes that a script can trust."""

import dataclasses
import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner

from orchestration import environment
from orchestration.cli import app, demonstration, figures
from publication import reader
from tests.orchestration.small_publication import published

NPS = Path(sys.executable).with_name("nps")
HEAVY = {"dagster", "dagster_dbt", "dlt", "dbt", "duckdb", "great_expectations", "pyarrow"}


def test_help_waits_for_no_engine() -> None:
    program = f"import sys, orchestration.cli; print({HEAVY!r} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_sources_answers_before_anything_was_loaded(state: Path) -> None:
    result = CliRunner().invoke(app, ["sources"])
    assert result.exit_code == 0
    for vendor in ("qualtrics", "salesforce", "stripe", "files"):
        assert vendor in result.output
    assert "sources.stripe.api_key" in result.output
    assert "Nothing has been loaded yet" in result.output


def test_show_before_a_publication_is_one_line_and_code_1(state: Path) -> None:
    answer = subprocess.run([NPS, "show"], capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stdout == ""
    [line] = answer.stderr.splitlines()
    assert line.startswith("error: nothing is published")
    assert "nps refresh" in line


def test_show_rounds_for_people_and_marks_what_is_too_small(state: Path) -> None:
    published(state)
    answer = subprocess.run([NPS, "show", "--by", "branch"], capture_output=True, text=True, check=True)
    [north] = [line for line in answer.stdout.splitlines() if "North" in line]
    assert "25.0" in north
    assert "11.3 to 37.4" in north
    assert "+3.9 (q <0.01)" in north
    assert "38.5 %" in north
    [south] = [line for line in answer.stdout.splitlines() if "South" in line]
    assert south.rstrip().endswith("n too small")


def test_show_gives_machines_the_published_values(state: Path) -> None:
    published(state)
    result = CliRunner().invoke(app, ["show", "--by", "branch", "--format", "json"])
    assert result.exit_code == 0
    north, south = json.loads(result.output)
    assert (north["nps"], north["nps_high"]) == (25.0, 37.35)
    assert south["nps"] is None
    assert south["promoters"] is None
    listed = CliRunner().invoke(app, ["show", "--by", "branch", "--format", "csv"])
    assert len(listed.output.splitlines()) == 3


def test_show_tells_the_measures_apart(state: Path) -> None:
    published(state)
    shown = CliRunner().invoke(app, ["show", "--by", "branch", "--measure", "in_period", "--format", "json"])
    assert {row["measure"] for row in json.loads(shown.output)} == {"in_period"}
    none = CliRunner().invoke(app, ["show", "--by", "branch", "--measure", "current_state"])
    assert none.exit_code == 1
    assert "current_state" in none.stderr


def test_export_answers_what_show_shows_and_says_of_which_publication(state: Path, tmp_path: Path) -> None:
    published(state)
    done = CliRunner().invoke(app, ["export", "csv", str(tmp_path / "nps"), "--by", "branch"])
    assert done.exit_code == 0, done.stderr
    assert done.output.startswith("2 figures of publication ")
    shown = CliRunner().invoke(app, ["show", "--by", "branch", "--format", "json"])
    lines = (tmp_path / "nps" / "figures.csv").read_text("utf-8").splitlines()
    assert len(lines) == 1 + len(json.loads(shown.output))
    none = CliRunner().invoke(
        app, ["export", "csv", str(tmp_path / "none"), "--by", "branch", "--period", "year"]
    )
    assert none.exit_code == 1
    assert "nothing is published by branch for year" in none.stderr
    unknown = CliRunner().invoke(app, ["export", "spss", str(tmp_path / "a.sav"), "--by", "colour"])
    assert unknown.exit_code == 2


def test_the_demo_names_the_branches_that_differ_and_counts_the_others(state: Path) -> None:
    published(state)
    written = io.StringIO()
    Console(width=200, file=written).print(demonstration.branches(environment.Home(state)))
    shown = written.getvalue()
    assert "1 of 3 are not distinguishable" in shown
    rows = {line.split()[0]: line for line in shown.splitlines()[2:]}
    assert list(rows) == ["North", "East"]
    assert "40.3   30.3 to 50.3" in rows["North"]
    assert "<0.01  1 to 2" in rows["North"]
    assert "0.03       3  below" in rows["East"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--by", "moon"],
        ["--period", "fortnight"],
        ["--format", "pdf"],
        ["--measure", "every_other"],
        ["--survey-type", "employee"],
    ],
)
def test_a_choice_that_does_not_exist_is_code_2(arguments: list[str], state: Path) -> None:
    published(state)
    assert CliRunner().invoke(app, ["show", *arguments]).exit_code == 2


def test_a_figure_that_is_not_there_is_an_error(state: Path) -> None:
    published(state)
    assert CliRunner().invoke(app, ["show", "--by", "value×stage"]).exit_code == 1


def test_the_demo_does_not_mix_with_real_data(state: Path) -> None:
    published(state)
    result = CliRunner().invoke(app, ["demo", "--answers", "100"])
    assert result.exit_code == 2
    assert "not simulated" in result.stderr


def test_days_need_a_company(state: Path) -> None:
    result = CliRunner().invoke(app, ["demo", "--days", "1"])
    assert result.exit_code == 2
    assert "nps demo" in result.stderr


def test_refresh_with_half_a_configuration_is_code_2_and_names_the_key(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__SALESFORCE__CLIENT_ID", "x")
    answer = subprocess.run([NPS, "refresh"], capture_output=True, text=True)
    assert answer.returncode == 2
    assert "error: " in answer.stderr
    assert "sources.salesforce.base_url" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_publication_without_answers_says_so(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    published(state)
    monkeypatch.setattr(reader, "survey_types", lambda _: [])
    result = CliRunner().invoke(app, ["show", "--by", "company"])
    assert result.exit_code == 1
    assert "no answer is published; `nps sources` shows" in result.stderr


def test_a_table_fits_a_usual_terminal_and_cuts_no_word(state: Path) -> None:
    published(state)
    written = io.StringIO()
    [north, _] = reader.show(state / "published", "branch", "trailing_365d")
    far = dataclasses.replace(north, survey_type="transactional", reportability="interval_only")
    Console(width=80, file=written).print(figures.table([north, far], "By branch"))
    shown = written.getvalue()
    assert "By branch, 2025-01-01 up to 2026-01-01" in shown
    assert "…" not in shown
    assert max(map(len, shown.splitlines())) <= 80
    for word in ("relationship", "transactional", "North", "11.3 to 37.4", "score"):
        assert word in shown


def test_what_differs_between_rows_is_a_column(state: Path) -> None:
    published(state)
    written = io.StringIO()
    [north, _] = reader.show(state / "published", "branch", "trailing_365d")
    rows = [north, dataclasses.replace(north, definition_version="2027-01", period_start=date(2025, 2, 1))]
    Console(width=200, file=written).print(figures.table(rows))
    for value in ("2026-01 ", "2027-01 ", "2025-01-01 up to 2026-01-01", "2025-02-01 up to 2026-01-01"):
        assert value in written.getvalue()


def test_markdown_has_the_same_cells(state: Path) -> None:
    published(state)
    result = CliRunner().invoke(app, ["show", "--by", "branch", "--format", "md"])
    assert result.exit_code == 0
    title, blank, heading, rule, *rows = result.output.splitlines()
    assert (title, blank) == ("**2025-01-01 up to 2026-01-01**", "")
    assert heading.startswith("| branch | answers |")
    assert rule.startswith("| --- | --: |")
    assert any("North" in row and "11.3 to 37.4" in row for row in rows)


def test_a_trend_is_drawn_on_one_scale_and_a_gap_stays_a_gap(state: Path) -> None:
    published(state)
    [north, _] = reader.show(state / "published", "branch", "trailing_365d")
    south = dataclasses.replace(north, members=("South",))
    scores = [(north, -10.0), (north, None), (north, 60.0), (south, 60.0)]
    history = [dataclasses.replace(score, nps=nps) for score, nps in scores]
    shown = figures.table([north, south], history=history)
    [column] = [column for column in shown.columns if column.header == "trend"]
    assert [str(cell) for cell in column.cells if str(cell)] == ["▁·█", "█"]
    assert "trend" not in [column.header for column in figures.table([north]).columns]


def test_who_has_read_enough_is_no_error(state: Path) -> None:
    published(state)
    command: list[str | Path] = [NPS, "show", "--by", "branch", "--format", "csv"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reading:
        assert reading.stdout is not None
        assert reading.stderr is not None
        reading.stdout.close()
        assert reading.stderr.read() == ""
    assert reading.returncode == 141


def test_sources_shows_an_example_of_each_reason(state: Path) -> None:
    state.mkdir()
    with duckdb.connect(str(state / "warehouse.duckdb")) as connection:
        connection.execute("create schema raw_files")
        connection.execute(
            "create table raw_files._dlt_loads as select '1' as load_id, 0 as status, now() as inserted_at"
        )
        connection.execute(
            """
            create table raw_files.quarantine as
            select 'wrong_type' as reason, 'a.csv' as origin, 7 as position, '1' as _dlt_load_id,
                'column "score": "[ten]" is not a number' as detail
            """
        )
    result = CliRunner().invoke(app, ["sources"])
    assert 'wrong_type, such as files a.csv, row 7: column "score": "[ten]" is not a number' in result.output


def test_a_vendor_that_is_turned_off_is_named_with_the_rows_it_leaves(state: Path) -> None:
    state.mkdir()
    with duckdb.connect(str(state / "warehouse.duckdb")) as connection:
        connection.execute(
            """
            create schema raw_stripe;
            create table raw_stripe._dlt_loads as select '1' as load_id, 0 as status, now() as inserted_at;
            create table raw_stripe.customers as select 'cus_1' as record_id, '1' as _dlt_load_id
            """
        )
    result = CliRunner().invoke(app, ["sources"])
    assert "stripe is off: 1 of its rows stay in raw and count nowhere" in result.output
    assert "qualtrics is off" not in result.output


def test_a_damaged_working_file_is_not_taken_for_one_that_is_written(state: Path) -> None:
    state.mkdir()
    (state / "warehouse.duckdb").write_text("no database")
    result = CliRunner().invoke(app, ["sources"])
    assert result.exit_code == 2
    assert "warehouse.duckdb is damaged" in result.stderr
