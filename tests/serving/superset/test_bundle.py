"""The dashboard, without Superset: it names what is published, and its metrics never add figures up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from orchestration.cli import app
from publication import reader
from publication.figure import MEASURES, PERIODS, SEGMENTS
from serving.errors import ExportError
from serving.superset import write
from serving.superset.writing import bundle, columns
from tests.serving.superset import tables

Parts = dict[str, dict[str, dict[str, Any]]]


def parts(connection: duckdb.DuckDBPyConnection) -> Parts:
    """The bundle by kind and uuid, as Superset reads it."""
    found: Parts = {}
    for name, text in bundle(connection, "duckdb:///a", None).items():
        each = yaml.load(text, yaml.CSafeLoader)
        found.setdefault(name.split("/")[0], {})[each.get("uuid")] = each
    return found


def dataset_of(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    [found] = [each for each in parts(connection)["datasets"].values() if each["table_name"] == name]
    return found


def source(dataset: dict[str, Any]) -> str:
    return f"({dataset['sql']})" if dataset["sql"] else str(dataset["table_name"])


def metric(dataset: dict[str, Any], name: str) -> str:
    [found] = [each["expression"] for each in dataset["metrics"] if each["metric_name"] == name]
    return str(found)


def unknown(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Names in the bundle that the tables of `connection` do not have."""
    try:
        found = parts(connection)
    except duckdb.Error as error:
        return [str(error)]
    wrong, datasets = [], found["datasets"]
    for dataset in datasets.values():
        for each in dataset["metrics"]:
            try:
                connection.execute(f"select {each['expression']} from {source(dataset)} as rows_of_it")
            except duckdb.Error as error:
                wrong.append(f"{dataset['table_name']}.{each['metric_name']}: {error}")
    for chart in found["charts"].values():
        dataset, params = datasets[chart["dataset_uuid"]], chart["params"]
        known = {column["column_name"] for column in dataset["columns"]}
        named = {*params.get("groupby", ()), *params.get("all_columns", ()), *params.get("column_config", ())}
        named |= {each["subject"] for each in params["adhoc_filters"]}
        named |= {params["x_axis"]} if "x_axis" in params else set()
        named |= {yaml.safe_load(order)[0] for order in params.get("order_by_cols", ())}
        metrics = {each["metric_name"] for each in dataset["metrics"]}
        wrong += [f"{chart['slice_name']}: {name}" for name in sorted(named - known)]
        wrong += [f"{chart['slice_name']}: {name}" for name in set(params.get("metrics", ())) - metrics]
    [dashboard] = found["dashboards"].values()
    for each in dashboard["metadata"]["native_filter_configuration"]:
        [target] = each["targets"]
        known = {column["column_name"] for column in datasets[target["datasetUuid"]]["columns"]}
        named = {target["column"]["name"], *(one["subject"] for one in each.get("adhoc_filters", ()))}
        wrong += [f"{each['name']}: {name}" for name in sorted(named - known)]
    return wrong


@pytest.fixture
def contracts() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        tables.promised(connection)
        yield connection


@pytest.fixture(scope="module")
def published(whole: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with reader.open_current(whole) as connection:
        yield connection


def test_every_column_and_metric_is_one_that_the_models_promise(
    contracts: duckdb.DuckDBPyConnection,
) -> None:
    assert unknown(contracts) == []


@pytest.mark.parametrize(
    "column",
    [
        ("nps_scores", "nps_low"),  # in a metric
        ("nps_scores", "journey_stage"),  # in a chart
        ("nps_scores", "branch_name"),  # in a filter
        ("nps_responses", "nps_band"),  # in the SQL of a dataset
        ("branch_scorecards", "standing"),
        ("metric_definitions", "value_text"),
    ],
)
def test_a_renamed_column_is_seen(contracts: duckdb.DuckDBPyConnection, column: tuple[str, str]) -> None:
    table, name = column
    contracts.execute(f"alter table {table} rename {name} to another")
    assert unknown(contracts)


def test_filters_name_members_that_there_are(contracts: duckdb.DuckDBPyConnection) -> None:
    choices = {"segment": set(SEGMENTS), "measure": set(MEASURES), "period_grain": set(PERIODS)}
    for chart in parts(contracts)["charts"].values():
        for each in chart["params"]["adhoc_filters"]:
            assert each["comparator"] in choices.get(each["subject"], {1}), chart["slice_name"]


def test_every_chart_is_on_the_dashboard_once_and_shows_intervals(
    contracts: duckdb.DuckDBPyConnection,
) -> None:
    found = parts(contracts)
    charts, [dashboard] = found["charts"], found["dashboards"].values()
    cells = {name: each for name, each in dashboard["position"].items() if name.startswith("CHART")}
    assert sorted(each["meta"]["uuid"] for each in cells.values()) == sorted(charts)
    rows = [each for name, each in dashboard["position"].items() if name.startswith("ROW")]
    assert sorted(name for row in rows for name in row["children"]) == sorted(cells)
    for cell in cells.values():
        chart = charts[cell["meta"]["uuid"]]
        assert cell["meta"]["sliceName"] == chart["slice_name"]
        shown = {*chart["params"].get("metrics", ()), *chart["params"].get("all_columns", ())}
        assert {"nps", "nps_low", "nps_high"} <= shown, chart["slice_name"]
        assert "definition_version" in {
            *chart["params"].get("groupby", ()),
            *chart["params"].get("all_columns", ()),
        }


def test_every_metric_is_certified(contracts: duckdb.DuckDBPyConnection) -> None:
    for dataset in parts(contracts)["datasets"].values():
        for each in dataset["metrics"]:
            assert each["extra"]["certification"]["certified_by"] == "nps-warehouse"
            assert each["description"]


@pytest.mark.parametrize("name", ["nps_scores", "branch_scorecards"])
def test_a_metric_reads_one_figure_and_never_adds_up(published: duckdb.DuckDBPyConnection, name: str) -> None:
    dataset = dataset_of(published, name)
    metrics = [each["metric_name"] for each in dataset["metrics"]]
    expressions = ", ".join(metric(dataset, each) for each in metrics)
    key = [each for each in tables.contract(name) if each not in metrics]

    def rows(query: str) -> list[tuple[Any, ...]]:
        return published.execute(query).fetchall()

    read = rows(f"select {', '.join(key)}, {expressions} from {source(dataset)} as t group by all")
    as_published = rows(f"select {', '.join([*key, *metrics])} from {name}")
    assert sorted(map(repr, read)) == sorted(map(repr, as_published))
    together = rows(f"select {expressions} from {source(dataset)} as t group by survey_type")
    assert {cell for row in together for cell in row} == {None}


def test_answers_make_the_published_score_and_interval(published: duckdb.DuckDBPyConnection) -> None:
    """Of every stage, survey and version, suppressed ones too."""
    dataset = dataset_of(published, "nps_answers")
    shown = ("responses", "nps", "nps_low", "nps_high")
    expressions = ", ".join(f"{metric(dataset, each)}" for each in shown)
    key = "journey_stage, survey_type, definition_version"
    recounted = published.execute(
        f"select {key}, {expressions} from {source(dataset)} as t group by {key} order by all"
    ).fetchall()
    figures = published.execute(
        f"select {key}, {', '.join(shown)} from nps_scores where segment = 'journey_stage'"
        " and measure = 'in_period' and period_grain = 'all_time' order by all"
    ).fetchall()
    assert [row[:4] for row in recounted] == [row[:4] for row in figures]
    for mine, theirs in zip(recounted, figures, strict=True):
        assert mine[4:] == pytest.approx(theirs[4:], abs=1e-9), mine
    assert {(row[4] is None, row[5] is None) for row in figures} == {
        (True, True),
        (True, False),
        (False, False),
    }


@pytest.mark.parametrize("mixed", ["survey_type", "definition_version"])
def test_answers_of_two_surveys_or_versions_make_no_score(
    published: duckdb.DuckDBPyConnection, mixed: str
) -> None:
    dataset = dataset_of(published, "nps_answers")
    kept = {
        "survey_type": "definition_version = '2023.1'",
        "definition_version": "survey_type = 'relationship'",
    }
    expressions = ", ".join(metric(dataset, each) for each in ("responses", "nps", "nps_low", "nps_high"))
    [[answers, *figures]] = published.execute(
        f"select {expressions} from {source(dataset)} as t where {kept[mixed]}"
    ).fetchall()
    assert answers > 400
    assert figures == [None, None, None]


def test_columns_bring_the_descriptions_that_were_published(published: duckdb.DuckDBPyConnection) -> None:
    dataset = dataset_of(published, "nps_scores")
    found = {each["column_name"]: each for each in columns(published, dataset)}
    assert found["nps"]["description"] == "It's −100..100"
    assert (found["nps"]["verbose_name"], found["nps"]["type"]) == ("NPS", "DOUBLE")
    assert found["period_end"]["is_dttm"]


def test_the_same_publication_gives_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    for name in ("1.zip", "2.zip"):
        write(whole, tmp_path / name)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


@pytest.mark.parametrize(
    ("database", "address", "schema"),
    [
        (None, "duckdb:///{}/current/nps.duckdb?access_mode=read_only", None),
        ("postgresql://lyon:XXXXXXXXXX@db/bi", "postgresql+psycopg2://lyon:XXXXXXXXXX@db/bi", "figures"),
    ],
)
def test_it_names_the_place_of_the_tables(
    whole: Path, tmp_path: Path, database: str | None, address: str, schema: str | None
) -> None:
    write(whole, tmp_path / "nps.zip", database, "figures")
    with ZipFile(tmp_path / "nps.zip") as archive:
        read = {name: yaml.safe_load(archive.read(name)) for name in archive.namelist()}
    assert read["nps/databases/nps.yaml"]["sqlalchemy_uri"] == address.format(whole.resolve())
    assert {each["schema"] for name, each in read.items() if "/datasets/" in name} == {schema}


def test_what_cannot_be_written_is_refused(whole: Path, tmp_path: Path) -> None:
    (tmp_path / "there.zip").touch()
    for to, database, said in [
        (tmp_path / "nps.txt", None, r"let it end with \.zip"),
        (tmp_path / "there.zip", None, "name a file that does not exist yet"),
        (tmp_path / "no" / "nps.zip", None, "name another place"),
        (tmp_path / "nps.zip", "mysql://db/bi", "mysql is no database that is published to"),
        (tmp_path / "nps.zip", "db.acme.example", "is no database that is published to"),
    ]:
        with pytest.raises(ExportError, match=said):
            write(whole, to, database)


def test_a_person_writes_it_by_one_command(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPS_HOME", str(whole.parent))
    written = str(tmp_path / "nps.zip")
    done = CliRunner().invoke(app, ["dashboard", written])
    assert (done.exit_code, done.stdout.strip()) == (0, f"import it in Superset, under Dashboards: {written}")
    again = CliRunner().invoke(app, ["dashboard", written])
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)
    assert "name a file that does not exist yet" in again.stderr
